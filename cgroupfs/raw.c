// SPDX-License-Identifier: Apache-2.0
/*
 * Files of a cgroup by name, as whoever writes the config gave it.
 * Should: write what it does not know as it is, and name what the kernel refuses.
 * Must not: reach a file outside of the cgroup, or one by which the cgroup itself is steered.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/beneath.h"
#include "cgroupfs/controllers.h"
#include "cgroupfs/writes.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

static const struct {
	const char *file;
	const char *reason;
} refused[] = {
	{ "cgroup.procs", "it moves processes" },
	{ "cgroup.threads", "it moves threads" },
	{ "cgroup.kill", "it kills" },
	{ "cgroup.freeze", "pause and resume own it" },
	{ "cgroup.type", "a threaded cgroup cannot be killed or govern memory" },
	{ "cgroup.subtree_control", "no process could enter the cgroup" },
};

unsigned cgroup_raw_controller(const char *file)
{
	return controller_of_word(file, strcspn(file, "."));
}

static int check_raw_name(const char *file, struct err *err)
{
	const char *byte;
	size_t i;

	for (byte = file; *byte != '\0'; byte++) {
		if ((unsigned char) *byte <= 0x20 || *byte == 0x7f || *byte == '/')
			return err_say(err, EINVAL, "cgroup file name: byte 0x%02x is not allowed",
				       (unsigned) (unsigned char) *byte);
	}
	/* Every file of a cgroup is CONTROLLER.NAME; this leaves out "", "." and ".." too. */
	if (strchr(file, '.') == NULL || file[0] == '.')
		return err_say(err, EINVAL, "cgroup file '%.64s': not a CONTROLLER.NAME", file);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(file, refused[i].file) == 0)
			return err_say(err, EINVAL, "cgroup file '%s' may not be set: %s", file,
				       refused[i].reason);
	}
	return 0;
}

static int explain_open(int number, const char *file, struct err *err)
{
	if (number == ENOENT && cgroup_raw_controller(file) == 0 &&
	    strncmp(file, "cgroup.", 7) != 0)
		return err_set(err, number, "cgroup file '%.64s' (controller '%.*s' is unknown)",
			       file, (int) (strcspn(file, ".") % 64), file);
	return err_set(err, number, "cgroup file '%.64s'", file);
}

static int write_line(int fd, const char *file, const char *line, size_t length, struct err *err)
{
	ssize_t put;

	do {
		put = write(fd, line, length);
	} while (put < 0 && errno == EINTR);
	if (put < 0)
		return err_set(err, errno, "write '%.*s' to %.64s", (int) length, line, file);
	if ((size_t) put != length)
		return err_say(err, EIO, "write to %.64s: only %zd of %zu bytes were taken", file,
			       put, length);
	return 0;
}

int cgroup_raw_do(int dirfd, const struct cgroup_raw *raw, struct err *err)
{
	const char *line = raw->value;
	auto_fd int fd = -1;
	int result = check_raw_name(raw->file, err);

	if (result < 0)
		return result;
	fd = beneath_file(dirfd, raw->file, O_WRONLY);
	if (fd < 0)
		return explain_open(-fd, raw->file, err);
	/* An empty value is how a list is cleared; a write of no bytes would not reach the kernel. */
	if (*line == '\0')
		return write_line(fd, raw->file, "\n", 1, err);
	while (result == 0 && *line != '\0') {
		size_t length = strcspn(line, "\n");

		if (length > 0)
			result = write_line(fd, raw->file, line, length, err);
		line += length + (line[length] == '\n');
	}
	return result;
}

const char *cgroup_line_file(int dirfd, const struct cgroup_line *line)
{
	if (faccessat(dirfd, line->file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return line->file;
	if (line->instead_file != NULL &&
	    faccessat(dirfd, line->instead_file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return line->instead_file;
	return NULL;
}

int cgroup_line_do(int dirfd, const struct cgroup_line *line, struct err *err)
{
	struct cgroup_raw raw = { cgroup_line_file(dirfd, line), line->value };

	if (raw.file == NULL && line->harmless)
		return 0;
	if (raw.file == NULL)
		raw.file = line->file;
	if (raw.file == line->instead_file)
		raw.value = line->instead_value;
	return cgroup_raw_do(dirfd, &raw, err);
}
