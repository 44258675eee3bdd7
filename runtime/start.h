// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_START_H
#define WEIR_RUNTIME_START_H

#include <sys/types.h>

struct container;
struct err;

/* Binds and listens on exec.sock in the container's directory; its existence is what "created"
 * means. *listener becomes the caller's. */
int start_listen(int dirfd, int *listener, struct err *err);

/* Lets the program of a created container run and runs its poststart hooks: what `start` does. A container that is
 * not "created" is left as it is: "cannot start a container that has stopped" and the like. */
int container_start(struct container *container, struct err *err);

/* A pid file: the number in decimal without a newline, in place by rename. */
int start_write_pid_file(const char *path, pid_t pid, struct err *err);

#endif
