// SPDX-License-Identifier: Apache-2.0
/*
 * Walking a subtree.
 * Should: need neither recursion nor a descriptor for each level.
 * Must not: know what is done at each cgroup.
 */
#include "cgroupfs/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/beneath.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

struct visit {
	size_t depth; /* of the cgroup; the base has 0, its children 1 */
	bool entered; /* its children have been visited: `after` is due */
	char *name;
};

struct walk {
	const struct walk_steps *steps;
	void *me;
	int basefd; /* borrowed */
	int fd;	    /* the directory the walk stands in, unless that is the base; owned */
	size_t depth;
	struct visit *due; /* a stack: the deepest on top */
	size_t count;
	size_t room;
};

static int push(struct walk *walk, size_t depth, bool entered, const char *name)
{
	size_t room = walk->count < walk->room ? walk->room : walk->room * 2 + 64;
	struct visit *due = walk->due;
	char *copy = strdup(name);

	if (copy != NULL && room != walk->room)
		due = reallocarray(walk->due, room, sizeof(*due));
	if (copy == NULL || due == NULL) {
		free(copy);
		return -ENOMEM;
	}
	walk->due = due;
	walk->room = room;
	due[walk->count++] = (struct visit){ .depth = depth, .entered = entered, .name = copy };
	return 0;
}

static int here(const struct walk *walk)
{
	return walk->depth == 0 ? walk->basefd : walk->fd;
}

static void stand_in(struct walk *walk, int fd, size_t depth)
{
	fd_close(&walk->fd);
	walk->fd = fd;
	walk->depth = depth;
}

/* By "..": a cgroup never moves (cgroup v2 has no rename), so its parent is where we came from. */
static int rise(struct walk *walk, size_t depth)
{
	while (walk->depth > depth) {
		int up = -1;

		if (walk->depth > 1)
			up = openat(walk->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (walk->depth > 1 && up < 0)
			return -errno;
		stand_in(walk, up, walk->depth - 1);
	}
	return 0;
}

static bool may_be_child(const struct dirent *entry)
{
	if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
		return false;
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Through a descriptor of its own: the caller's keeps its place in the directory. */
static int push_children(struct walk *walk)
{
	int fd = openat(here(walk), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	int result = 0;

	if (stream == NULL) {
		result = -errno;
		fd_close(&fd);
		return result == -ENOENT ? 0 : result;
	}
	while (result == 0 && (entry = readdir(stream)) != NULL) {
		if (may_be_child(entry))
			result = push(walk, walk->depth + 1, false, entry->d_name);
	}
	closedir(stream);
	return result;
}

static int enter(struct walk *walk, const struct visit *visit, struct err *err)
{
	int result = 0;
	int fd;

	if (walk->steps->before != NULL)
		result = walk->steps->before(walk->me, here(walk), visit->name, err);
	if (result != 0)
		return result < 0 ? result : 0;
	fd = beneath_directory(here(walk), visit->name);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return err_set(err, -fd, "open cgroup '%s'", visit->name);
	stand_in(walk, fd, visit->depth);
	if (walk->steps->inside != NULL)
		result = walk->steps->inside(walk->me, fd, err);
	if (result < 0)
		return result;
	if (walk->steps->after != NULL)
		result = push(walk, visit->depth, true, visit->name);
	if (result == 0)
		result = push_children(walk);
	if (result < 0)
		return err_set(err, -result, "list cgroup '%s'", visit->name);
	return 0;
}

static int take_step(struct walk *walk, const struct visit *visit, struct err *err)
{
	int result = rise(walk, visit->depth - 1);

	if (result < 0)
		return err_set(err, -result, "the cgroup above '%s'", visit->name);
	if (!visit->entered)
		return enter(walk, visit, err);
	result = walk->steps->after(walk->me, here(walk), visit->name, err);
	if (result != WALK_AGAIN)
		return result;
	result = push(walk, visit->depth, false, visit->name);
	return result < 0 ? err_set(err, -result, "cgroup '%s'", visit->name) : 0;
}

int walk_tree(int basefd, const char *only, const struct walk_steps *steps, void *me,
	      struct err *err)
{
	struct walk walk = { .steps = steps, .me = me, .basefd = basefd, .fd = -1 };
	int result = only != NULL ? push(&walk, 1, false, only) : push_children(&walk);

	if (result < 0)
		err_set(err, -result, "list cgroups");
	while (walk.count > 0) {
		struct visit visit = walk.due[--walk.count];

		if (result >= 0)
			result = take_step(&walk, &visit, err);
		free(visit.name);
	}
	free(walk.due);
	fd_close(&walk.fd);
	return result < 0 ? result : 0;
}
