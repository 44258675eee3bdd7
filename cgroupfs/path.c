// SPDX-License-Identifier: Apache-2.0
/*
 * The paths of cgroups, as texts.
 * Should: let nothing through that could leave the hierarchy or break a line of /proc/PID/cgroup.
 * Must not: touch a file.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"

/* Before anything else, so that no message ever carries a control character to a terminal. */
static int refuse_control_characters(const char *path, struct err *err)
{
	const char *byte;

	for (byte = path; *byte != '\0'; byte++) {
		if ((unsigned char) *byte < 0x20 || *byte == 0x7f)
			return err_say(err, EINVAL, "cgroup path: control character 0x%02x",
				       (unsigned) *byte);
	}
	return 0;
}

static int check_name(const char *name, size_t length, struct err *err)
{
	if (length > NAME_MAX)
		return err_say(err, ENAMETOOLONG,
			       "cgroup path: name '%.32s...' is longer than %d bytes", name,
			       NAME_MAX);
	if ((length == 1 && name[0] == '.') || (length == 2 && memcmp(name, "..", 2) == 0))
		return err_say(err, EINVAL, "cgroup path: '%.*s' is not allowed", (int) length,
			       name);
	return 0;
}

int cgroup_path_normalise(const char *path, char out[CGROUP_PATH_ROOM], struct err *err)
{
	char built[CGROUP_PATH_ROOM];
	const char *name = path;
	size_t length = 0;
	int result = refuse_control_characters(path, err);

	while (result == 0 && *(name += strspn(name, "/")) != '\0') {
		size_t size = strcspn(name, "/");

		result = check_name(name, size, err);
		if (result == 0 && length + 1 + size >= sizeof(built))
			result = err_say(err, ENAMETOOLONG,
					 "cgroup path: longer than %d bytes: '%.32s...'",
					 CGROUP_PATH_ROOM - 1, path);
		if (result < 0)
			break;
		built[length] = '/';
		memcpy(built + length + 1, name, size);
		length += 1 + size;
		name += size;
	}
	if (result == 0 && length == 0)
		result = err_say(err, EINVAL, "cgroup path: '%s' names no cgroup below the root",
				 *path == '\0' ? "" : "/");
	if (result < 0)
		return result;
	memcpy(out, built, length);
	out[length] = '\0';
	return 0;
}

int cgroup_path_of_text(const char *proc_cgroup, char out[CGROUP_PATH_ROOM])
{
	const char *line = proc_cgroup;
	size_t length;

	while (!text_starts(line, "0::/")) {
		line = strchr(line, '\n');
		if (line == NULL)
			return -ENOENT;
		line++;
	}
	line += strlen("0::");
	length = strcspn(line, "\n");
	if (length >= CGROUP_PATH_ROOM)
		return -ENAMETOOLONG;
	memcpy(out, line, length);
	out[length] = '\0';
	return 0;
}
