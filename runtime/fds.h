// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_FDS_H
#define WEIR_RUNTIME_FDS_H

#include <stdbool.h>

struct err;

/* Descriptors of the caller that a program is to get under the same numbers, from FDS_FIRST on: those of
 * the socket activation protocol (sd_listen_fds(3)) first, then those of --preserve-fds. */
#define FDS_FIRST	    3
#define FDS_LISTEN_PID_ROOM 24 /* "LISTEN_PID=", ten digits, NUL */

struct fds {
	unsigned inherited; /* what the caller left open, without a gap */
	unsigned listening; /* LISTEN_FDS, if they are for us */
	unsigned preserved; /* --preserve-fds */
	const char *names;  /* LISTEN_FDNAMES; NULL: none */
};

/* First of all: what lies behind a gap is closed, the rest is not for programs that are not meant to have
 * it (close-on-exec). */
int fds_find(struct fds *fds, struct err *err);

/* Once it is known which ones a command passes on: the others are closed. `preserve` is a number as
 * written, or NULL; `passes`: the command makes a process that can have them. */
int fds_keep(struct fds *fds, bool passes, const char *preserve, struct err *err);

/* In whoever stays: `count` of them are the program's alone. */
void fds_close_passed(unsigned count);

/* In the program's process, just before it becomes the program. `listen_pid` (may be NULL) is
 * "LISTEN_PID=1" with room for any pid, which becomes the caller's. */
int fds_hand_over(unsigned count, char *listen_pid, struct err *err);

#endif
