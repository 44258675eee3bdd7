// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_TEXT_H
#define WEIR_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A text that grows. Start from `{ 0 }`, end with text_free(). Running out of memory is remembered
 * and not reported at each call: check text_ok() once, before the text is used.
 */
struct text {
	char *bytes; /* NUL-ended once anything was added; NULL before */
	size_t length;
	size_t room;
	bool failed;
};

#define auto_text __attribute__((cleanup(text_free)))

void text_free(struct text *text);

/* Appends a C string, or `length` bytes, or one formatted piece. */
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *text, const char *format, ...);

/* The text as a C string: "" while nothing was added. Borrowed; valid until the next change. */
const char *text_string(const struct text *text);

/* False if memory ran out at any time, in which case the text is incomplete. */
bool text_ok(const struct text *text);

/* Whether `string` begins or ends so. */
bool text_starts(const char *string, const char *prefix);
bool text_ends(const char *string, const char *suffix);

/* If `line` is "KEY VALUE" (one blank between), returns VALUE inside line; NULL otherwise. */
const char *text_value_of(const char *line, const char *key);

/* Cuts `*cursor` at the next `separator`: returns the piece, which is changed to end there, and
 * moves the cursor behind it; NULL when nothing is left. Empty pieces are returned too. */
char *text_next(char **cursor, char separator);

/* `bytes` as a person reads it ("64M", "1.5G", "217.3M"), into `buffer`; returns buffer. */
#define TEXT_SIZE_ROOM 24
const char *text_size(unsigned long long bytes, char buffer[TEXT_SIZE_ROOM]);

#endif
