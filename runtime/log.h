// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_LOG_H
#define WEIR_RUNTIME_LOG_H

#include <stdbool.h>

struct err;
struct options;

/* What is said at a level is said at all higher ones too. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_sink { LOG_SINK_STDERR, LOG_SINK_FILE, LOG_SINK_JOURNAL, LOG_SINK_SYSLOG };

/*
 * What the runtime itself has to say. Without --log everything goes to stderr as text. With --log
 * FILE (or file:FILE, journald:NAME, syslog:NAME) it goes there, and the final error to stderr too
 * (conmon forwards it). A JSON log holds the final error and nothing else unless --log-level or
 * --debug asks for more: podman reads the whole file as ONE object, the containerd shim looks for the
 * last entry with "level":"error". Nothing is printed on success: go-runc reads stdout and stderr
 * together.
 */
struct log {
	enum log_sink sink;
	const char *target; /* the file, or the name to log under */
	bool json;
	enum log_level level;
};

/* Checks the options' words; no file is made before there is something to say. */
int log_open(struct log *log, const struct options *options, struct err *err);

/* The final error, prefixed "weir: " on stderr. */
void log_error(const struct log *log, const struct err *error);

/* Each line of `lines` is a warning. */
void log_warnings(const struct log *log, const char *lines);

/* Shown with --log-level=info, and all below it. */
__attribute__((format(printf, 2, 3))) void log_info(const struct log *log, const char *format, ...);

/* Shown only with --debug or --log-level=debug. */
__attribute__((format(printf, 2, 3))) void log_debug(const struct log *log, const char *format,
						     ...);

#endif
