// SPDX-License-Identifier: Apache-2.0
#include "cgroupfs/cgroup.h"
#include "cgroupfs/memory.h"
#include "runtime/base/err.h"
#include "tests/unit/tree.h"
#include "tests/unit/unit.h"

#define MIB (1024ULL * 1024)

TEST(events_are_counters_by_name)
{
	struct memory_events events = { 0 };

	CHECK_NUMBER(
		memory_events_parse("low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n"
				    "sock_throttled 7\n",
				    &events, NULL),
		0);
	CHECK(events.low == 1 && events.high == 2 && events.max == 3 && events.oom == 4);
	CHECK(events.oom_kill == 5 && events.oom_group_kill == 6);
}

TEST(what_the_kernel_does_not_have_is_zero)
{
	struct memory_events events = { .oom_group_kill = 9 };

	CHECK_NUMBER(memory_events_parse("low 1\noom_kill 18446744073709551615", &events, NULL), 0);
	CHECK(events.oom_group_kill == 0 && events.oom_kill == UINT64_MAX);
	CHECK_NUMBER(memory_events_parse("", &events, NULL), 0);
	CHECK_NUMBER(events.oom_kill, 0);
}

TEST(a_malformed_counter_is_an_error_and_an_unknown_one_is_not)
{
	static const char *const bad[] = {
		"oom -1\n", "oom\n",	"oom 1 2\n", "oom  1\n",
		"oom x\n",  "oom 1x\n", "oom ",	     "oom 18446744073709551616\n",
	};
	struct memory_events events = { .low = 7 };
	struct err err = { 0 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_NUMBER(memory_events_parse(bad[i], &events, &err), -EINVAL);
		CHECK_NUMBER(events.low, 7);
	}
	CHECK_NUMBER(memory_events_parse("low 1\noom 1x\n", &events, &err), -EINVAL);
	CHECK_STRING(err.text, "'oom': not a number: 'oom 1x'");
	CHECK_NUMBER(memory_events_parse("oomx y\n\no 1\noom_kil 3\nhigh 2\n", &events, NULL), 0);
	CHECK(events.high == 2 && events.oom == 0 && events.oom_kill == 0);
}

TEST(events_are_read_from_either_file)
{
	struct tree tree = TREE({ "memory.events", "oom_kill 3\n" },
				{ "memory.events.local", "oom_kill 1\n" }, );
	struct memory_events events = { 0 };
	struct err err = { 0 };

	CHECK_NUMBER(memory_events_read(tree.fd, false, &events, NULL), 0);
	CHECK_NUMBER(events.oom_kill, 3);
	CHECK_NUMBER(memory_events_read(tree.fd, true, &events, NULL), 0);
	CHECK_NUMBER(events.oom_kill, 1);
	tree_add(&tree, "memory.events.local", "oom_kill ?\n");
	CHECK_NUMBER(memory_events_read(tree.fd, true, &events, &err), -EINVAL);
	CHECK_STRING(err.text, "memory.events.local: 'oom_kill': not a number: 'oom_kill ?'");
	tree_remove(&tree);
}

/* As Linux 6.12 writes it, shortened; the values of a container that filled 200 MiB. */
static const char stat_text[] =
	"anon 209715200\nfile 41943040\nkernel 3145728\n"
	"kernel_stack 65536\npagetables 524288\nsec_pagetables 0\n"
	"percpu 1152\nsock 8192\nvmalloc 0\nshmem 20971520\nzswap 0\n"
	"file_mapped 4096\nfile_dirty 12288\nfile_writeback 1\n"
	"anon_thp 2097152\ninactive_anon 1\nactive_anon 2\n"
	"inactive_file 16777216\nactive_file 4194304\nunevictable 0\n"
	"slab_reclaimable 1048576\nslab_unreclaimable 524288\nslab 1572864\n"
	"workingset_refault_anon 11\nworkingset_refault_file 12\n"
	"pgscan 13\npgsteal 14\npgscan_kswapd 0\npgfault 15\npgmajfault 16\n";

TEST(stat_members_carry_the_kernels_names)
{
	struct tree tree = TREE({ "memory.stat", stat_text });
	struct memory_stat stat = { 0 };
	struct err err = { 0 };

	CHECK_NUMBER(memory_stat_read(tree.fd, &stat, NULL), 0);
	CHECK(stat.anon == 200 * MIB && stat.file == 40 * MIB && stat.kernel == 3 * MIB);
	CHECK(stat.kernel_stack == 65536 && stat.pagetables == 524288 && stat.percpu == 1152);
	CHECK(stat.sock == 8192 && stat.shmem == 20 * MIB && stat.unevictable == 0);
	CHECK(stat.slab_reclaimable == MIB && stat.slab_unreclaimable == MIB / 2);
	CHECK(stat.inactive_file == 16 * MIB && stat.active_file == 4 * MIB);
	CHECK(stat.anon_thp == 2 * MIB && stat.file_dirty == 12288 && stat.file_writeback == 1);
	CHECK(stat.workingset_refault_anon == 11 && stat.workingset_refault_file == 12);
	CHECK(stat.pgscan == 13 && stat.pgsteal == 14 && stat.pgfault == 15);
	CHECK_NUMBER(stat.pgmajfault, 16);
	tree_add(&tree, "memory.stat", "anon 1\nfile one\n");
	CHECK_NUMBER(memory_stat_read(tree.fd, &stat, &err), -EINVAL);
	CHECK_STRING(err.text, "memory.stat: 'file': not a number: 'file one'");
	CHECK_NUMBER(stat.anon, 200 * MIB);
	tree_remove(&tree);
}

TEST(one_number_or_max)
{
	struct tree tree =
		TREE({ "memory.max", "max\n" }, { "memory.high", "" },
		     { "memory.current", "268435456\n" }, { "bad", "12 13\n" }, { "empty", "" }, );
	struct err err = { 0 };
	uint64_t bytes = 0;

	CHECK_NUMBER(memory_value_read(tree.fd, "memory.max", &bytes, NULL), 0);
	CHECK(bytes == MEMORY_NO_LIMIT);
	CHECK_NUMBER(memory_value_read(tree.fd, "memory.current", &bytes, NULL), 0);
	CHECK_NUMBER(bytes, 256 * MIB);
	CHECK_NUMBER(memory_value_read(tree.fd, "bad", &bytes, &err), -EINVAL);
	CHECK_STRING(err.text, "bad: neither a number nor 'max': '12 13'");
	CHECK_NUMBER(memory_value_read(tree.fd, "empty", &bytes, NULL), -EINVAL);
	CHECK_NUMBER(memory_value_read(tree.fd, "memory.peak", &bytes, &err), -ENOENT);
	CHECK_STRING(err.text, "memory.peak: No such file or directory");
	CHECK_NUMBER(bytes, 256 * MIB);
	CHECK_NUMBER(memory_value_write(tree.fd, "memory.high", MEMORY_NO_LIMIT, NULL), 0);
	CHECK_STRING(tree_text(&tree, "memory.high"), "max");
	CHECK_NUMBER(memory_value_write(tree.fd, "memory.high", UINT64_MAX - 1, NULL), 0);
	CHECK_STRING(tree_text(&tree, "memory.high"), "18446744073709551614");
	CHECK_NUMBER(memory_value_write(tree.fd, "memory.peak", 0, NULL), -ENOENT);
	tree_remove(&tree);
}

TEST(need_is_what_reclaim_cannot_take)
{
	struct memory_stat stat = { 0 };

	CHECK_NUMBER(memory_stat_parse(stat_text, &stat, NULL), 0);
	/* 200 anon + 20 shmem + 3 kernel - 1 slab; page cache does not count. */
	CHECK_NUMBER(memory_need(&stat, 300 * MIB), 222 * MIB);
	CHECK_NUMBER(memory_need(&stat, 210 * MIB), 210 * MIB);
}

TEST(locked_memory_is_not_counted_twice)
{
	/* 31 MiB of anonymous memory locked, 31 MiB of page cache. */
	struct memory_stat stat = { .anon = 31 * MIB, .file = 31 * MIB };

	stat.unevictable = 31 * MIB;
	CHECK_NUMBER(memory_need(&stat, 64 * MIB), 31 * MIB);
	/* And 10 MiB of a locked file, which reclaim cannot take either. */
	stat.unevictable = 41 * MIB;
	CHECK_NUMBER(memory_need(&stat, 74 * MIB), 41 * MIB);
	stat.inactive_anon = 5 * MIB;
	CHECK_NUMBER(memory_need(&stat, 74 * MIB), 46 * MIB);
}

TEST(need_is_never_below_zero_and_never_wraps)
{
	struct memory_stat stat = { .anon = 5, .slab_reclaimable = 6, .kernel = 0 };

	stat.kernel = 1;
	CHECK_NUMBER(memory_need(&stat, 100), 0);
	stat.slab_reclaimable = 60;
	CHECK_NUMBER(memory_need(&stat, 100), 0);
	stat.anon = UINT64_MAX;
	CHECK_NUMBER(memory_need(&stat, 100), 100);
}

TEST(a_kernel_without_a_sum_gives_its_parts)
{
	const struct memory_stat stat = { .anon = 100,
					  .kernel_stack = 1,
					  .pagetables = 2,
					  .percpu = 4,
					  .slab_reclaimable = 8,
					  .slab_unreclaimable = 16 };

	CHECK_NUMBER(memory_need(&stat, 1000), 123);
}

TEST(the_tightest_limit_above_holds)
{
	struct tree tree = TREE({ "a/memory.max", "1000\n" }, { "a/b/memory.max", "max\n" },
				{ "a/b/c/memory.max", "2000\n" }, { "a/b/c/d/", "" },
				{ "e/memory.max", "max\n" }, { "f/memory.max", "1000\n" },
				{ "f/g/memory.max", "1000\n" }, );
	char holder[CGROUP_PATH_ROOM];
	struct err err = { 0 };
	uint64_t bytes = 0;

	CHECK_NUMBER(memory_effective_limit(tree.fd, "/a/b/c", &bytes, holder, &err), 0);
	CHECK(bytes == 1000 && strcmp(holder, "/a") == 0);
	/* No file in it: the controller is not enabled there, and those above still hold. */
	CHECK_NUMBER(memory_effective_limit(tree.fd, "/a/b/c/d", &bytes, holder, &err), 0);
	CHECK(bytes == 1000 && strcmp(holder, "/a") == 0);
	CHECK_NUMBER(memory_effective_limit(tree.fd, "/e", &bytes, holder, &err), 0);
	CHECK(bytes == MEMORY_NO_LIMIT && strcmp(holder, "") == 0);
	CHECK_NUMBER(memory_effective_limit(tree.fd, "/f/g", &bytes, holder, &err), 0);
	CHECK(bytes == 1000 && strcmp(holder, "/f/g") == 0);
	CHECK_NUMBER(err.number, 0);
	CHECK_NUMBER(memory_effective_limit(tree.fd, "/a/x", &bytes, holder, &err), -ENOENT);
	CHECK_STRING(err.text, "cgroup /a/x: open: No such file or directory");
	CHECK_NUMBER(memory_effective_limit(tree.fd, "/a/../e", &bytes, holder, &err), -EINVAL);
	/* In a cgroup namespace the root of the mount is a cgroup with a limit of its own. */
	tree_add(&tree, "memory.max", "500\n");
	CHECK_NUMBER(memory_effective_limit(tree.fd, "/a/b", &bytes, holder, &err), 0);
	CHECK(bytes == 500 && strcmp(holder, "/") == 0);
	CHECK_NUMBER(memory_effective_limit(tree.fd, "/", &bytes, holder, &err), 0);
	CHECK(bytes == 500 && strcmp(holder, "/") == 0);
	tree_add(&tree, "a/memory.max", "lots\n");
	CHECK_NUMBER(memory_effective_limit(tree.fd, "/a/b", &bytes, holder, &err), -EINVAL);
	CHECK_STRING(err.text, "cgroup /a: memory.max: neither a number nor 'max': 'lots'");
	CHECK_NUMBER(bytes, 500);
	tree_remove(&tree);
}

UNIT_MAIN(UNIT_TEST(events_are_counters_by_name), UNIT_TEST(what_the_kernel_does_not_have_is_zero),
	  UNIT_TEST(a_malformed_counter_is_an_error_and_an_unknown_one_is_not),
	  UNIT_TEST(events_are_read_from_either_file),
	  UNIT_TEST(stat_members_carry_the_kernels_names), UNIT_TEST(one_number_or_max),
	  UNIT_TEST(need_is_what_reclaim_cannot_take),
	  UNIT_TEST(locked_memory_is_not_counted_twice),
	  UNIT_TEST(need_is_never_below_zero_and_never_wraps),
	  UNIT_TEST(a_kernel_without_a_sum_gives_its_parts),
	  UNIT_TEST(the_tightest_limit_above_holds))
