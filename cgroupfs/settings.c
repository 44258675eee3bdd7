// SPDX-License-Identifier: Apache-2.0
/*
 * Writing values into the files of one cgroup.
 * Should: be a table whose order is the order of the writes.
 * Must not: decide a value; a value the kernel refuses is the caller's error, told with its file.
 */
#include "cgroupfs/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/writes.h"
#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"

/* When a row is written at all. */
enum row_kind {
	ROW_LIMIT,	    /* a struct cgroup_limit that is not KEEP */
	ROW_LIMIT_ZERO,	    /* only if its value is 0 */
	ROW_LIMIT_NOT_ZERO, /* only if it is not */
	ROW_OPTIONAL,	    /* as ROW_LIMIT; without the file 0 and "max" hold anyway */
	ROW_STRING,	    /* a const char * that is not NULL */
	ROW_CPU_MAX,	    /* quota and period together */
};

struct row {
	const char *file;
	unsigned controller;
	enum row_kind kind;
	size_t offset; /* in struct cgroup_settings */
};

#define AT(member) offsetof(struct cgroup_settings, member)

static const struct row rows[] = {
	{ "cpuset.mems", CGROUP_CPUSET, ROW_STRING, AT(cpuset_mems) },
	{ "cpuset.cpus", CGROUP_CPUSET, ROW_STRING, AT(cpuset_cpus) },
	{ "pids.max", CGROUP_PIDS, ROW_LIMIT, AT(pids_max) },
	/* An idle cgroup takes no weight (EINVAL): leave idleness first, enter it last. */
	{ "cpu.idle", CGROUP_CPU, ROW_LIMIT_ZERO, AT(cpu_idle) },
	{ "cpu.weight", CGROUP_CPU, ROW_LIMIT, AT(cpu_weight) },
	{ "cpu.idle", CGROUP_CPU, ROW_LIMIT_NOT_ZERO, AT(cpu_idle) },
	{ "cpu.max", CGROUP_CPU, ROW_CPU_MAX, 0 },
	/* Behind cpu.max: a burst may not be larger than the quota. */
	{ "cpu.max.burst", CGROUP_CPU, ROW_LIMIT, AT(cpu_burst_usec) },
	{ "memory.oom.group", CGROUP_MEMORY, ROW_LIMIT, AT(memory_oom_group) },
	/* Before memory.max: reclaim to fit the new limit must not go to swap that is forbidden. */
	{ "memory.swap.max", CGROUP_MEMORY, ROW_OPTIONAL, AT(memory_swap_max_bytes) },
	{ "memory.max", CGROUP_MEMORY, ROW_LIMIT, AT(memory_max_bytes) },
	{ "memory.high", CGROUP_MEMORY, ROW_LIMIT, AT(memory_high_bytes) },
	{ "memory.low", CGROUP_MEMORY, ROW_LIMIT, AT(memory_low_bytes) },
	{ "memory.min", CGROUP_MEMORY, ROW_LIMIT, AT(memory_min_bytes) },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const struct cgroup_limit *limit_of(const struct row *row,
					   const struct cgroup_settings *settings)
{
	return (const struct cgroup_limit *) (const void *) ((const char *) settings + row->offset);
}

static const char *string_of(const struct row *row, const struct cgroup_settings *settings)
{
	return *(const char *const *) (const void *) ((const char *) settings + row->offset);
}

static bool is_zero(const struct cgroup_limit *limit)
{
	return limit->kind == CGROUP_LIMIT_VALUE && limit->value == 0;
}

static bool is_set(const struct cgroup_limit *limit)
{
	return limit->kind != CGROUP_LIMIT_KEEP;
}

static bool is_wanted(const struct row *row, const struct cgroup_settings *settings)
{
	switch (row->kind) {
	case ROW_LIMIT_ZERO:
		return is_zero(limit_of(row, settings));
	case ROW_LIMIT_NOT_ZERO:
		return is_set(limit_of(row, settings)) && !is_zero(limit_of(row, settings));
	case ROW_STRING:
		return string_of(row, settings) != NULL;
	case ROW_CPU_MAX:
		return is_set(&settings->cpu_quota_usec) || is_set(&settings->cpu_period_usec);
	case ROW_LIMIT:
	case ROW_OPTIONAL:
		break;
	}
	return is_set(limit_of(row, settings));
}

static void write_limit(const struct cgroup_limit *limit, struct cgroup_write *write)
{
	write->number = limit->kind == CGROUP_LIMIT_MAX ? UINT64_MAX : limit->value;
	if (limit->kind == CGROUP_LIMIT_MAX)
		snprintf(write->value, sizeof(write->value), "max");
	else
		snprintf(write->value, sizeof(write->value), "%" PRIu64, limit->value);
}

/* A quota alone keeps the kernel's period. A period alone must carry the quota that is there:
 * the file has no way to say "only the period". */
static int write_cpu_max(int dirfd, const struct cgroup_settings *settings,
			 struct cgroup_write *write, struct err *err)
{
	const struct cgroup_limit *period = &settings->cpu_period_usec;
	char quota[WRITE_ROOM];
	ssize_t length;

	/* The kernel would take "QUOTA max" and silently keep the old period. */
	if (period->kind == CGROUP_LIMIT_MAX)
		return err_say(err, EINVAL, "cpu.max: a period cannot be 'max'");
	if (is_set(&settings->cpu_quota_usec)) {
		write_limit(&settings->cpu_quota_usec, write);
	} else if (dirfd == -1) {
		memcpy(write->value, "-", 2);
	} else {
		length = file_read_at(dirfd, "cpu.max", write->value, sizeof(write->value), err);
		if (length < 0)
			return (int) length;
		write->value[strcspn(write->value, " \n")] = '\0';
		if (!number_u64(write->value, &write->number))
			write->number = UINT64_MAX;
	}
	if (!is_set(period))
		return 0;
	memcpy(quota, write->value, sizeof(quota));
	snprintf(write->value, sizeof(write->value), "%.20s %" PRIu64, quota, period->value);
	return 0;
}

static int make_write(int dirfd, const struct row *row, const struct cgroup_settings *settings,
		      struct cgroup_write *write, struct err *err)
{
	const struct cgroup_limit *limit = limit_of(row, settings);

	*write = (struct cgroup_write){ .file = row->file };
	if (row->kind == ROW_CPU_MAX)
		return write_cpu_max(dirfd, settings, write, err);
	if (row->kind == ROW_STRING) {
		write->string = string_of(row, settings);
		return 0;
	}
	write_limit(limit, write);
	/* A kernel that does not account swap: none is used that could be limited, and none is asked
	 * to be. */
	write->optional =
		row->kind == ROW_OPTIONAL && (is_zero(limit) || limit->kind == CGROUP_LIMIT_MAX);
	return 0;
}

int cgroup_writes(int dirfd, const struct cgroup_settings *settings,
		  struct cgroup_write writes[WRITES_MAX], struct err *err)
{
	int count = 0;
	int result = 0;
	size_t i;

	_Static_assert(ROW_COUNT <= WRITES_MAX, "a write for each row");
	for (i = 0; i < ROW_COUNT && result == 0; i++) {
		if (is_wanted(&rows[i], settings))
			result = make_write(dirfd, &rows[i], settings, &writes[count++], err);
	}
	return result < 0 ? result : count;
}

int cgroup_write_do(int dirfd, const struct cgroup_write *write, struct err *err)
{
	const char *text = write->string != NULL ? write->string : write->value;
	int result = file_write_at(dirfd, write->file, text, err);

	if (result != -ENOENT || !write->optional)
		return result;
	if (err != NULL)
		err_clear(err);
	return 0;
}

unsigned cgroup_settings_controllers(const struct cgroup_settings *settings)
{
	unsigned controllers = 0;
	size_t i;

	for (i = 0; i < ROW_COUNT; i++) {
		if (is_wanted(&rows[i], settings))
			controllers |= rows[i].controller;
	}
	for (i = 0; i < settings->line_count; i++)
		if (!settings->lines[i].harmless)
			controllers |= cgroup_raw_controller(settings->lines[i].file);
	for (i = 0; i < settings->raw_count; i++)
		controllers |= cgroup_raw_controller(settings->raw[i].file);
	return controllers;
}

int cgroup_settings_apply(int dirfd, const struct cgroup_settings *settings, struct err *err)
{
	struct cgroup_write writes[WRITES_MAX];
	int count = cgroup_writes(dirfd, settings, writes, err);
	int result = count < 0 ? count : 0;
	size_t i;

	for (i = 0; result == 0 && i < (size_t) count; i++)
		result = cgroup_write_do(dirfd, &writes[i], err);
	for (i = 0; result == 0 && i < settings->line_count; i++)
		result = cgroup_line_do(dirfd, &settings->lines[i], err);
	for (i = 0; result == 0 && i < settings->raw_count; i++)
		result = cgroup_raw_do(dirfd, &settings->raw[i], err);
	return result;
}

void cgroup_settings_show(const struct cgroup_settings *settings,
			  void (*show)(void *context, const char *file, const char *value),
			  void *context)
{
	struct cgroup_write writes[WRITES_MAX];
	int count = cgroup_writes(-1, settings, writes, NULL);
	size_t i;

	for (i = 0; count > 0 && i < (size_t) count; i++)
		show(context, writes[i].file,
		     writes[i].string != NULL ? writes[i].string : writes[i].value);
	for (i = 0; i < settings->line_count; i++)
		show(context, settings->lines[i].file, settings->lines[i].value);
	for (i = 0; i < settings->raw_count; i++)
		show(context, settings->raw[i].file, settings->raw[i].value);
}
