// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_INTERRUPT_H
#define WEIR_RUNTIME_INTERRUPT_H

#include <signal.h>

struct err;

/*
 * While a container is made, a signal that would end us (TERM, INT, HUP, QUIT) must first undo what was
 * made: it is noticed where we wait, for a hook or for the child, and comes back as an error.
 */
struct interrupt {
	int fd; /* readable when one has come; -1: none is looked for */
	sigset_t before;
};

#define INTERRUPT_NONE                                                                             \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* From here on they are kept, unless the caller had them ignored. */
int interrupt_open(struct interrupt *interrupt, struct err *err);

/* What was pending takes effect. */
void interrupt_close(struct interrupt *interrupt);

/* Waits until `fd` can be read: 0; -EINTR "ended by SIGTERM" as soon as one has come. */
int interrupt_wait(const struct interrupt *interrupt, int fd, struct err *err);

/* Takes the signal that made interrupt->fd readable, as that error. */
int interrupt_take(int fd, struct err *err);

#endif
