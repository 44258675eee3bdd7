// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_DEADMAN_H
#define WEIR_GOVERNOR_DEADMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

/*
 * The deadman: a second process that gives a cgroup back what the governor holds over it (a low
 * memory.high, a raised memory.max, a freeze) as soon as the governor is dead, kill -9 included. It
 * is the governor's child, has no descriptor but those it writes and the two it waits for, ignores
 * every signal, and is ended and reaped by the governor that ends well: so nobody else ever sees it
 * unless the governor was killed.
 */
enum undo_file { UNDO_HIGH, UNDO_MAX, UNDO_FREEZE, UNDO_FILES };

/* Of one cgroup. In memory that both processes share: the governor writes, the deadman reads. */
struct undo {
	struct {
		int fd; /* open for writing in both; borrowed; -1: none */
		volatile bool due;
		volatile uint64_t value; /* MEMORY_NO_LIMIT is written as "max" */
	} files[UNDO_FILES];
};

struct deadman {
	pid_t pid; /* 0: none */
	int pidfd;
	int quit; /* eventfd: the governor ends */
	struct undo *undos;
	size_t count;
};

#define DEADMAN_NONE ((struct deadman){ .pidfd = -1, .quit = -1 })

/* Room for `count` cgroups, all fds -1. 0 or -errno. */
int deadman_open(struct deadman *deadman, size_t count, struct err *err);

/* Forks it; the undos' descriptors are those of now. It watches the caller's life. */
int deadman_start(struct deadman *deadman, struct err *err);

/* It undoes what is due, and ends; returns when it has. Gives back all that deadman_open() took. */
void deadman_close(struct deadman *deadman);

/* Reaps one that ended by itself (its pidfd is readable); deadman_start() may follow. */
void deadman_reap(struct deadman *deadman);

#endif
