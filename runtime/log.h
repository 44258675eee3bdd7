// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_LOG_H
#define WEIR_RUNTIME_LOG_H

#include <stdbool.h>

struct err;
struct options;

/*
 * What the runtime itself has to say. Without --log everything goes to stderr as text. With --log
 * FILE the final error goes to the file, as text or as one JSON object (podman reads the whole file
 * as ONE object, the containerd shim looks for the last entry with "level":"error"), and to stderr
 * too (conmon forwards it). Warnings never go into a JSON log. Nothing is printed on success: go-runc reads
 * stdout and stderr together.
 */
struct log {
	const char *path; /* NULL: stderr alone */
	bool json;
	bool debug;
};

/* Checks the format's name ("text", "json"); no file is made before there is something to say. */
int log_open(struct log *log, const struct options *options, struct err *err);

/* The final error, prefixed "weir: " on stderr. */
void log_error(const struct log *log, const struct err *error);

/* Each line of `lines` is a warning. */
void log_warnings(const struct log *log, const char *lines);

/* Shown only with --debug. */
__attribute__((format(printf, 2, 3))) void log_debug(const struct log *log, const char *format,
						     ...);

#endif
