// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_TESTS_TREE_H
#define WEIR_TESTS_TREE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/file.h"
#include "tests/unit/unit.h"

/*
 * A tree of literal files in a temporary directory, in place of /sys/fs/cgroup or /proc. Files are
 * plain: a write lands at the start and truncates nothing, so a file whose exact bytes are to be
 * checked starts empty.
 */
struct tree {
	int fd;
	char path[64];
};

struct tree_file {
	const char *path; /* "a/b/name"; one that ends with '/' is a directory */
	const char *text;
};

static inline void tree_make_parents(int fd, const char *path)
{
	char parent[256];
	const char *slash;

	for (slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(parent, sizeof(parent), "%.*s", (int) (slash - path), path);
		CHECK(mkdirat(fd, parent, 0700) == 0 || errno == EEXIST);
	}
}

static inline void tree_add(const struct tree *tree, const char *path, const char *text)
{
	int fd;

	tree_make_parents(tree->fd, path);
	if (path[strlen(path) - 1] == '/')
		return;
	fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK_NUMBER(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline struct tree tree_make(const struct tree_file *files, size_t count)
{
	struct tree tree = { .path = "/tmp/weir-tree-XXXXXX" };
	size_t i;

	CHECK(mkdtemp(tree.path) != NULL);
	tree.fd = open(tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(tree.fd >= 0);
	for (i = 0; i < count; i++)
		tree_add(&tree, files[i].path, files[i].text);
	return tree;
}

#define TREE(...)                                                                                  \
	tree_make((const struct tree_file[]){ __VA_ARGS__ },                                       \
		  sizeof((const struct tree_file[]){ __VA_ARGS__ }) / sizeof(struct tree_file))

static inline int tree_has(const struct tree *tree, const char *path)
{
	return faccessat(tree->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The file's whole text, in a buffer that the next call uses again. */
static inline const char *tree_text(const struct tree *tree, const char *path)
{
	static char text[4096];

	CHECK(file_read_at(tree->fd, path, text, sizeof(text), NULL) >= 0);
	return text;
}

static inline void tree_remove(struct tree *tree)
{
	CHECK_NUMBER(file_remove_tree_at(AT_FDCWD, tree->path, NULL), 0);
	close(tree->fd);
}

#endif
