// SPDX-License-Identifier: Apache-2.0
/*
 * Containers as metrics.
 * Should: keep a family together, as both formats want it.
 * Must not: make a sample of what is not known.
 */
#include "runtime/metrics.h"

#include <string.h>

#include "runtime/base/text.h"
#include "runtime/glance.h"

void metrics_add_label(struct text *text, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\n') {
			text_add(text, "\\n");
			continue;
		}
		if (*value == '\\' || *value == '"')
			text_add(text, "\\");
		text_add_bytes(text, value, 1);
	}
}

struct writer {
	const struct metrics_input *input;
	bool open_metrics;
	struct text *text;
};

/* One family. `add` writes the samples of one container. */
struct family {
	const char *name; /* without _total */
	const char *unit; /* NULL: none */
	bool counter;
	const char *help;
	void (*add)(struct writer *writer, const struct family *family,
		    const struct glance *glance);
};

static const char *suffix(const struct family *family)
{
	return family->counter ? "_total" : "";
}

static void begin(struct writer *writer, const struct family *family)
{
	const char *end = writer->open_metrics ? "" : suffix(family);

	text_addf(writer->text, "# TYPE %s%s %s\n", family->name, end,
		  family->counter ? "counter" : "gauge");
	if (writer->open_metrics && family->unit != NULL)
		text_addf(writer->text, "# UNIT %s %s\n", family->name, family->unit);
	text_addf(writer->text, "# HELP %s%s %s\n", family->name, end, family->help);
}

/* NAME{container="ID"[,LABEL="VALUE"]} */
static void sample(struct writer *writer, const struct family *family, const struct glance *glance,
		   const char *label, const char *value)
{
	text_addf(writer->text, "%s%s{container=\"", family->name, suffix(family));
	metrics_add_label(writer->text, glance->id);
	if (label != NULL) {
		text_addf(writer->text, "\",%s=\"", label);
		metrics_add_label(writer->text, value);
	}
	text_add(writer->text, "\"} ");
}

static void number(struct writer *writer, uint64_t value)
{
	text_addf(writer->text, "%llu\n", (unsigned long long) value);
}

static void seconds(struct writer *writer, uint64_t usec)
{
	text_addf(writer->text, "%llu.%06llu\n", (unsigned long long) (usec / 1000000),
		  (unsigned long long) (usec % 1000000));
}

static void add_limit(struct writer *writer, const struct family *family,
		      const struct glance *glance)
{
	if (!glance->has_cgroup || glance->limit_bytes == MEMORY_NO_LIMIT)
		return;
	sample(writer, family, glance, NULL, NULL);
	number(writer, glance->limit_bytes);
}

static void add_use(struct writer *writer, const struct family *family, const struct glance *glance)
{
	if (!glance->has_cgroup)
		return;
	sample(writer, family, glance, NULL, NULL);
	number(writer, glance->current_bytes);
}

static void add_need(struct writer *writer, const struct family *family,
		     const struct glance *glance)
{
	if (!glance->has_cgroup)
		return;
	sample(writer, family, glance, NULL, NULL);
	number(writer, glance->need_bytes);
}

static void add_peak(struct writer *writer, const struct family *family,
		     const struct glance *glance)
{
	if (!glance->has_cgroup || glance->peak_bytes == 0)
		return;
	sample(writer, family, glance, NULL, NULL);
	number(writer, glance->peak_bytes);
}

static void add_swap(struct writer *writer, const struct family *family,
		     const struct glance *glance)
{
	if (!glance->has_cgroup)
		return;
	sample(writer, family, glance, NULL, NULL);
	number(writer, glance->swap_bytes);
}

static void add_kinds(struct writer *writer, const struct family *family,
		      const struct glance *glance)
{
	const struct memory_stat *stat = &glance->stat;
	const struct {
		const char *kind;
		uint64_t bytes;
	} rows[] = {
		{ "anon", stat->anon },		{ "shmem", stat->shmem },
		{ "file", stat->file },		{ "kernel", stat->kernel },
		{ "sock", stat->sock },		{ "pagetables", stat->pagetables },
		{ "anon_thp", stat->anon_thp },
	};
	size_t i;

	for (i = 0; glance->has_cgroup && i < sizeof(rows) / sizeof(rows[0]); i++) {
		sample(writer, family, glance, "kind", rows[i].kind);
		number(writer, rows[i].bytes);
	}
}

static void add_events(struct writer *writer, const struct family *family,
		       const struct glance *glance)
{
	const struct memory_events *events = &glance->events;
	const struct {
		const char *event;
		uint64_t count;
	} rows[] = {
		{ "high", events->high },
		{ "max", events->max },
		{ "oom", events->oom },
		{ "oom_kill", events->oom_kill },
		{ "oom_group_kill", events->oom_group_kill },
	};
	size_t i;

	for (i = 0; glance->has_cgroup && i < sizeof(rows) / sizeof(rows[0]); i++) {
		sample(writer, family, glance, "event", rows[i].event);
		number(writer, rows[i].count);
	}
}

static void add_stalls(struct writer *writer, const struct family *family,
		       const struct glance *glance)
{
	if (!glance->has_cgroup)
		return;
	sample(writer, family, glance, "tasks", "some");
	seconds(writer, glance->pressure.some_usec);
	sample(writer, family, glance, "tasks", "all");
	seconds(writer, glance->pressure.full_usec);
}

static void add_governed(struct writer *writer, const struct family *family,
			 const struct glance *glance)
{
	sample(writer, family, glance, NULL, NULL);
	number(writer, glance->governed);
}

static void add_standing(struct writer *writer, const struct family *family,
			 const struct glance *glance)
{
	size_t i;

	for (i = 0; i < glance->rung_count; i++) {
		sample(writer, family, glance, "rung", glance->rungs[i].name);
		number(writer, glance->rungs[i].fired);
	}
}

static void add_fired(struct writer *writer, const struct family *family,
		      const struct glance *glance)
{
	size_t i;

	for (i = 0; i < glance->rung_count; i++) {
		sample(writer, family, glance, "rung", glance->rungs[i].name);
		number(writer, glance->rungs[i].fired_count);
	}
}

static void add_time_left(struct writer *writer, const struct family *family,
			  const struct glance *glance)
{
	if (glance->time_to_limit_usec == 0)
		return;
	sample(writer, family, glance, NULL, NULL);
	seconds(writer, glance->time_to_limit_usec);
}

static const struct family families[] = {
	{ "weir_memory_limit_bytes", "bytes", false,
	  "The tightest memory.max of the container and all above it.", add_limit },
	{ "weir_memory_use_bytes", "bytes", false, "memory.current, page cache included.",
	  add_use },
	{ "weir_memory_need_bytes", "bytes", false,
	  "What only the program can give back: what rungs are measured by.", add_need },
	{ "weir_memory_peak_bytes", "bytes", false, "memory.peak.", add_peak },
	{ "weir_memory_swap_bytes", "bytes", false, "memory.swap.current.", add_swap },
	{ "weir_memory_kind_bytes", "bytes", false, "Parts of memory.stat.", add_kinds },
	{ "weir_memory_events", NULL, true, "memory.events of the container and all below it.",
	  add_events },
	{ "weir_memory_stall_seconds", "seconds", true,
	  "Time that some or all tasks were stalled for memory.", add_stalls },
	{ "weir_memory_governed", NULL, false, "1 if it has a ladder and its governor lives.",
	  add_governed },
	{ "weir_memory_rung_standing", NULL, false, "1 if the rung fired and is not ready again.",
	  add_standing },
	{ "weir_memory_rung_fired", NULL, true, "How often the rung fired.", add_fired },
	{ "weir_memory_time_to_limit_seconds", "seconds", false,
	  "When need meets the limit at its worst pace; none while it does not rise.",
	  add_time_left },
};

/* Reports of the root that are kept, by their verdicts. They go with the oldest: a gauge. */
static void add_verdicts(struct writer *writer)
{
	static const struct family family = { "weir_reports", NULL, false,
					      "Explanations that are kept, by verdict.", NULL };
	size_t i;

	begin(writer, &family);
	for (i = 0; i < writer->input->verdict_count; i++) {
		text_addf(writer->text, "%s{verdict=\"", family.name);
		metrics_add_label(writer->text, writer->input->verdicts[i].name);
		text_addf(writer->text, "\"} %zu\n", writer->input->verdicts[i].count);
	}
}

static void add_containers(struct writer *writer)
{
	static const struct family family = { "weir_containers", NULL, false,
					      "Containers of the root, by status.", NULL };
	int status;

	begin(writer, &family);
	for (status = STATUS_CREATING; status <= STATUS_STOPPED; status++) {
		size_t count = 0;
		size_t i;

		for (i = 0; i < writer->input->count; i++)
			count += writer->input->glances[i].status == (enum state_status) status;
		text_addf(writer->text, "%s{status=\"%s\"} %zu\n", family.name,
			  state_status_name((enum state_status) status), count);
	}
}

void metrics_write(const struct metrics_input *input, bool open_metrics, struct text *text)
{
	struct writer writer = { input, open_metrics, text };
	size_t i;
	size_t j;

	add_containers(&writer);
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		begin(&writer, &families[i]);
		for (j = 0; j < input->count; j++)
			families[i].add(&writer, &families[i], &input->glances[j]);
	}
	add_verdicts(&writer);
	if (open_metrics)
		text_add(text, "# EOF\n");
}
