// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_EXEC_H
#define WEIR_RUNTIME_EXEC_H

#include <stdbool.h>
#include <sys/types.h>

#include "runtime/container.h"
#include "runtime/plan.h"
#include "runtime/relay.h"

struct err;

/*
 * One more process in a running container. The conversation is that of sync.h, from READY on: the
 * helper that says READY is everything but in the container's pid namespace; on START it lets the
 * program be born there, as a child of ours, and ends.
 */
struct exec {
	const struct container *container;
	const struct plan *plan; /* plan_further_process() */
	const char *cgroup; /* --cgroup: below the container's own; NULL: that one, or where its
				    first process went */
	const char *console_socket; /* takes the terminal; NULL: it stays with us */
	const char *pidfd_socket;   /* gets a pidfd of it; NULL: none */
	const char *pid_file;	    /* NULL: none */
	bool detached;		    /* else the program goes when we go */
	bool ignore_paused;
	/* made by exec_start(); the program is our child */
	pid_t pid;
	int pidfd;
	struct relay relay; /* as in struct launch */
};

#define auto_exec __attribute__((cleanup(exec_close)))
#define EXEC_NONE                                                                                  \
	{                                                                                          \
		.pidfd = -1, .relay = RELAY_NONE                                                   \
	}

/* 0: the program runs. Else nothing is left of it. */
int exec_start(struct exec *exec, struct err *err);

void exec_close(struct exec *exec);

#endif
