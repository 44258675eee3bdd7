// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_ATTEND_H
#define WEIR_RUNTIME_ATTEND_H

#include <stdint.h>

struct err;
struct governor;
struct notify;
struct relay;

/* A process in the foreground, and what is served while it runs. */
struct attended {
	int pidfd;
	struct governor *governor; /* NULL: none */
	struct notify *notify;	   /* NULL: none */
	struct relay *relay;	   /* NULL: the program has our stdio itself */
	uint64_t deadline_usec;	   /* clock_monotonic_usec(); 0: none */
	/* When the deadline has passed; returns the next one, 0: none. */
	uint64_t (*pass_deadline)(void *context);
	void *context;
};

/* Signals that arrive from now on are kept for attend(); call it before anything can end. */
int attend_prepare(struct err *err);

/* Stays until the process has ended and all that it wrote to its terminal is written; forwards the
 * signals that we get to it. It is still to be waited for then. */
int attend(const struct attended *attended, struct err *err);

/* Waits for child `pid` to end, across EINTR; its wait status (wait(2)), or -errno. */
int attend_status(int pid);

#endif
