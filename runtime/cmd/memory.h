// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CMD_MEMORY_H
#define WEIR_CMD_MEMORY_H

#include "runtime/cmd/cmd.h"

struct err;
struct glance;
struct table;
struct json;
struct text;

/* The commands of `weir memory`: each gets the words behind its name. */
struct memory_command {
	const char *name;
	const char *arguments; /* for messages: "ID" */
	size_t arguments_min;
	size_t arguments_max;
	int (*run)(struct call *call, char *const arguments[], size_t count, struct err *err);
};

extern const struct memory_command memory_explain;
extern const struct memory_command memory_metrics;
extern const struct memory_command memory_status;

#define REPORT_BYTES_MAX (4U << 20) /* 256 timeline entries and 120 readings: under 200 KiB */
extern const struct memory_command memory_plan;

/* The report of a container as JSON, added to `report`: of one that lives or has not been explained
 * yet, as it is now; else the one that was kept. -ENOENT "nothing is known of …". */
int memory_find_report(struct call *call, const char *id, struct text *report, struct err *err);

/* Puts a file in place, whole or not at all: who reads it may do so at any time, and not be root. */
int memory_write_file(const char *path, const struct text *text, struct err *err);

/* Fills an empty table with containers, a header first. */
void status_fill(struct table *table, const struct glance *glances, size_t count);

/* What `memory plan` prints, as text: the policy with its sources, the ladder in bytes, the alignment. */
void memory_plan_text(const struct json *plan, struct text *text);

#endif
