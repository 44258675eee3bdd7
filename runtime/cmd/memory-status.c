// SPDX-License-Identifier: Apache-2.0
/* memory status: containers and how near their limits they are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/cmd/memory.h"
#include "runtime/cmd/table.h"
#include "runtime/glance.h"

static void emit_rungs(struct emit *emit, const struct glance *glance)
{
	size_t i;

	emit_array(emit, "rungs");
	for (i = 0; i < glance->rung_count; i++) {
		emit_object(emit, NULL);
		emit_string(emit, "rung", glance->rungs[i].name);
		emit_bool(emit, "standing", glance->rungs[i].fired);
		emit_u64(emit, "fired", glance->rungs[i].fired_count);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void emit_next_victim(struct emit *emit, const struct suspect *suspect)
{
	emit_object(emit, "next_victim");
	emit_i64(emit, "pid", suspect->pid);
	emit_string(emit, "comm", suspect->comm);
	emit_i64(emit, "badness", suspect->badness_bytes);
	emit_object_end(emit);
}

static void emit_memory(struct emit *emit, const struct glance *glance)
{
	if (glance->limit_bytes == MEMORY_NO_LIMIT) {
		emit_null(emit, "limit");
	} else {
		emit_u64(emit, "limit", glance->limit_bytes);
		emit_string(emit, "limit_holder", glance->limit_holder);
		emit_real(emit, "need_percent", glance_percent(glance));
	}
	emit_u64(emit, "need", glance->need_bytes);
	emit_u64(emit, "use", glance->current_bytes);
	emit_u64(emit, "peak", glance->peak_bytes);
	emit_u64(emit, "swap", glance->swap_bytes);
	emit_u64(emit, "max_events", glance->events.max);
	emit_u64(emit, "oom_kills", glance->events.oom_kill);
	emit_real(emit, "stalled_seconds", (double) glance->pressure.some_usec / 1e6);
}

static void emit_glance(struct emit *emit, const struct glance *glance)
{
	emit_object(emit, NULL);
	emit_string(emit, "id", glance->id);
	emit_string(emit, "status", state_status_name(glance->status));
	emit_i64(emit, "pid", glance->pid);
	if (glance->has_cgroup)
		emit_memory(emit, glance);
	emit_bool(emit, "governed", glance->governed);
	if (glance->time_to_limit_usec > 0)
		emit_real(emit, "seconds_to_limit", (double) glance->time_to_limit_usec / 1e6);
	if (glance->recorded)
		emit_rungs(emit, glance);
	if (glance->next_victim.pid > 0)
		emit_next_victim(emit, &glance->next_victim);
	emit_object_end(emit);
}

static int print_json(const struct glances *glances, struct err *err)
{
	auto_emit struct emit emit = { 0 };
	size_t i;

	emit_open(&emit, true);
	emit_array(&emit, NULL);
	for (i = 0; i < glances->count; i++)
		emit_glance(&emit, &glances->items[i]);
	emit_array_end(&emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, "status");
	fputs(glances->count > 0 ? emit_text(&emit) : "[]\n", stdout);
	return 0;
}

static void add_ladder(struct table *table, const struct glance *glance)
{
	const struct recorded_rung *standing = glance_standing(glance);
	const struct recorded_rung *next = glance_next(glance);
	const char *suffix[2] = { "", "" };

	/* A rung that is nothing but a share is written without a sign, or with one: show one. */
	if (standing != NULL && standing->percent > 0 && strchr(standing->name, '%') == NULL)
		suffix[0] = "%";
	if (next != NULL && next->percent > 0 && strchr(next->name, '%') == NULL)
		suffix[1] = "%";
	table_add(table, "%s%s", standing != NULL ? standing->name : "-", suffix[0]);
	table_add(table, "%s%s",
		  !glance->recorded					  ? "no ladder"
		  : !glance->governed && glance->status != STATUS_STOPPED ? "governor died"
		  : next != NULL					  ? next->name
									  : "-",
		  glance->governed ? suffix[1] : "");
}

static void add_memory(struct table *table, const struct glance *glance)
{
	char size[TEXT_SIZE_ROOM];

	if (!glance->has_cgroup) {
		table_add(table, "-");
		table_add(table, "-");
		table_add(table, "-");
		table_add(table, "-");
		return;
	}
	if (glance->limit_bytes == MEMORY_NO_LIMIT)
		table_add(table, "-");
	else
		table_add(table, "%.1f%%", glance_percent(glance));
	table_add(table, "%s", text_size(glance->need_bytes, size));
	table_add(table, "%s", text_size(glance->current_bytes, size));
	if (glance->limit_bytes == MEMORY_NO_LIMIT)
		table_add(table, "none");
	else
		table_add(table, "%s", text_size(glance->limit_bytes, size));
}

void status_fill(struct table *table, const struct glance *glances, size_t count)
{
	static const char *const header[] = { "ID",   "STATUS", "NEED%",      "NEED",
					      "USE",  "LIMIT",	"RUNG",	      "NEXT",
					      "TIME", "KILLS",	"NEXT VICTIM" };
	size_t i;

	table->columns = sizeof(header) / sizeof(header[0]);
	table->right = 1U << 2 | 1U << 3 | 1U << 4 | 1U << 5 | 1U << 8 | 1U << 9;
	for (i = 0; i < table->columns; i++)
		table_add(table, "%s", header[i]);
	for (i = 0; i < count; i++) {
		const struct glance *glance = &glances[i];

		table_add(table, "%s", glance->id);
		table_add(table, "%s", state_status_name(glance->status));
		add_memory(table, glance);
		add_ladder(table, glance);
		if (glance->time_to_limit_usec > 0)
			table_add(table, "%.1fs", (double) glance->time_to_limit_usec / 1e6);
		else
			table_add(table, "-");
		table_add(table, "%llu", (unsigned long long) glance->events.oom_kill);
		if (glance->next_victim.pid > 0 && glance->status != STATUS_STOPPED)
			table_add(table, "%d (%s)", (int) glance->next_victim.pid,
				  glance->next_victim.comm);
		else
			table_add(table, "%s", "");
	}
}

static int print_table(const struct glances *glances, struct err *err)
{
	auto_table struct table table = { 0 };
	auto_text struct text text = { 0 };

	status_fill(&table, glances->items, glances->count);
	table_print(&table, SIZE_MAX, 0, &text);
	if (!text_ok(&text) || !text_ok(&table.cells))
		return err_set(err, ENOMEM, "status");
	fputs(text_string(&text), stdout);
	return 0;
}

static int run(struct call *call, char *const arguments[], size_t count, struct err *err)
{
	const char *format = call->options.format != NULL ? call->options.format : "table";
	struct glances glances = { 0 };
	bool json = strcmp(format, "json") == 0 || call->options.json;
	int result;

	if (strcmp(format, "json") != 0 && strcmp(format, "table") != 0)
		return err_say(err, EINVAL,
			       "memory status: --format: unknown format '%s' (table or json)",
			       format);
	result = glance_all(call->root, arguments, count, &glances, err);
	if (result == 0)
		result = json ? print_json(&glances, err) : print_table(&glances, err);
	free(glances.items);
	return result;
}

const struct memory_command memory_status = {
	.name = "status",
	.arguments = "[ID...]",
	.arguments_max = 100000,
	.run = run,
};
