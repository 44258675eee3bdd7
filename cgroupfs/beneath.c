// SPDX-License-Identifier: Apache-2.0
/*
 * Opening below a directory.
 * Should: be the one way by which cgroupfs turns a name into a descriptor.
 * Must not: follow a link, leave the directory it was given, or cross a mount.
 */
#include "cgroupfs/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"

static int open_beneath(int dirfd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t) (unsigned) (flags | O_CLOEXEC | O_NOFOLLOW),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd;

	do {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : (int) fd;
}

int beneath_directory(int dirfd, const char *path)
{
	return open_beneath(dirfd, path, O_RDONLY | O_DIRECTORY);
}

int beneath_file(int dirfd, const char *name, int flags)
{
	return open_beneath(dirfd, name, flags | O_NOCTTY);
}

int beneath_parent(int rootfd, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char parent[CGROUP_PATH_ROOM];
	size_t length;

	if (slash == NULL || (size_t) (slash - path) >= sizeof(parent))
		return -EINVAL;
	length = (size_t) (slash - path);
	memcpy(parent, path, length);
	parent[length] = '\0';
	*name = slash + 1;
	return beneath_directory(rootfd, length == 0 ? "." : parent + 1);
}
