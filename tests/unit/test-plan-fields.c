// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sched.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"
#include "tests/unit/configs.h"
#include "tests/unit/unit.h"

/* A config with one change, planned: the plan, or in `said` why not; warnings likewise. */
struct planned {
	struct arena arena;
	struct spec spec;
	struct plan plan;
	struct text warnings;
	struct err err;
	const char *said; /* "ok" or the error */
};

#define auto_planned __attribute__((cleanup(planned_free)))

static void planned_free(struct planned *planned)
{
	plan_release(&planned->plan);
	text_free(&planned->warnings);
	arena_free(&planned->arena);
}

/* A small config with more members of "process" (with a comma before them) and of "linux". */
static void plan_of(struct planned *planned, const char *process, const char *linux_config)
{
	const char *text = arena_printf(
		&planned->arena,
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}, \"process\": {\"user\": "
		"{\"uid\": 0, \"gid\": 0}, \"args\": [\"sh\"], \"cwd\": \"/\"%s}, \"linux\": {%s}}",
		process, linux_config);
	struct plan_request request = {
		.arena = &planned->arena,
		.spec = &planned->spec,
		.warnings = &planned->warnings,
		.id = "c1",
		.bundle = "/bundle",
		.kernel_capabilities = (1ULL << 41) - 1,
	};

	planned->said = config_says(&planned->arena, text, &planned->spec);
	if (strcmp(planned->said, "ok") != 0)
		return;
	if (plan_make(&request, &planned->plan, &planned->err) < 0)
		planned->said = planned->err.text;
}

static const char *offsets_of(struct planned *planned, const char *offsets)
{
	plan_of(planned, "",
		arena_printf(&planned->arena,
			     "\"namespaces\": [{\"type\": \"time\"}], \"timeOffsets\": %s",
			     offsets));
	CHECK_STRING(planned->said, "ok");
	CHECK_NUMBER(planned->plan.new_namespaces, CLONE_NEWTIME);
	return planned->plan.time_offsets != NULL ? planned->plan.time_offsets : "none";
}

TEST(time_offsets_become_lines)
{
	static const struct {
		const char *json, *lines;
	} rows[] = {
		{ "{}", "none" },
		{ "{\"monotonic\": {}}", "none" },
		{ "{\"monotonic\": {\"secs\": 0}, \"boottime\": {\"nanosecs\": 0}}", "none" },
		{ "{\"monotonic\": {\"secs\": 5}}", "monotonic 5 0\n" },
		{ "{\"boottime\": {\"secs\": -5, \"nanosecs\": 7}, \"monotonic\": {\"secs\": 1}}",
		  "monotonic 1 0\nboottime -5 7\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_planned struct planned planned = { 0 };

		CHECK_STRING(offsets_of(&planned, rows[i].json), rows[i].lines);
	}
}

/* What is joined from inside a user namespace has to be the container's own. */
TEST(joins_come_before_a_user_namespace)
{
	static const struct {
		const char *json;
		bool first, root;
	} rows[] = {
		{ "[{\"type\": \"mount\"}, {\"type\": \"network\", \"path\": \"/n\"}]", false,
		  false },
		{ "[{\"type\": \"mount\"}, {\"type\": \"user\", \"path\": \"/n\"}]", true, true },
		{ "[{\"type\": \"mount\"}, {\"type\": \"pid\", \"path\": \"/p\"}, {\"type\": "
		  "\"user\", \"path\": \"/n\"}]",
		  true, true },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_planned struct planned planned = { 0 };

		plan_of(&planned, "",
			arena_printf(&planned.arena, "\"namespaces\": %s", rows[i].json));
		CHECK_STRING(planned.said, "ok");
		CHECK(planned.plan.joins_first == rows[i].first);
		CHECK(planned.plan.becomes_root == rows[i].root);
		CHECK(planned.plan.uid_map == NULL);
	}
}

static bool holds(const struct plan_bits *bits, size_t bit)
{
	const size_t word = 8 * sizeof(unsigned long);

	return (bits->words[bit / word] >> bit % word & 1) != 0;
}

TEST(a_list_of_cpus_becomes_bits)
{
	auto_planned struct planned planned = { 0 };
	const struct plan_process *process = &planned.plan.process;
	size_t count = 0;
	size_t i;

	plan_of(&planned, ", \"execCPUAffinity\": {\"initial\": \"0-2, 70,8191\"}", "");
	CHECK_STRING(planned.said, "ok");
	for (i = 0; i < 8 * process->initial_cpus.bytes; i++)
		count += holds(&process->initial_cpus, i);
	CHECK_NUMBER(count, 5);
	CHECK(holds(&process->initial_cpus, 0) && holds(&process->initial_cpus, 2) &&
	      holds(&process->initial_cpus, 70) && holds(&process->initial_cpus, 8191));
	CHECK(process->final_cpus.words == NULL);
}

TEST(a_list_with_a_mistake_is_refused)
{
	static const char *const lists[] = { "1-",  "3-1",   "0,",
					     ",0",  "0-1-2", "8192",
					     "0 1", "-1",    "99999999999999999999" };
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		auto_planned struct planned planned = { 0 };

		plan_of(&planned,
			arena_printf(&planned.arena, ", \"execCPUAffinity\": {\"final\": \"%s\"}",
				     lists[i]),
			"");
		CHECK(text_starts(planned.said, "/process/execCPUAffinity/final: "));
	}
}

UNIT_MAIN(UNIT_TEST(time_offsets_become_lines), UNIT_TEST(joins_come_before_a_user_namespace),
	  UNIT_TEST(a_list_of_cpus_becomes_bits), UNIT_TEST(a_list_with_a_mistake_is_refused))
