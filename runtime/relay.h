// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_RELAY_H
#define WEIR_RUNTIME_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct err;

/* Between our stdio and the terminal of a program in the foreground. */

#define RELAY_SLOTS 4

/* Bytes on their way in one direction. */
struct relay_flow {
	char bytes[4096]; /* PIPE_BUF: a pipe that poll(2) calls writable takes as many at once */
	size_t start;
	size_t length;
	bool ended; /* no more will come */
	bool lost;  /* the destination is gone: what comes is dropped */
	char last;
};

struct relay {
	int master; /* owned; -1: none */
	bool raw;   /* our own terminal is raw, and `saved` is how it was */
	struct termios saved;
	struct relay_flow in;  /* stdin to the program */
	struct relay_flow out; /* the program to stdout */
};

#define auto_relay __attribute__((cleanup(relay_close)))
#define RELAY_NONE                                                                                 \
	{                                                                                          \
		.master = -1                                                                       \
	}

/* Where stdin is a terminal it becomes raw, and the program's (relay->master) gets its size. */
int relay_begin(struct relay *relay, struct err *err);

/* What to poll(2) for; and what to do with what was found. */
void relay_slots(const struct relay *relay, struct pollfd slots[RELAY_SLOTS]);
void relay_turn(struct relay *relay, const struct pollfd slots[RELAY_SLOTS]);

/* Our terminal has another size (SIGWINCH). */
void relay_resize(const struct relay *relay);

/* We were stopped, and whoever stopped us may have changed our terminal (SIGCONT). */
void relay_resume(struct relay *relay);

/* The program has ended: what it wrote last is written out. */
void relay_finish(struct relay *relay);

/* Our terminal is as it was. */
void relay_close(struct relay *relay);

#endif
