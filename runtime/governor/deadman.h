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
	bool used; /* by the governor alone: this place is taken */
	struct {
		int fd; /* the governor's, open for writing; borrowed; -1: none */
		volatile bool due;
		volatile uint64_t value; /* MEMORY_NO_LIMIT is written as "max" */
	} files[UNDO_FILES];
};

struct deadman {
	pid_t pid; /* 0: none */
	int pidfd;
	int line; /* the governor's end: descriptors go to it; end of file: the governor ends */
	struct undo *undos;
	size_t count;
	size_t taken; /* of these, up to the last that was ever used: the rest costs no memory */
};

#define DEADMAN_NONE ((struct deadman){ .pidfd = -1, .line = -1 })

/* Room for `count` cgroups, all fds -1. 0 or -errno. */
int deadman_open(struct deadman *deadman, size_t count, struct err *err);

/* Forks it, with the undos' descriptors of now. It watches the caller's life. */
int deadman_start(struct deadman *deadman, struct err *err);

/* Hands the undo's descriptors to the one that stands by, or tells it to let go of them when all are
 * -1: so a governor of a thousand cgroups forks once. */
int deadman_give(const struct deadman *deadman, const struct undo *undo, struct err *err);

/* A free place, all fds -1, taken by this call; NULL: there is none left. */
struct undo *deadman_take_place(struct deadman *deadman);

/* It undoes what is due, and ends; returns when it has. Gives back all that deadman_open() took. */
void deadman_close(struct deadman *deadman);

/* Reaps one that ended by itself (its pidfd is readable); deadman_start() may follow. */
void deadman_reap(struct deadman *deadman);

#endif
