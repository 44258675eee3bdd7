// SPDX-License-Identifier: Apache-2.0
/*
 * Settings and the memory controller's files against the kernel: written, then read back.
 * Needs root and a cgroup2 mount with the memory controller (the argument, or a usual place); TAP on
 * stdout.
 */
#include <sys/mman.h>

#include "cgroupfs/memory.h"
#include "cgroupfs/settings.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "tests/integration/native.h"

#define MIB (1024ULL * 1024)
#define VALUE(number)                                                                              \
	{                                                                                          \
		.kind = CGROUP_LIMIT_VALUE, .value = (number)                                      \
	}
#define MAX                                                                                        \
	{                                                                                          \
		.kind = CGROUP_LIMIT_MAX                                                           \
	}
#define HOG_BYTES (24 * MIB)

static bool says(const struct cgroup *cgroup, const char *file, const char *expected)
{
	char text[4096] = "";

	if (file_read_at(cgroup->dirfd, file, text, sizeof(text), NULL) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, expected) != 0)
		printf("# %s says '%s', not '%s'\n", file, text, expected);
	return strcmp(text, expected) == 0;
}

static struct cgroup make_with(struct native *native, const char *name,
			       const struct cgroup_settings *settings)
{
	struct cgroup cgroup = CGROUP_NONE;
	unsigned needed = cgroup_settings_controllers(settings);
	int result = cgroup_create(native->rootfd, in_top(native, name), WANT(needed, 0), &cgroup,
				   &native->err);

	if (result == 0)
		result = cgroup_settings_apply(cgroup.dirfd, settings, &native->err);
	check(native, result == 0, "%s is made and set", name);
	return cgroup;
}

static void test_values(struct native *native)
{
	static const struct cgroup_raw raw[] = { { "memory.low", "4194304" },
						 { "cgroup.max.depth", "3" },
						 { "cpuset.cpus", "" } };
	static const struct cgroup_settings settings = {
		.memory_max_bytes = VALUE(64 * MIB),
		.memory_swap_max_bytes = VALUE(0),
		.memory_high_bytes = VALUE(48 * MIB),
		.memory_low_bytes = VALUE(8 * MIB),
		.memory_min_bytes = VALUE(0),
		.memory_oom_group = VALUE(1),
		.pids_max = VALUE(33),
		.cpu_weight = VALUE(50),
		.cpu_quota_usec = VALUE(50000),
		.cpu_period_usec = VALUE(200000),
		.cpu_burst_usec = VALUE(1000),
		.cpuset_cpus = "0",
		.cpuset_mems = "0",
		.raw = raw,
		.raw_count = 3,
	};
	static const struct {
		const char *file;
		const char *text;
	} expected[] = {
		{ "memory.max", "67108864" },  { "memory.swap.max", "0" },
		{ "memory.high", "50331648" }, { "memory.low", "4194304" },
		{ "memory.min", "0" },	       { "memory.oom.group", "1" },
		{ "pids.max", "33" },	       { "cpu.weight", "50" },
		{ "cpu.max", "50000 200000" }, { "cpu.max.burst", "1000" },
		{ "cpuset.cpus", "" },	       { "cpuset.mems", "0" },
		{ "cgroup.max.depth", "3" },
	};
	struct cgroup cgroup = make_with(native, "values", &settings);
	size_t i;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		check(native, says(&cgroup, expected[i].file, expected[i].text), "%s: %s",
		      expected[i].file, expected[i].text);
	cgroup_close(&cgroup);
}

static int apply(struct native *native, const struct cgroup *cgroup,
		 const struct cgroup_settings settings)
{
	return cgroup_settings_apply(cgroup->dirfd, &settings, &native->err);
}

static void test_changes(struct native *native)
{
	static const struct cgroup_settings settings = { .cpu_quota_usec = VALUE(7000),
							 .memory_max_bytes = VALUE(64 * MIB),
							 .cpu_idle = VALUE(1),
							 .cpu_weight = VALUE(70) };
	struct cgroup cgroup = make_with(native, "changes", &settings);

	check(native, says(&cgroup, "cpu.max", "7000 100000"), "a quota alone");
	check(native, says(&cgroup, "cpu.idle", "1"), "idle, after a weight");
	apply(native, &cgroup, (struct cgroup_settings){ .cpu_period_usec = VALUE(50000) });
	check(native, says(&cgroup, "cpu.max", "7000 50000"), "a period alone keeps the quota");
	apply(native, &cgroup, (struct cgroup_settings){ .cpu_quota_usec = VALUE(9000) });
	check(native, says(&cgroup, "cpu.max", "9000 50000"), "a quota alone keeps the period");
	apply(native, &cgroup, (struct cgroup_settings){ .cpu_quota_usec = MAX });
	check(native, says(&cgroup, "cpu.max", "max 50000"), "no quota");
	apply(native, &cgroup,
	      (struct cgroup_settings){ .cpu_idle = VALUE(0), .cpu_weight = VALUE(30) });
	check(native, says(&cgroup, "cpu.weight", "30"), "a weight, after idleness");
	apply(native, &cgroup, (struct cgroup_settings){ .memory_max_bytes = MAX });
	check(native, says(&cgroup, "memory.max", "max"), "no limit");
	check(native,
	      apply(native, &cgroup, (struct cgroup_settings){ .cpu_weight = VALUE(10001) }) < 0,
	      "what the kernel refuses is told: %s", native->err.text);
	cgroup_close(&cgroup);
}

/* Takes and keeps HOG_BYTES of memory, then says so. */
static int hog(void *pipe_end)
{
	char *memory =
		mmap(NULL, HOG_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 1;
	memset(memory, 1, HOG_BYTES);
	if (write(*(int *) pipe_end, "!", 1) != 1)
		return 1;
	return sleep_on(NULL);
}

static void test_readings(struct native *native)
{
	static const struct cgroup_settings settings = { .memory_max_bytes = VALUE(64 * MIB) };
	struct cgroup cgroup = make_with(native, "readings", &settings);
	struct memory_events events = { 0 };
	struct memory_stat stat = { 0 };
	uint64_t current = 0;
	uint64_t need;
	char byte = 0;
	int ends[2];
	pid_t pid;

	check(native, pipe(ends) == 0, "a pipe");
	pid = spawn(&cgroup, hog, &ends[1]);
	check(native, read(ends[0], &byte, 1) == 1, "24 MiB are taken");
	memory_value_read(cgroup.dirfd, "memory.current", &current, &native->err);
	memory_stat_read(cgroup.dirfd, &stat, &native->err);
	need = memory_need(&stat, current);
	check(native, stat.anon >= HOG_BYTES && stat.anon < HOG_BYTES + 4 * MIB, "anon: %llu",
	      (unsigned long long) stat.anon);
	check(native, stat.kernel > 0 && stat.pagetables > 0 && stat.pgfault > 0,
	      "kernel: %llu, page tables: %llu", (unsigned long long) stat.kernel,
	      (unsigned long long) stat.pagetables);
	check(native, current >= stat.anon && current < 64 * MIB, "current: %llu",
	      (unsigned long long) current);
	check(native, need >= HOG_BYTES && need <= current, "need: %llu",
	      (unsigned long long) need);
	/* Too little for what is there, and no swap: the kernel must kill. */
	memory_value_write(cgroup.dirfd, "memory.swap.max", 0, &native->err);
	memory_value_write(cgroup.dirfd, "memory.max", 4 * MIB, &native->err);
	check(native, reap(pid) == 128 + SIGKILL, "under 4 MiB it is killed");
	memory_events_read(cgroup.dirfd, true, &events, &native->err);
	check(native, events.oom >= 1 && events.oom_kill >= 1 && events.oom_group_kill == 0,
	      "and counted: oom %llu, oom_kill %llu, max %llu", (unsigned long long) events.oom,
	      (unsigned long long) events.oom_kill, (unsigned long long) events.max);
	close(ends[0]);
	close(ends[1]);
	cgroup_close(&cgroup);
}

static void test_effective(struct native *native)
{
	static const struct cgroup_settings wide = { .memory_max_bytes = VALUE(64 * MIB) };
	static const struct cgroup_settings narrow = { .memory_max_bytes = VALUE(16 * MIB) };
	struct cgroup outer = make_with(native, "outer", &narrow);
	struct cgroup inner = make_with(native, "outer/inner", &wide);
	char holder[CGROUP_PATH_ROOM] = "";
	uint64_t bytes = 0;

	memory_effective_limit(native->rootfd, inner.path, &bytes, holder, &native->err);
	check(native, bytes == 16 * MIB && strcmp(holder, outer.path) == 0,
	      "the tighter limit above holds: %llu by %s", (unsigned long long) bytes, holder);
	apply(native, &outer, (struct cgroup_settings){ .memory_max_bytes = MAX });
	memory_effective_limit(native->rootfd, inner.path, &bytes, holder, &native->err);
	check(native, bytes == 64 * MIB && strcmp(holder, inner.path) == 0,
	      "without it, its own: %llu by %s", (unsigned long long) bytes, holder);
	apply(native, &inner, (struct cgroup_settings){ .memory_max_bytes = MAX });
	memory_effective_limit(native->rootfd, inner.path, &bytes, holder, &native->err);
	check(native, bytes == MEMORY_NO_LIMIT && holder[0] == '\0', "without any, none");
	cgroup_close(&inner);
	cgroup_close(&outer);
}

int main(int argc, char **argv)
{
	struct native native;

	begin(&native, argc > 1 ? argv[1] : NULL);
	test_values(&native);
	test_changes(&native);
	test_readings(&native);
	test_effective(&native);
	return end(&native);
}
