// SPDX-License-Identifier: Apache-2.0
/*
 * What the runtime itself has to say.
 * Should: keep the promises engines rely on: one JSON object at most, silence on success.
 * Must not: fail an operation because it could not be logged.
 */
#include "runtime/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/options.h"

int log_open(struct log *log, const struct options *options, struct err *err)
{
	const char *format = options->log_format != NULL ? options->log_format : "text";

	*log = (struct log){ .path = options->log, .debug = options->debug };
	log->json = strcmp(format, "json") == 0;
	if (!log->json && strcmp(format, "text") != 0)
		return err_say(err, EINVAL, "--log-format: unknown format '%s' (text or json)",
			       format);
	return 0;
}

static void append(const char *path, const char *line)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd >= 0)
		(void) fd_write_full(fd, line, strlen(line));
}

static void write_json(const struct log *log, const char *level, const char *message)
{
	auto_emit struct emit emit = { 0 };
	auto_text struct text line = { 0 };
	char now[CLOCK_TEXT_ROOM];

	emit_open(&emit, false);
	emit_object(&emit, NULL);
	emit_string(&emit, "msg", message);
	emit_string(&emit, "level", level);
	emit_string(&emit, "time", clock_text(clock_wall_usec(), now));
	emit_object_end(&emit);
	if (emit_text(&emit) == NULL)
		return;
	text_addf(&line, "%s\n", emit_text(&emit));
	append(log->path, text_string(&line));
}

static void write_text(const struct log *log, const char *level, const char *message)
{
	auto_text struct text line = { 0 };
	char now[CLOCK_TEXT_ROOM];

	text_addf(&line, "%s %s: %s\n", clock_text(clock_wall_usec(), now), level, message);
	append(log->path, text_string(&line));
}

void log_error(const struct log *log, const struct err *error)
{
	fprintf(stderr, "weir: %s\n", error->text);
	if (log->path == NULL)
		return;
	if (log->json)
		write_json(log, "error", error->text);
	else
		write_text(log, "error", error->text);
}

void log_warnings(const struct log *log, const char *lines)
{
	auto_free char *copy = strdup(lines);
	char *cursor = copy;
	char *line;

	while ((line = text_next(&cursor, '\n')) != NULL) {
		if (*line == '\0')
			continue;
		if (log->path == NULL)
			fprintf(stderr, "weir: warning: %s\n", line);
		else if (!log->json)
			write_text(log, "warning", line);
	}
}

void log_debug(const struct log *log, const char *format, ...)
{
	char message[ERR_TEXT_SIZE];
	va_list args;

	if (!log->debug)
		return;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (log->path == NULL)
		fprintf(stderr, "weir: debug: %s\n", message);
	else if (!log->json)
		write_text(log, "debug", message);
}
