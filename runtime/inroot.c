// SPDX-License-Identifier: Apache-2.0
/*
 * Opening and making things inside a hostile root.
 * Should: be the only file that resolves a path there, always by openat2(2) from the root's
 * descriptor.
 * Must not: use a path twice: what was opened is used by its descriptor.
 */
#include "runtime/inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

/* A rename somewhere in the tree while ".." is resolved makes the kernel answer EAGAIN; a racer can
 * do that for ever, so there is an end to trying. */
#define RACE_DEADLINE_USEC 1000000

/* How many missing directories one path may ask for: PATH_MAX / 2 names of one letter. */
#define DEPTH_MAX 2048

/* How many dangling links one path may lead through: as the kernel's own MAXSYMLINKS. */
#define LINKS_MAX 40

/* How often a path is tried anew beside somebody who keeps renaming: each try fails by chance, so 64
 * in a row are no chance (and a plain file in the way costs 64 times nothing). */
#define RACES_MAX 64

static int resolve_as(int root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = { .flags = (uint64_t) (unsigned) (flags | O_CLOEXEC),
				.resolve = resolve };
	uint64_t deadline = clock_monotonic_usec() + RACE_DEADLINE_USEC;

	for (;;) {
		long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

		if (fd >= 0)
			return (int) fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (clock_monotonic_usec() > deadline)
			return -EAGAIN;
	}
}

static int resolve(int root, const char *path, int flags)
{
	return resolve_as(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int inroot_find(const char *path, int flags)
{
	return resolve_as(AT_FDCWD, path, flags, RESOLVE_NO_MAGICLINKS);
}

int inroot_open(int root, const char *path, int flags, struct err *err)
{
	int fd = resolve(root, path, flags);

	return fd < 0 ? err_set(err, -fd, "%s", path) : fd;
}

/* One missing directory below `parent`; made by somebody else meanwhile is as good. */
static int make_directory(int parent, const char *name)
{
	int fd;

	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The longest leading part of `path` (NUL-ended copy in `head`) that exists: its descriptor, and in
 * *rest where the missing part begins. */
static int open_existing(int root, const char *path, char head[PATH_MAX], const char **rest)
{
	size_t length = strlen(path);
	int fd;

	memcpy(head, path, length + 1);
	for (;;) {
		fd = resolve(root, length > 0 ? head : "/", O_PATH);
		if (fd != -ENOENT || length == 0)
			break;
		/* One component less. */
		while (length > 0 && head[length - 1] == '/')
			length--;
		while (length > 0 && head[length - 1] != '/')
			length--;
		head[length] = '\0';
	}
	*rest = path + length;
	return fd;
}

static const char *next_name(const char **rest, char name[NAME_MAX + 1])
{
	size_t length;

	while (**rest == '/')
		++*rest;
	length = strcspn(*rest, "/");
	if (length == 0 || length > NAME_MAX)
		return NULL;
	memcpy(name, *rest, length);
	name[length] = '\0';
	*rest += length;
	while (**rest == '/')
		++*rest;
	return name;
}

/* As make_directory(), or an empty file. What is there already is opened as it is, a link included;
 * only a file that is made here is surely one. */
static int make_last(int parent, const char *name, mode_t type)
{
	int fd;

	if (type == S_IFDIR)
		return make_directory(parent, name);
	fd = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644);
	if (fd < 0 && errno != EEXIST)
		return -errno;
	fd_close(&fd);
	fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* A link put there by a racer after we looked for one is not what was to be made. */
static int refuse_link(int fd)
{
	struct stat status;

	if (fd < 0 || (fstat(fd, &status) == 0 && !S_ISLNK(status.st_mode)))
		return fd;
	close(fd);
	return -ELOOP;
}

/* Makes the components in `rest` below `fd`, which is taken. */
static int make_rest(int fd, const char *rest, mode_t type)
{
	char name[NAME_MAX + 1];
	int depth;

	for (depth = 0; *rest != '\0'; depth++) {
		int below;

		if (depth == DEPTH_MAX || next_name(&rest, name) == NULL) {
			close(fd);
			return -ENAMETOOLONG;
		}
		/* A missing part has no links to follow, so ".." in it can only be an attack or a
		 * mistake: there is nothing it could sensibly mean. */
		if (strcmp(name, "..") == 0 || strcmp(name, ".") == 0)
			below = -EINVAL;
		else
			below = make_last(fd, name, *rest == '\0' ? type : S_IFDIR);
		close(fd);
		if (below < 0)
			return below;
		fd = below;
	}
	return refuse_link(fd);
}

/* If the component at `rest` (inside `path`) is a link to nothing, puts its text in its place: what it
 * names is what has to be made, still counted from the root. 1: so it was; 0: no link; -errno. */
static int replace_link(int parent, char path[PATH_MAX], const char *rest)
{
	char name[NAME_MAX + 1];
	char content[PATH_MAX];
	char whole[PATH_MAX];
	size_t kept = (size_t) (rest - path);
	ssize_t length;
	int needed;

	if (next_name(&rest, name) == NULL)
		return -ENAMETOOLONG;
	length = readlinkat(parent, name, content, sizeof(content));
	if (length < 0)
		return errno == EINVAL || errno == ENOENT ? 0 : -errno;
	if (content[0] == '/')
		kept = 0;
	needed = snprintf(whole, sizeof(whole), "%.*s%.*s%s%s", (int) kept, path, (int) length,
			  content, *rest != '\0' ? "/" : "", rest);
	if (needed < 0 || (size_t) needed >= sizeof(whole))
		return -ENAMETOOLONG;
	memcpy(path, whole, (size_t) needed + 1);
	return 1;
}

/* One try of inroot_make(): a descriptor, or -errno; *again: `path` was changed to be tried anew. */
static int try_make(int root, char path[PATH_MAX], mode_t type, bool *again)
{
	char head[PATH_MAX];
	const char *rest;
	int fd = open_existing(root, path, head, &rest);
	int replaced;

	*again = false;
	if (fd < 0 || *rest == '\0')
		return fd;
	replaced = replace_link(fd, path, rest);
	if (replaced == 0)
		return make_rest(fd, rest, type);
	close(fd);
	*again = replaced > 0;
	return replaced;
}

/* One walk from the start, through links to nothing too. */
static int make_once(int root, const char *path, size_t length, mode_t type)
{
	char changed[PATH_MAX];
	bool again = true;
	int fd = -ELOOP;
	int links;

	memcpy(changed, path, length);
	changed[length] = '\0';
	for (links = 0; again && links < LINKS_MAX; links++)
		fd = try_make(root, changed, type, &again);
	return again ? -ELOOP : fd;
}

int inroot_make(int root, const char *path, mode_t type, struct err *err)
{
	size_t length = strlen(path);
	int fd = -ELOOP;
	int tries;

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (length >= PATH_MAX)
		return err_set(err, ENAMETOOLONG, "%.64s...", path);
	/* A component that was a directory when we looked and a link when we came back (or the reverse)
	 * is refused at that step; that somebody renames beside us is no reason to give up. */
	for (tries = 0; tries < RACES_MAX && (fd == -ELOOP || fd == -ENOTDIR); tries++)
		fd = make_once(root, path, length, type);
	return fd < 0 ? err_set(err, -fd, "make %s", path) : fd;
}

int inroot_make_nofollow(int root, const char *path, mode_t type, struct err *err)
{
	char last[NAME_MAX + 1];
	const char *name;
	auto_fd int parent = inroot_open_parent(root, path, &name, err);
	int fd;

	if (parent < 0)
		return parent;
	if (next_name(&name, last) == NULL)
		return err_set(err, ENAMETOOLONG, "%.64s...", path);
	fd = refuse_link(make_last(parent, last, type));
	return fd < 0 ? err_set(err, -fd, "make %s", path) : fd;
}

int inroot_open_parent(int root, const char *path, const char **name, struct err *err)
{
	char folder[PATH_MAX];
	size_t length = strlen(path);
	const char *last;

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (length >= sizeof(folder))
		return err_set(err, ENAMETOOLONG, "%.64s...", path);
	memcpy(folder, path, length);
	folder[length] = '\0';
	last = strrchr(folder, '/');
	last = last != NULL ? last + 1 : folder;
	if (*last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
		return err_say(err, EINVAL, "%s: does not name a file", path);
	*name = path + (last - folder);
	folder[last - folder] = '\0';
	return inroot_make(root, folder[0] != '\0' ? folder : "/", S_IFDIR, err);
}

int inroot_open_plain_parent(int root, const char *path, const char **name, struct err *err)
{
	char folder[PATH_MAX];
	size_t length = strlen(path);
	size_t kept;
	int fd;

	while (length > 1 && path[length - 1] == '/')
		length--;
	for (kept = length; kept > 0 && path[kept - 1] != '/'; kept--)
		;
	if (kept >= sizeof(folder))
		return err_set(err, ENAMETOOLONG, "%.64s...", path);
	if (length == kept || strncmp(path + kept, "..", length - kept) == 0)
		return err_say(err, EINVAL, "%s: does not name a file", path);
	*name = path + kept;
	snprintf(folder, sizeof(folder), "%.*s", (int) kept, path);
	fd = resolve_as(root, kept > 0 ? folder : "/", O_PATH | O_DIRECTORY,
			RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
	if (fd == -ELOOP)
		return err_say(err, ELOOP,
			       "a symbolic link leads there: the place itself is wanted");
	return fd < 0 ? err_set(err, -fd, "%s", folder) : fd;
}
