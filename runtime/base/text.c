// SPDX-License-Identifier: Apache-2.0
/*
 * Texts: growing one, and taking one apart.
 * Should: make length and overflow somebody else's worry nowhere.
 * Must not: know what any text means.
 */
#include "runtime/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256 /* most of our texts are one line or one small file */

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

/* Makes room for `more` bytes and the NUL behind them. */
static bool grow(struct text *text, size_t more)
{
	size_t room = text->room > 0 ? text->room : FIRST_ROOM;
	char *bytes;

	if (text->failed)
		return false;
	while (room - text->length <= more)
		room *= 2;
	if (room == text->room)
		return true;
	bytes = realloc(text->bytes, room);
	if (bytes == NULL) {
		text->failed = true;
		return false;
	}
	text->bytes = bytes;
	text->room = room;
	return true;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	if (!grow(text, length))
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !grow(text, (size_t) length)) {
		text->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(text->bytes + text->length, (size_t) length + 1, format, args);
	va_end(args);
	text->length += (size_t) length;
}

const char *text_string(const struct text *text)
{
	return text->bytes != NULL ? text->bytes : "";
}

bool text_ok(const struct text *text)
{
	return !text->failed;
}

bool text_starts(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *string, const char *suffix)
{
	size_t length = strlen(string);
	size_t tail = strlen(suffix);

	return length >= tail && strcmp(string + length - tail, suffix) == 0;
}

const char *text_value_of(const char *line, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(line, key, length) != 0 || line[length] != ' ')
		return NULL;
	return line + length + 1;
}

char *text_next(char **cursor, char separator)
{
	char *piece = *cursor;
	char *end;

	if (piece == NULL)
		return NULL;
	end = strchr(piece, separator);
	*cursor = end != NULL ? end + 1 : NULL;
	if (end != NULL)
		*end = '\0';
	return piece;
}

const char *text_size(unsigned long long bytes, char buffer[TEXT_SIZE_ROOM])
{
	static const char *const units[] = { "B", "K", "M", "G", "T", "P", "E" };
	unsigned long long whole = bytes;
	unsigned long long rest = 0;
	size_t unit = 0;

	while (whole >= 1024 && unit < 6) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	if (rest == 0)
		snprintf(buffer, TEXT_SIZE_ROOM, "%llu%s", whole, units[unit]);
	else
		snprintf(buffer, TEXT_SIZE_ROOM, "%llu.%llu%s", whole, rest * 10 / 1024,
			 units[unit]);
	return buffer;
}
