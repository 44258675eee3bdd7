// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_CONSOLE_H
#define WEIR_RUNTIME_CONSOLE_H

#include <stdbool.h>

struct err;

/* What has to fit together, checked before anything is made: a terminal of a process nobody stays with
 * needs a socket, and the socket (NULL: none) a terminal. */
int console_check(bool terminal, bool detached, const char *path, struct err *err);

/* Takes the terminal that the peer of `sync` sends, and gives it on to the socket `path`; without one it
 * becomes the caller's, *master. */
int console_take(int sync, const char *path, int *master, struct err *err);

/* Connects to the unix socket `path` and sends `fd` in one message, whose bytes are the terminal's
 * name, or `name` if it is none; `option` names the path in errors (engines.md §3). */
int console_send(const char *option, const char *path, int fd, const char *name, struct err *err);

#endif
