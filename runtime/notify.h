// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_NOTIFY_H
#define WEIR_RUNTIME_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

struct err;

/*
 * sd_notify(3) out of a container. Who calls us wants to hear READY=1 on the socket in his NOTIFY_SOCKET. The
 * program never gets that socket: it gets one of ours, ROOT/ID/notify/notify, in a directory that is
 * mounted where the caller's socket has its name, and its READY=1 alone is passed on.
 */
#define NOTIFY_DIRECTORY "notify" /* in ROOT/ID */
#define NOTIFY_NAME	 "notify" /* in that */

struct notify {
	int socket;	/* where the program speaks to; -1: nothing is passed on */
	pid_t main_pid; /* told besides, for when we do not stay; 0: not */
	bool ready;	/* it was passed on */
};

#define NOTIFY_NONE                                                                                \
	{                                                                                          \
		.socket = -1                                                                       \
	}

/* The caller's socket: a path, or '@' and an abstract name. NULL: there is none. */
const char *notify_caller(void);

/* Makes the directory in the container's own; *directory becomes the caller's. */
int notify_prepare(int container_dir, int *directory, struct err *err);

/* Binds the socket, if there is a directory for it: else, and where there is no caller's, it stays
 * -1. */
int notify_listen(int container_dir, struct notify *notify, struct err *err);

/* Reads what the program said, and passes READY=1 on; each only as far as it goes without waiting for
 * the program. The error is that of passing it on. */
int notify_turn(struct notify *notify, struct err *err);

/* Waits until the program is ready or the process has ended. */
int notify_wait(struct notify *notify, int pidfd, struct err *err);

#endif
