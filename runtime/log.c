// SPDX-License-Identifier: Apache-2.0
/*
 * What the runtime itself has to say.
 * Should: keep the promises engines rely on: one JSON object at most, silence on success.
 * Must not: fail an operation because it could not be logged.
 */
#include "runtime/log.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/host.h"
#include "runtime/options.h"

/* In the order of enum log_level. */
static const struct {
	const char *name;
	int priority; /* syslog(3)'s, and the journal's */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARNING] = { "warning", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

static const struct {
	const char *prefix;
	enum log_sink sink;
} sinks[] = {
	{ "file:", LOG_SINK_FILE },
	{ "journald:", LOG_SINK_JOURNAL },
	{ "syslog:", LOG_SINK_SYSLOG },
};

static int choose_sink(struct log *log, const char *word, struct err *err)
{
	size_t i;

	if (word == NULL)
		return 0;
	log->sink = LOG_SINK_FILE;
	log->target = word;
	for (i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		if (!text_starts(word, sinks[i].prefix))
			continue;
		log->sink = sinks[i].sink;
		log->target = word + strlen(sinks[i].prefix);
	}
	if (log->target[0] == '\0')
		return err_say(err, EINVAL, "--log: '%s' names nothing", word);
	return 0;
}

static int choose_level(struct log *log, const struct options *options, struct err *err)
{
	size_t i;

	/* By default a JSON log has one entry: the final error. */
	log->level = log->json ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;
	if (options->debug)
		log->level = LOG_LEVEL_DEBUG;
	if (options->log_level == NULL)
		return 0;
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, options->log_level) != 0)
			continue;
		log->level = (enum log_level) i;
		return 0;
	}
	return err_say(err, EINVAL, "--log-level: unknown level '%s' (error, warning, info, debug)",
		       options->log_level);
}

int log_open(struct log *log, const struct options *options, struct err *err)
{
	const char *format = options->log_format != NULL ? options->log_format : "text";
	int result;

	*log = (struct log){ .sink = LOG_SINK_STDERR };
	result = choose_sink(log, options->log, err);
	if (result < 0)
		return result;
	log->json = strcmp(format, "json") == 0;
	if (!log->json && strcmp(format, "text") != 0)
		return err_say(err, EINVAL, "--log-format: unknown format '%s' (text or json)",
			       format);
	return choose_level(log, options, err);
}

static void format_json(struct text *line, enum log_level level, const char *message)
{
	auto_emit struct emit emit = { 0 };
	char now[CLOCK_TEXT_ROOM];

	emit_open(&emit, false);
	emit_object(&emit, NULL);
	emit_string(&emit, "msg", message);
	emit_string(&emit, "level", levels[level].name);
	emit_string(&emit, "time", clock_text(clock_wall_usec(), now));
	emit_object_end(&emit);
	if (emit_text(&emit) != NULL)
		text_addf(line, "%s\n", emit_text(&emit));
}

/* Opened anew each time: whoever rotates the log need not know us. */
static void write_file(const struct log *log, enum log_level level, const char *message)
{
	auto_text struct text line = { 0 };
	char now[CLOCK_TEXT_ROOM];
	auto_fd int fd =
		open(log->target, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);

	if (log->json)
		format_json(&line, level, message);
	else
		text_addf(&line, "%s %s: %s\n", clock_text(clock_wall_usec(), now),
			  levels[level].name, message);
	if (fd < 0 || fd_write_full(fd, text_string(&line), line.length) < 0)
		fprintf(stderr, "weir: --log %s: %s\n", log->target, strerror(errno));
}

/* One field of the journal's native protocol: the length in front, so that it may hold anything. */
static void add_field(struct text *packet, const char *name, const char *value)
{
	uint64_t length = htole64(strlen(value));

	text_addf(packet, "%s\n", name);
	text_add_bytes(packet, (const char *) &length, sizeof(length));
	text_addf(packet, "%s\n", value);
}

/* https://systemd.io/JOURNAL_NATIVE_PROTOCOL: one datagram with a field a line. */
static void write_journal(const struct log *log, enum log_level level, const char *message)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = HOST_JOURNAL_SOCKET };
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	auto_text struct text packet = { 0 };
	char priority[16];

	snprintf(priority, sizeof(priority), "%d", levels[level].priority);
	add_field(&packet, "MESSAGE", message);
	add_field(&packet, "PRIORITY", priority);
	add_field(&packet, "SYSLOG_IDENTIFIER", log->target);
	add_field(&packet, "ID", log->target);
	if (fd < 0 || !text_ok(&packet) ||
	    sendto(fd, packet.bytes, packet.length, MSG_NOSIGNAL, (struct sockaddr *) &address,
		   sizeof(address)) < 0)
		fprintf(stderr, "weir: --log journald: %s\n", strerror(errno));
}

static void write_syslog(const struct log *log, enum log_level level, const char *message)
{
	openlog(log->target, LOG_PID, LOG_USER);
	syslog(levels[level].priority, "%s", message);
	closelog();
}

static void say(const struct log *log, enum log_level level, const char *message)
{
	if (level > log->level)
		return;
	switch (log->sink) {
	case LOG_SINK_STDERR:
		fprintf(stderr, "weir: %s: %s\n", levels[level].name, message);
		break;
	case LOG_SINK_FILE:
		write_file(log, level, message);
		break;
	case LOG_SINK_JOURNAL:
		write_journal(log, level, message);
		break;
	case LOG_SINK_SYSLOG:
		write_syslog(log, level, message);
		break;
	}
}

void log_error(const struct log *log, const struct err *error)
{
	fprintf(stderr, "weir: %s\n", error->text);
	if (log->sink != LOG_SINK_STDERR)
		say(log, LOG_LEVEL_ERROR, error->text);
}

void log_warnings(const struct log *log, const char *lines)
{
	auto_free char *copy = strdup(lines);
	char *cursor = copy;
	char *line;

	while ((line = text_next(&cursor, '\n')) != NULL)
		if (*line != '\0')
			say(log, LOG_LEVEL_WARNING, line);
}

void log_info(const struct log *log, const char *format, ...)
{
	char message[ERR_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	say(log, LOG_LEVEL_INFO, message);
}

void log_debug(const struct log *log, const char *format, ...)
{
	char message[ERR_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	say(log, LOG_LEVEL_DEBUG, message);
}
