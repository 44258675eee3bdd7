// SPDX-License-Identifier: Apache-2.0
/*
 * Small files of our own, of procfs and of cgroupfs.
 * Should: never leave a torn file, never block on opening, name the file in each error.
 * Must not: be given a path inside a container's root.
 */
#include "runtime/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"

ssize_t file_read_at(int dirfd, const char *name, char *buffer, size_t size, struct err *err)
{
	auto_fd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t length;

	if (fd < 0)
		return err_set(err, errno, "%s", name);
	length = fd_read_full(fd, buffer, size);
	if (length < 0)
		return err_set(err, (int) -length, "read %s", name);
	if ((size_t) length == size)
		return err_set(err, EFBIG, "read %s", name);
	buffer[length] = '\0';
	return length;
}

int file_load_at(int dirfd, const char *name, size_t limit, struct text *text, struct err *err)
{
	auto_fd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	auto_free char *buffer = NULL;
	struct stat status;
	ssize_t got;

	if (fd < 0)
		return err_set(err, errno, "%s", name);
	if (fstat(fd, &status) < 0)
		return err_set(err, errno, "stat %s", name);
	if (!S_ISREG(status.st_mode))
		return err_say(err, EINVAL, "%s: not a regular file", name);
	if (status.st_size < 0 || (size_t) status.st_size > limit)
		return err_say(err, EFBIG, "%s: larger than the %zu bytes allowed", name, limit);
	/* One byte more than the size told: a file that grows meanwhile is seen, not cut. */
	buffer = malloc((size_t) status.st_size + 1);
	if (buffer == NULL)
		return err_set(err, ENOMEM, "%s", name);
	got = fd_read_full(fd, buffer, (size_t) status.st_size + 1);
	if (got < 0)
		return err_set(err, (int) -got, "read %s", name);
	if (got != status.st_size)
		return err_say(err, EAGAIN, "%s: changed while it was read", name);
	text_add_bytes(text, buffer, (size_t) got);
	return text_ok(text) ? 0 : err_set(err, ENOMEM, "%s", name);
}

int file_write_at(int dirfd, const char *name, const char *text, struct err *err)
{
	auto_fd int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	size_t size = strlen(text);
	ssize_t put;

	if (fd < 0)
		return err_set(err, errno, "%s", name);
	do {
		put = write(fd, text, size);
	} while (put < 0 && errno == EINTR);
	if (put < 0)
		return err_set(err, errno, "write '%s' to %s", text, name);
	if ((size_t) put != size)
		return err_say(err, EIO, "write '%s' to %s: only %zd bytes were taken", text, name,
			       put);
	return 0;
}

static int write_and_sync(int dirfd, const char *name, const char *text, mode_t mode,
			  struct err *err)
{
	auto_fd int fd =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	int result;

	if (fd < 0)
		return err_set(err, errno, "create %s", name);
	result = fd_write_full(fd, text, strlen(text));
	if (result < 0)
		return err_set(err, -result, "write %s", name);
	if (fsync(fd) < 0)
		return err_set(err, errno, "fsync %s", name);
	return 0;
}

int file_replace_at(int dirfd, const char *name, const char *text, mode_t mode, struct err *err)
{
	char temporary[NAME_MAX];
	int result;

	snprintf(temporary, sizeof(temporary), ".%.200s.%d", name, (int) getpid());
	result = write_and_sync(dirfd, temporary, text, mode, err);
	if (result == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		result = err_set(err, errno, "rename %s", name);
	if (result == 0 && fsync(dirfd) < 0)
		result = err_set(err, errno, "fsync the directory of %s", name);
	if (result < 0)
		unlinkat(dirfd, temporary, 0);
	return result;
}

int file_make_path(const char *path, struct err *err)
{
	char partial[PATH_MAX];
	size_t length = strlen(path);
	size_t end;

	if (length == 0 || length >= sizeof(partial))
		return err_set(err, ENAMETOOLONG, "mkdir '%.64s'", path);
	for (end = 1; end <= length; end++) {
		if (path[end] != '/' && path[end] != '\0')
			continue;
		memcpy(partial, path, end);
		partial[end] = '\0';
		if (mkdir(partial, 0700) < 0 && errno != EEXIST)
			return err_set(err, errno, "mkdir %s", partial);
	}
	return 0;
}

static int remove_entry(int dirfd, const char *name, struct err *err)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return err_set(err, errno, "remove %s", name);
	return file_remove_tree_at(dirfd, name, err);
}

static int remove_entries(DIR *stream, struct err *err)
{
	struct dirent *entry;
	int result = 0;

	while (result == 0 && (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		result = remove_entry(dirfd(stream), entry->d_name, err);
	}
	return result;
}

int file_remove_tree_at(int dirfd, const char *name, struct err *err)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream;
	int result;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_set(err, errno, "open %s", name);
	stream = fdopendir(fd);
	if (stream == NULL) {
		close(fd);
		return err_set(err, ENOMEM, "read %s", name);
	}
	result = remove_entries(stream, err);
	closedir(stream);
	/* EBUSY here is a mount point of somebody else's: reported, never crossed. */
	if (result == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		result = err_set(err, errno, "remove %s", name);
	return result;
}
