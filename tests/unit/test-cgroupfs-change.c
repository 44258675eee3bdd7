// SPDX-License-Identifier: Apache-2.0
#include "cgroupfs/change.h"
#include "cgroupfs/memory.h"
#include "cgroupfs/writes.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "tests/unit/tree.h"
#include "tests/unit/unit.h"

#define VALUE(number)                                                                              \
	{                                                                                          \
		.kind = CGROUP_LIMIT_VALUE, .value = (number)                                      \
	}
#define MAX                                                                                        \
	{                                                                                          \
		.kind = CGROUP_LIMIT_MAX                                                           \
	}
#define NONE MEMORY_NO_LIMIT

/* The names of the writes in their order, with '>' before each. */
static void order_of(const struct cgroup_settings *settings, const struct cgroup_now *now,
		     struct text *order)
{
	struct cgroup_write writes[WRITES_MAX];
	int count = cgroup_writes(-1, settings, writes, NULL);
	int i;

	CHECK(count >= 0);
	cgroup_writes_order(writes, (size_t) count, now);
	for (i = 0; i < count; i++)
		text_addf(order, ">%s", writes[i].file);
}

TEST(memory_is_raised_before_and_lowered_after_swap)
{
	static const struct {
		uint64_t old;
		struct cgroup_limit memory, swap;
		const char *order;
	} cases[] = {
		{ 100, VALUE(200), VALUE(5), ">memory.max>memory.swap.max" },
		{ 100, VALUE(200), MAX, ">memory.max>memory.swap.max" },
		{ 100, MAX, VALUE(0), ">memory.max>memory.swap.max" },
		{ 100, VALUE(50), VALUE(5), ">memory.swap.max>memory.max" },
		{ 100, VALUE(50), MAX, ">memory.swap.max>memory.max" },
		{ 100, VALUE(100), VALUE(5), ">memory.swap.max>memory.max" },
		{ NONE, VALUE(100), VALUE(5), ">memory.swap.max>memory.max" },
		{ NONE, MAX, VALUE(5), ">memory.swap.max>memory.max" },
		{ 100, VALUE(200), { 0 }, ">memory.max" },
		{ 100, { 0 }, VALUE(5), ">memory.swap.max" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cgroup_settings settings = { .memory_max_bytes = cases[i].memory,
							  .memory_swap_max_bytes = cases[i].swap };
		const struct cgroup_now now = { cases[i].old, NONE };
		auto_text struct text order = { 0 };

		order_of(&settings, &now, &order);
		CHECK_STRING(text_string(&order), cases[i].order);
	}
}

TEST(a_quota_is_raised_before_and_lowered_after_its_burst)
{
	static const struct {
		uint64_t old;
		struct cgroup_limit quota;
		const char *order;
	} cases[] = {
		{ 100, VALUE(200), ">cpu.max>cpu.max.burst" },
		{ 100, MAX, ">cpu.max>cpu.max.burst" },
		{ 100, VALUE(50), ">cpu.max.burst>cpu.max" },
		{ NONE, VALUE(50), ">cpu.max.burst>cpu.max" },
		{ 100, VALUE(100), ">cpu.max.burst>cpu.max" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cgroup_settings settings = { .cpu_quota_usec = cases[i].quota,
							  .cpu_period_usec = VALUE(1000),
							  .cpu_burst_usec = VALUE(10) };
		const struct cgroup_now now = { NONE, cases[i].old };
		auto_text struct text order = { 0 };

		order_of(&settings, &now, &order);
		CHECK_STRING(text_string(&order), cases[i].order);
	}
}

TEST(the_rest_keeps_its_order)
{
	const struct cgroup_settings settings = {
		.memory_max_bytes = VALUE(200),
		.memory_swap_max_bytes = VALUE(1),
		.memory_low_bytes = VALUE(1),
		.pids_max = VALUE(7),
		.cpu_idle = VALUE(0),
		.cpu_weight = VALUE(5),
		.cpu_quota_usec = VALUE(50),
		.cpu_burst_usec = VALUE(10),
		.cpuset_cpus = "0",
	};
	const struct cgroup_now now = { 100, 100 };
	auto_text struct text order = { 0 };

	order_of(&settings, &now, &order);
	CHECK_STRING(text_string(&order),
		     ">cpuset.cpus>pids.max>cpu.idle>cpu.weight>cpu.max.burst>cpu.max"
		     ">memory.max>memory.swap.max>memory.low");
}

TEST(a_limit_that_is_not_above_usage_is_refused_before_any_write)
{
	const struct cgroup_settings settings = { .pids_max = VALUE(5),
						  .memory_max_bytes = VALUE(4096) };
	const struct cgroup_change change = { &settings, true };
	struct tree tree =
		TREE({ "pids.max", "" }, { "memory.max", "" }, { "memory.current", "4096\n" }, );
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_settings_change(tree.fd, &change, &err), -EBUSY);
	CHECK_STRING(err.text, "rejecting memory limit 4096 <= usage 4096");
	CHECK_STRING(tree_text(&tree, "pids.max"), "");
	tree_add(&tree, "memory.current", "4095\n");
	CHECK_NUMBER(cgroup_settings_change(tree.fd, &change, &err), 0);
	CHECK_STRING(tree_text(&tree, "memory.max"), "4096");
	tree_remove(&tree);
}

TEST(what_was_written_before_a_refusal_is_taken_back)
{
	const struct cgroup_raw raw[] = { { "io.max", "8:0 rbps=9" }, { "memory.none", "1" } };
	const struct cgroup_settings settings = {
		.cpuset_cpus = "3", .pids_max = VALUE(5), .raw = raw, .raw_count = 2
	};
	const struct cgroup_change change = { &settings, false };
	struct tree tree = TREE({ "pids.max", "7\n" }, { "io.max", "8:0 rbps=1\n" },
				{ "cpuset.cpus", "\n" }, );
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_settings_change(tree.fd, &change, &err), -ENOENT);
	CHECK_STRING(err.text, "cgroup file 'memory.none': No such file or directory");
	CHECK_STRING(tree_text(&tree, "pids.max"), "7\n");
	CHECK_STRING(tree_text(&tree, "io.max"), "8:0 rbps=1\n");
	CHECK_STRING(tree_text(&tree, "cpuset.cpus"), "\n");
	tree_remove(&tree);
}

TEST(a_shrink_that_cannot_be_leaves_everything_as_it_was)
{
	/* Plain files reclaim nothing: usage stays. */
	struct tree tree = TREE({ "memory.max", "12288\n" }, { "memory.high", "9999\n" },
				{ "memory.current", "8192\n" }, { "memory.reclaim", "" }, );
	struct err err = { 0 };

	CHECK_NUMBER(memory_shrink(tree.fd, 4096, &err), -EBUSY);
	CHECK_STRING(
		err.text,
		"memory.max: a limit of 4096 bytes (4K) is below the usage of 8192 bytes (8K), "
		"of which no more can be reclaimed");
	CHECK_STRING(tree_text(&tree, "memory.max"), "12288\n");
	CHECK_STRING(tree_text(&tree, "memory.high"), "9999\n");
	CHECK_STRING(tree_text(&tree, "memory.reclaim"), "4096");
	tree_remove(&tree);
}

TEST(a_limit_above_usage_is_just_written)
{
	struct tree tree = TREE({ "memory.max", "" }, { "memory.current", "4096\n" }, );

	CHECK_NUMBER(memory_shrink(tree.fd, 4096, NULL), 0);
	CHECK_STRING(tree_text(&tree, "memory.max"), "4096");
	tree_remove(&tree);
}

UNIT_MAIN(UNIT_TEST(memory_is_raised_before_and_lowered_after_swap),
	  UNIT_TEST(a_quota_is_raised_before_and_lowered_after_its_burst),
	  UNIT_TEST(the_rest_keeps_its_order),
	  UNIT_TEST(a_limit_that_is_not_above_usage_is_refused_before_any_write),
	  UNIT_TEST(what_was_written_before_a_refusal_is_taken_back),
	  UNIT_TEST(a_shrink_that_cannot_be_leaves_everything_as_it_was),
	  UNIT_TEST(a_limit_above_usage_is_just_written))
