// SPDX-License-Identifier: Apache-2.0
#include "cgroupfs/cgroup.h"
#include "cgroupfs/settings.h"
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

static int apply_raw(const struct tree *tree, const char *file, const char *value, struct err *err)
{
	const struct cgroup_raw raw = { file, value };
	const struct cgroup_settings settings = { .raw = &raw, .raw_count = 1 };

	return cgroup_settings_apply(tree->fd, &settings, err);
}

TEST(nothing_asked_nothing_touched)
{
	const struct cgroup_settings settings = { 0 };

	CHECK_NUMBER(cgroup_settings_controllers(&settings), 0);
	CHECK_NUMBER(cgroup_settings_apply(-1, &settings, NULL), 0);
}

TEST(each_value_lands_in_its_file)
{
	const struct cgroup_settings settings = {
		.memory_max_bytes = VALUE(67108864),
		.memory_swap_max_bytes = VALUE(0),
		.memory_high_bytes = MAX,
		.memory_low_bytes = VALUE(UINT64_MAX),
		.memory_min_bytes = VALUE(4096),
		.memory_oom_group = VALUE(1),
		.pids_max = VALUE(0),
		.cpu_weight = VALUE(100),
		.cpu_idle = VALUE(1),
		.cpu_quota_usec = VALUE(50000),
		.cpu_period_usec = VALUE(200000),
		.cpu_burst_usec = VALUE(1000),
		.cpuset_cpus = "0-1,3",
		.cpuset_mems = "0",
	};
	static const struct tree_file expected[] = {
		{ "memory.max", "67108864" }, { "memory.swap.max", "0" },
		{ "memory.high", "max" },     { "memory.low", "18446744073709551615" },
		{ "memory.min", "4096" },     { "memory.oom.group", "1" },
		{ "pids.max", "0" },	      { "cpu.weight", "100" },
		{ "cpu.idle", "1" },	      { "cpu.max", "50000 200000" },
		{ "cpu.max.burst", "1000" },  { "cpuset.cpus", "0-1,3" },
		{ "cpuset.mems", "0" },
	};
	struct tree tree = tree_make(NULL, 0);
	size_t i;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		tree_add(&tree, expected[i].path, "");
	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, NULL), 0);
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		CHECK_STRING(tree_text(&tree, expected[i].path), expected[i].text);
	CHECK_NUMBER(cgroup_settings_controllers(&settings),
		     CGROUP_MEMORY | CGROUP_PIDS | CGROUP_CPU | CGROUP_CPUSET);
	tree_remove(&tree);
}

TEST(only_what_is_asked_is_written)
{
	const struct cgroup_settings settings = { .memory_max_bytes = VALUE(0) };
	struct tree tree = TREE({ "memory.max", "" });

	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, NULL), 0);
	CHECK_STRING(tree_text(&tree, "memory.max"), "0");
	CHECK_NUMBER(cgroup_settings_controllers(&settings), CGROUP_MEMORY);
	tree_remove(&tree);
}

TEST(cpu_max_keeps_what_is_not_given)
{
	static const struct {
		struct cgroup_limit quota, period;
		const char *before, *after;
	} cases[] = {
		{ VALUE(5000), { 0 }, "", "5000" },
		{ MAX, { 0 }, "", "max" },
		{ MAX, VALUE(100000), "", "max 100000" },
		/* The fake file is not cut: its last two bytes, "0\n", are left over. */
		{ { 0 }, VALUE(50000), "max 100000\n", "max 500000\n" },
		{ { 0 }, VALUE(50000), "7000 100000\n", "7000 500000\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cgroup_settings settings = { .cpu_quota_usec = cases[i].quota,
							  .cpu_period_usec = cases[i].period };
		struct tree tree = TREE({ "cpu.max", cases[i].before });

		CHECK_NUMBER(cgroup_settings_controllers(&settings), CGROUP_CPU);
		CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, NULL), 0);
		CHECK_STRING(tree_text(&tree, "cpu.max"), cases[i].after);
		tree_remove(&tree);
	}
}

TEST(a_period_has_no_maximum)
{
	const struct cgroup_settings settings = { .cpu_quota_usec = VALUE(1),
						  .cpu_period_usec = MAX };
	struct tree tree = TREE({ "cpu.max", "" });
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, &err), -EINVAL);
	CHECK_STRING(err.text, "cpu.max: a period cannot be 'max'");
	CHECK_STRING(tree_text(&tree, "cpu.max"), "");
	tree_remove(&tree);
}

TEST(a_kernel_without_swap_accounting_is_fine_unless_a_limit_is_asked)
{
	struct cgroup_settings settings = { .memory_swap_max_bytes = VALUE(0),
					    .memory_max_bytes = VALUE(1) };
	struct tree tree = TREE({ "memory.max", "" });
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, &err), 0);
	CHECK_NUMBER(err.number, 0);
	CHECK_STRING(tree_text(&tree, "memory.max"), "1");
	settings.memory_swap_max_bytes.kind = CGROUP_LIMIT_MAX;
	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, NULL), 0);
	settings.memory_swap_max_bytes = (struct cgroup_limit) VALUE(4096);
	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, &err), -ENOENT);
	CHECK_STRING(err.text, "memory.swap.max: No such file or directory");
	tree_remove(&tree);
}

TEST(swap_is_limited_before_memory)
{
	/* memory.swap.max is not there: had memory.max come first, it would be written. */
	const struct cgroup_settings settings = { .memory_swap_max_bytes = VALUE(4096),
						  .memory_max_bytes = VALUE(1) };
	struct tree tree = TREE({ "memory.max", "" });

	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, NULL), -ENOENT);
	CHECK_STRING(tree_text(&tree, "memory.max"), "");
	tree_remove(&tree);
}

TEST(idleness_is_left_before_and_entered_after_a_weight)
{
	struct cgroup_settings settings = { .cpu_weight = VALUE(50), .cpu_idle = VALUE(0) };
	struct tree tree = TREE({ "cpu.idle", "" });

	/* cpu.weight is not there: the writes end at it. */
	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, NULL), -ENOENT);
	CHECK_STRING(tree_text(&tree, "cpu.idle"), "0");
	tree_add(&tree, "cpu.idle", "");
	settings.cpu_idle.value = 1;
	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, NULL), -ENOENT);
	CHECK_STRING(tree_text(&tree, "cpu.idle"), "");
	tree_remove(&tree);
}

TEST(raw_values_come_last_and_line_by_line)
{
	const struct cgroup_raw raw[] = { { "memory.max", "2222" },
					  { "io.max", "8:0 rbps=1\n\n8:16 wbps=2\n" },
					  { "cpuset.cpus", "" },
					  { "hugetlb.2MB.max", "0" } };
	const struct cgroup_settings settings = { .memory_max_bytes = VALUE(1),
						  .raw = raw,
						  .raw_count = 4 };
	struct tree tree = TREE({ "memory.max", "" }, { "io.max", "" }, { "cpuset.cpus", "" },
				{ "hugetlb.2MB.max", "" }, );

	CHECK_NUMBER(cgroup_settings_apply(tree.fd, &settings, NULL), 0);
	CHECK_STRING(tree_text(&tree, "memory.max"), "2222");
	CHECK_STRING(tree_text(&tree, "io.max"), "8:0 rbps=18:16 wbps=2"); /* two writes */
	CHECK_STRING(tree_text(&tree, "cpuset.cpus"), "\n");
	CHECK_STRING(tree_text(&tree, "hugetlb.2MB.max"), "0");
	CHECK_NUMBER(cgroup_settings_controllers(&settings),
		     CGROUP_MEMORY | CGROUP_IO | CGROUP_CPUSET | CGROUP_HUGETLB);
	tree_remove(&tree);
}

TEST(a_raw_name_cannot_reach_another_file)
{
	static const char *const names[] = {
		"../memory.max", "a/memory.max", "/memory.max", "..",	   ".",	     "",
		"memory.max\n",	 "memory .max",	 "memory",	".memory", "\033.x",
	};
	struct tree tree = TREE({ "memory.max", "" }, { "a/memory.max", "" }, { "memory", "" },
				{ ".memory", "" }, { "b/memory.max", "" }, );
	struct tree below = { .fd = openat(tree.fd, "b", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK_NUMBER(apply_raw(&tree, names[i], "x", &err), -EINVAL);
		CHECK_NUMBER(apply_raw(&below, names[i], "x", &err), -EINVAL);
		CHECK(strchr(err.text, '\n') == NULL && strchr(err.text, '\033') == NULL);
	}
	CHECK_NUMBER(symlinkat("a/memory.max", tree.fd, "memory.link"), 0);
	CHECK_NUMBER(apply_raw(&tree, "memory.link", "x", &err), -ELOOP);
	CHECK_STRING(tree_text(&tree, "memory.max"), "");
	CHECK_STRING(tree_text(&tree, "a/memory.max"), "");
	close(below.fd);
	tree_remove(&tree);
}

TEST(raw_files_that_steer_the_cgroup_are_refused)
{
	static const char *const names[] = { "cgroup.procs", "cgroup.threads",
					     "cgroup.kill",  "cgroup.freeze",
					     "cgroup.type",  "cgroup.subtree_control" };
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct tree tree = TREE({ names[i], "" });
		char expected[128];

		CHECK_NUMBER(apply_raw(&tree, names[i], "1", &err), -EINVAL);
		snprintf(expected, sizeof(expected), "cgroup file '%s' may not be set: ", names[i]);
		CHECK(text_starts(err.text, expected));
		CHECK_STRING(tree_text(&tree, names[i]), "");
		tree_remove(&tree);
	}
}

TEST(an_unknown_raw_file_is_told_with_its_controller)
{
	struct tree tree = TREE({ "cgroup.max.depth", "" });
	struct err err = { 0 };

	CHECK_NUMBER(apply_raw(&tree, "foo.bar", "1", &err), -ENOENT);
	CHECK_STRING(err.text, "cgroup file 'foo.bar' (controller 'foo' is unknown): No such file "
			       "or directory");
	CHECK_NUMBER(apply_raw(&tree, "memory.bar", "1", &err), -ENOENT);
	CHECK_STRING(err.text, "cgroup file 'memory.bar': No such file or directory");
	CHECK_NUMBER(apply_raw(&tree, "cgroup.max.depth", "3", &err), 0);
	CHECK_STRING(tree_text(&tree, "cgroup.max.depth"), "3");
	tree_remove(&tree);
}

UNIT_MAIN(UNIT_TEST(nothing_asked_nothing_touched), UNIT_TEST(each_value_lands_in_its_file),
	  UNIT_TEST(only_what_is_asked_is_written), UNIT_TEST(cpu_max_keeps_what_is_not_given),
	  UNIT_TEST(a_period_has_no_maximum),
	  UNIT_TEST(a_kernel_without_swap_accounting_is_fine_unless_a_limit_is_asked),
	  UNIT_TEST(swap_is_limited_before_memory),
	  UNIT_TEST(idleness_is_left_before_and_entered_after_a_weight),
	  UNIT_TEST(raw_values_come_last_and_line_by_line),
	  UNIT_TEST(a_raw_name_cannot_reach_another_file),
	  UNIT_TEST(raw_files_that_steer_the_cgroup_are_refused),
	  UNIT_TEST(an_unknown_raw_file_is_told_with_its_controller))
