// SPDX-License-Identifier: Apache-2.0
/*
 * tmpcopyup: what a directory of the image holds, copied into the tmpfs that will cover it.
 * Should: keep types, owners, modes and times.
 * Must not: follow a link, leave the file system it began in, or open anything but directories and
 * regular files.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/sources.h"

/* Each level holds two descriptors and a frame of ours; images nest a dozen deep. */
#define DEPTH_MAX 64

struct copy {
	int from;
	int to;
	dev_t device; /* of the file system that is copied */
	int depth;
};

static int copy_bytes(int from, int to)
{
	for (;;) {
		ssize_t moved = copy_file_range(from, NULL, to, NULL, 1U << 20, 0);
		char buffer[65536];
		ssize_t got;
		int result;

		if (moved == 0)
			return 0;
		if (moved > 0)
			continue;
		/* Not between all file systems. */
		got = fd_read_full(from, buffer, sizeof(buffer));
		if (got <= 0)
			return (int) got;
		result = fd_write_full(to, buffer, (size_t) got);
		if (result < 0)
			return result;
	}
}

static int copy_attributes(int to, const struct stat *status)
{
	const struct timespec times[2] = { status->st_atim, status->st_mtim };

	if (fchown(to, status->st_uid, status->st_gid) < 0 ||
	    fchmod(to, status->st_mode & 07777) < 0 || futimens(to, times) < 0)
		return -errno;
	return 0;
}

static int copy_file(const struct copy *copy, const char *name)
{
	auto_fd int from =
		openat(copy->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_fd int to = -1;
	struct stat status;
	int result;

	if (from < 0 || fstat(from, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	to = openat(copy->to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	result = copy_bytes(from, to);
	return result < 0 ? result : copy_attributes(to, &status);
}

static int copy_link(const struct copy *copy, const char *name, const struct stat *status)
{
	char content[PATH_MAX];
	ssize_t length = readlinkat(copy->from, name, content, sizeof(content) - 1);

	if (length < 0)
		return -errno;
	content[length] = '\0';
	if (symlinkat(content, copy->to, name) < 0 ||
	    fchownat(copy->to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

/* FIFOs, sockets, devices. A user namespace may not make devices: they are left out, as an image
 * unpacked there would not have them either. */
static int copy_node(const struct copy *copy, const char *name, const struct stat *status)
{
	if (mknodat(copy->to, name, status->st_mode, status->st_rdev) < 0)
		return errno == EPERM ? 0 : -errno;
	return fchownat(copy->to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0
		       ? -errno
		       : 0;
}

static int copy_entries(const struct copy *copy);

static int copy_directory(const struct copy *copy, const char *name, const struct stat *status)
{
	auto_fd int from =
		openat(copy->from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_fd int to = -1;
	struct copy below = { .device = copy->device, .depth = copy->depth + 1 };
	int result;

	if (from < 0)
		return -errno;
	if (below.depth > DEPTH_MAX)
		return -ELOOP;
	if (mkdirat(copy->to, name, 0700) < 0)
		return -errno;
	to = openat(copy->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return -errno;
	below.from = from;
	below.to = to;
	result = copy_entries(&below);
	/* Last, or what was made below would have changed its times. */
	return result < 0 ? result : copy_attributes(to, status);
}

static int copy_one(const struct copy *copy, const char *name)
{
	struct stat status;

	if (fstatat(copy->from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (status.st_dev != copy->device)
		return 0;
	if (S_ISDIR(status.st_mode))
		return copy_directory(copy, name, &status);
	if (S_ISREG(status.st_mode))
		return copy_file(copy, name);
	if (S_ISLNK(status.st_mode))
		return copy_link(copy, name, &status);
	return copy_node(copy, name, &status);
}

static int copy_stream(const struct copy *copy, DIR *stream)
{
	const struct dirent *entry;
	int result = 0;

	while (result == 0) {
		errno = 0;
		entry = readdir(stream);
		if (entry == NULL)
			return -errno;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = copy_one(copy, entry->d_name);
	}
	return result;
}

static int copy_entries(const struct copy *copy)
{
	/* closedir(3) takes its descriptor with it. */
	int again = fcntl(copy->from, F_DUPFD_CLOEXEC, 0);
	DIR *stream = again >= 0 ? fdopendir(again) : NULL;
	int result;

	if (stream == NULL) {
		result = -errno;
		fd_close(&again);
		return result;
	}
	result = copy_stream(copy, stream);
	closedir(stream);
	return result;
}

int source_copy_up(int from, int to, struct err *err)
{
	auto_fd int readable_from = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int readable_to = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct copy copy = { .from = readable_from, .to = readable_to };
	struct stat status;
	int result;

	if (readable_from < 0 || readable_to < 0 || fstat(readable_from, &status) < 0)
		return err_set(err, errno, "tmpcopyup");
	copy.device = status.st_dev;
	result = copy_entries(&copy);
	return result < 0 ? err_set(err, -result, "tmpcopyup") : 0;
}
