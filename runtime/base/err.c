// SPDX-License-Identifier: Apache-2.0
/*
 * Errors as values.
 * Should: keep the first cause and every purpose above it readable in one line.
 * Must not: allocate, print, or change errno.
 */
#include "runtime/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message that was cut must look cut. */
static void mark_cut(char *text, int length)
{
	if (length >= ERR_TEXT_SIZE)
		memcpy(text + ERR_TEXT_SIZE - 4, "...", 4);
}

static int record(struct err *err, int number, const char *message, const char *reason)
{
	int length;

	if (err == NULL)
		return -number;
	err->number = number;
	if (reason != NULL)
		length = snprintf(err->text, sizeof(err->text), "%s: %s", message, reason);
	else
		length = snprintf(err->text, sizeof(err->text), "%s", message);
	mark_cut(err->text, length);
	return -number;
}

int err_set(struct err *err, int number, const char *format, ...)
{
	int saved_errno = errno;
	char message[ERR_TEXT_SIZE + 1]; /* one more, so that a cut is seen */
	va_list args;
	int result;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	result = record(err, number, message, strerror(number));
	errno = saved_errno;
	return result;
}

int err_say(struct err *err, int number, const char *format, ...)
{
	char message[ERR_TEXT_SIZE + 1]; /* one more, so that a cut is seen */
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return record(err, number, message, NULL);
}

int err_context(struct err *err, const char *format, ...)
{
	char context[ERR_TEXT_SIZE + 1];
	char below[ERR_TEXT_SIZE];
	va_list args;

	if (err == NULL)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(context, sizeof(context), format, args);
	va_end(args);
	memcpy(below, err->text, sizeof(below));
	return record(err, err->number != 0 ? err->number : EINVAL, context, below);
}

void err_clear(struct err *err)
{
	err->number = 0;
	err->text[0] = '\0';
}
