// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_METRICS_H
#define WEIR_RUNTIME_METRICS_H

#include <stdbool.h>
#include <stddef.h>

struct glance;
struct text;

/* How often a verdict is among the reports that are kept. */
struct metrics_verdict {
	char name[32];
	size_t count;
};

struct metrics_input {
	const struct glance *glances;
	size_t count;
	const struct metrics_verdict *verdicts;
	size_t verdict_count;
};

/*
 * Containers as metrics. OpenMetrics 1.0 (# UNIT, # EOF, a counter's family without _total), or, for the
 * textfile collector of the node exporter, the older text format of Prometheus. Pure.
 */
void metrics_write(const struct metrics_input *input, bool open_metrics, struct text *text);

/* A label's value: backslash, quote and newline escaped. */
void metrics_add_label(struct text *text, const char *value);

#endif
