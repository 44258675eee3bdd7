// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_WITNESS_H
#define WEIR_GOVERNOR_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/governor/kernel_log.h"

struct mnl_socket;
struct suspects;

/*
 * Who sees whom the kernel kills (governor.md §3.2). What is permitted is used, in this order:
 *
 *	1. tracefs: the event oom:mark_victim in an instance of our own, "weir", that all governors of a
 *	   host share; the kernel writes every kill down, 30 of 30 in a burst. Nobody is woken by it: it is
 *	   read when there is something to explain. The last one that holds it removes it.
 *	2. the kernel log (kernel_log.h): needs nothing before the kill; headers are rate-limited.
 *	3. the proc connector: processes that end by SIGKILL, of all the host; a filter lets only those
 *	   through, and they wait in the socket's buffer. Who was killed is known, what it held is not.
 *
 * Only a governor of a ladder opens one; a cgroup without one is explained from the kernel log.
 */
struct witness {
	int instance; /* of tracefs; a directory; -1: none */
	int hold;     /* one of its files, open: as long as it is, nobody can remove the instance */
	struct mnl_socket *exits;
	pid_t owner; /* who opened it; a copy after fork(2) only closes */
};

#define WITNESS_NONE ((struct witness){ .instance = -1, .hold = -1 })

/* Opens the first that is permitted, unless one is open. That none is, is no error. */
void witness_open(struct witness *witness);

/* Opens an instance of tracefs that another governor made, for who comes after its death. */
void witness_find(struct witness *witness);

void witness_close(struct witness *witness);

/* What is asked of it: the kills of one cgroup. */
struct witness_query {
	pid_t init_pid;
	uint64_t since_usec; /* CLOCK_MONOTONIC */
	uint64_t kills;	     /* oom_kill of the cgroup since then; bounds the victims */
	const struct suspects
		*suspects; /* whom it knows the cgroup's processes by; NULL: nobody looked */
};

/* Adds what it saw to what the kernel log told: victims that are missing there, the numbers of those
 * that are there without. */
void witness_tell(const struct witness *witness, const struct witness_query *query,
		  struct kernel_log *log);

/* ---- witness_trace.c ---- */

bool witness_trace_open(struct witness *witness, bool make);
void witness_trace_close(struct witness *witness);

/* Takes one line of an instance's `trace`; false if it is no mark_victim. Pure. */
bool witness_trace_parse(const char *line, struct victim *victim);

/* The newest `room` victims since then, the oldest first. *complete: nothing was overwritten. */
size_t witness_trace_read(const struct witness *witness, uint64_t since_usec,
			  struct victim victims[], size_t room, bool *complete);

/* ---- witness_exits.c ---- */

bool witness_exits_open(struct witness *witness);
void witness_exits_close(struct witness *witness);

/* A process that ended by SIGKILL. */
struct witness_exit {
	uint64_t at_usec; /* CLOCK_MONOTONIC */
	pid_t pid, parent_pid;
};

/* Takes one message of the connector of `length` bytes; false if it is no such end. Pure. */
bool witness_exits_parse(const void *message, size_t length, struct witness_exit *end);

/* True as soon as something waits in the socket, false after so long without. */
bool witness_exits_wait(const struct witness *witness, int timeout_msec);

/* What waits in the socket; each once. */
size_t witness_exits_read(const struct witness *witness, struct witness_exit ends[], size_t room);

#endif
