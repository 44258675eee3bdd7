// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_FILE_H
#define WEIR_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct err;
struct text;

/*
 * Small files of our own, of procfs and of cgroupfs. Every function takes a directory descriptor
 * (or AT_FDCWD with an absolute path of ours); none of this is for paths inside a container's
 * root, which only runtime/inroot.c may open. Errors name the file.
 */

/* Reads the file into `buffer` and ends it with NUL. Returns its length, or -errno; -EFBIG when it
 * does not fit into size-1 bytes. */
ssize_t file_read_at(int dirfd, const char *name, char *buffer, size_t size, struct err *err);

/* Adds a whole regular file of at most `limit` bytes to `text`. A FIFO, device or directory is an
 * error at once: opening never blocks. 0 or -errno. */
int file_load_at(int dirfd, const char *name, size_t limit, struct text *text, struct err *err);

/* Writes `text` in one write(2) to an existing file (never creates): the way of kernel files.
 * 0 or -errno. */
int file_write_at(int dirfd, const char *name, const char *text, struct err *err);

/* Puts a whole new file in place: temporary name, write, fsync, rename, fsync of the directory;
 * a reader sees the old or the new file and never a torn one. `mode` as open(2). 0 or -errno. */
int file_replace_at(int dirfd, const char *name, const char *text, mode_t mode, struct err *err);

/* mkdir -p for a path of ours, mode 0700 (what exists keeps its mode). 0 or -errno. */
int file_make_path(const char *path, struct err *err);

/* Removes a directory of ours below dirfd with all it holds; does not cross mount points and does
 * not follow links. Absent is success. 0 or -errno. */
int file_remove_tree_at(int dirfd, const char *name, struct err *err);

#endif
