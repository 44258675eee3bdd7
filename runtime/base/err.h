// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_ERR_H
#define WEIR_BASE_ERR_H

/*
 * One error, built from the inside out: who knows the object calls err_set(), who knows the
 * purpose calls err_context(), and main prints the result once. Fixed size and free of pointers,
 * so it can be sent over a socket as it is.
 */

#define ERR_TEXT_SIZE 1024 /* longest message; what does not fit is cut with "..." */

struct err {
	int number; /* a positive errno value; 0 while nothing went wrong */
	char text[ERR_TEXT_SIZE];
};

/* Records "MESSAGE: strerror(number)" in `err` (may be NULL). `number` is a positive errno value;
 * returns -number, so that a function can end with `return err_set(err, errno, ...)`. */
__attribute__((format(printf, 3, 4))) int err_set(struct err *err, int number, const char *format,
						  ...);

/* As err_set(), without the strerror part: for errors that are ours and not the kernel's. */
__attribute__((format(printf, 3, 4))) int err_say(struct err *err, int number, const char *format,
						  ...);

/* Puts "CONTEXT: " before the recorded message. Returns -err->number (-EINVAL if none is
 * recorded), so that `return err_context(err, ...)` passes an error up. */
__attribute__((format(printf, 2, 3))) int err_context(struct err *err, const char *format, ...);

/* Forgets what was recorded. */
void err_clear(struct err *err);

#endif
