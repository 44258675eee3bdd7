// SPDX-License-Identifier: Apache-2.0
/*
 * Writing values into the files of one cgroup.
 * Should: be a table whose order is the order of the writes.
 * Must not: decide a value; a value the kernel refuses is the caller's error, told with its file.
 */
#include "cgroupfs/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/beneath.h"
#include "cgroupfs/cgroup.h"
#include "cgroupfs/controllers.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"

#define VALUE_ROOM 64 /* two numbers of 20 digits and a blank */

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

static const struct {
	const char *file;
	const char *reason;
} refused[] = {
	{ "cgroup.procs", "it moves processes" },
	{ "cgroup.threads", "it moves threads" },
	{ "cgroup.kill", "it kills" },
	{ "cgroup.freeze", "pause and resume own it" },
	{ "cgroup.type", "a threaded cgroup cannot be killed or govern memory" },
	{ "cgroup.subtree_control", "no process could enter the cgroup" },
};

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

static void write_limit(const struct cgroup_limit *limit, char out[VALUE_ROOM])
{
	if (limit->kind == CGROUP_LIMIT_MAX)
		snprintf(out, VALUE_ROOM, "max");
	else
		snprintf(out, VALUE_ROOM, "%" PRIu64, limit->value);
}

/* A quota alone keeps the kernel's period. A period alone must carry the quota that is there:
 * the file has no way to say "only the period". */
static int write_cpu_max(int dirfd, const struct cgroup_settings *settings, char out[VALUE_ROOM],
			 struct err *err)
{
	const struct cgroup_limit *period = &settings->cpu_period_usec;
	char quota[VALUE_ROOM];
	ssize_t length;

	/* The kernel would take "QUOTA max" and silently keep the old period. */
	if (period->kind == CGROUP_LIMIT_MAX)
		return err_say(err, EINVAL, "cpu.max: a period cannot be 'max'");
	if (is_set(&settings->cpu_quota_usec)) {
		write_limit(&settings->cpu_quota_usec, quota);
	} else {
		length = file_read_at(dirfd, "cpu.max", quota, sizeof(quota), err);
		if (length < 0)
			return (int) length;
		quota[strcspn(quota, " \n")] = '\0';
	}
	if (is_set(period))
		snprintf(out, VALUE_ROOM, "%.20s %" PRIu64, quota, period->value);
	else
		snprintf(out, VALUE_ROOM, "%s", quota);
	return 0;
}

static int apply_row(int dirfd, const struct row *row, const struct cgroup_settings *settings,
		     struct err *err)
{
	char value[VALUE_ROOM];
	const char *text = value;
	int result = 0;

	if (row->kind == ROW_STRING)
		text = string_of(row, settings);
	else if (row->kind == ROW_CPU_MAX)
		result = write_cpu_max(dirfd, settings, value, err);
	else
		write_limit(limit_of(row, settings), value);
	if (result == 0)
		result = file_write_at(dirfd, row->file, text, err);
	/* A kernel that does not account swap: none is used that could be limited, and none is asked
	 * to be. */
	if (result == -ENOENT && row->kind == ROW_OPTIONAL &&
	    (is_zero(limit_of(row, settings)) ||
	     limit_of(row, settings)->kind == CGROUP_LIMIT_MAX)) {
		if (err != NULL)
			err_clear(err);
		return 0;
	}
	return result;
}

static unsigned controller_of_file(const char *file)
{
	return controller_of_word(file, strcspn(file, "."));
}

static int check_raw_name(const char *file, struct err *err)
{
	const char *byte;
	size_t i;

	for (byte = file; *byte != '\0'; byte++) {
		if ((unsigned char) *byte <= 0x20 || *byte == 0x7f || *byte == '/')
			return err_say(err, EINVAL, "cgroup file name: byte 0x%02x is not allowed",
				       (unsigned) (unsigned char) *byte);
	}
	/* Every file of a cgroup is CONTROLLER.NAME; this leaves out "", "." and ".." too. */
	if (strchr(file, '.') == NULL || file[0] == '.')
		return err_say(err, EINVAL, "cgroup file '%.64s': not a CONTROLLER.NAME", file);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(file, refused[i].file) == 0)
			return err_say(err, EINVAL, "cgroup file '%s' may not be set: %s", file,
				       refused[i].reason);
	}
	return 0;
}

static int explain_open(int number, const char *file, struct err *err)
{
	if (number == ENOENT && controller_of_file(file) == 0 && strncmp(file, "cgroup.", 7) != 0)
		return err_set(err, number, "cgroup file '%.64s' (controller '%.*s' is unknown)",
			       file, (int) (strcspn(file, ".") % 64), file);
	return err_set(err, number, "cgroup file '%.64s'", file);
}

static int write_line(int fd, const char *file, const char *line, size_t length, struct err *err)
{
	ssize_t put;

	do {
		put = write(fd, line, length);
	} while (put < 0 && errno == EINTR);
	if (put < 0)
		return err_set(err, errno, "write '%.*s' to %.64s", (int) length, line, file);
	if ((size_t) put != length)
		return err_say(err, EIO, "write to %.64s: only %zd of %zu bytes were taken", file,
			       put, length);
	return 0;
}

static int apply_raw(int dirfd, const struct cgroup_raw *raw, struct err *err)
{
	const char *line = raw->value;
	auto_fd int fd = -1;
	int result = check_raw_name(raw->file, err);

	if (result < 0)
		return result;
	fd = beneath_file(dirfd, raw->file, O_WRONLY);
	if (fd < 0)
		return explain_open(-fd, raw->file, err);
	/* An empty value is how a list is cleared; a write of no bytes would not reach the kernel. */
	if (*line == '\0')
		return write_line(fd, raw->file, "\n", 1, err);
	while (result == 0 && *line != '\0') {
		size_t length = strcspn(line, "\n");

		if (length > 0)
			result = write_line(fd, raw->file, line, length, err);
		line += length + (line[length] == '\n');
	}
	return result;
}

unsigned cgroup_settings_controllers(const struct cgroup_settings *settings)
{
	unsigned controllers = 0;
	size_t i;

	for (i = 0; i < ROW_COUNT; i++) {
		if (is_wanted(&rows[i], settings))
			controllers |= rows[i].controller;
	}
	for (i = 0; i < settings->raw_count; i++)
		controllers |= controller_of_file(settings->raw[i].file);
	return controllers;
}

int cgroup_settings_apply(int dirfd, const struct cgroup_settings *settings, struct err *err)
{
	int result = 0;
	size_t i;

	for (i = 0; i < ROW_COUNT && result == 0; i++) {
		if (is_wanted(&rows[i], settings))
			result = apply_row(dirfd, &rows[i], settings, err);
	}
	for (i = 0; i < settings->raw_count && result == 0; i++)
		result = apply_raw(dirfd, &settings->raw[i], err);
	return result;
}

static void show_cpu_max(const struct cgroup_settings *settings, char out[VALUE_ROOM])
{
	char quota[VALUE_ROOM] = "-";

	if (is_set(&settings->cpu_quota_usec))
		write_limit(&settings->cpu_quota_usec, quota);
	if (is_set(&settings->cpu_period_usec))
		snprintf(out, VALUE_ROOM, "%.20s %" PRIu64, quota, settings->cpu_period_usec.value);
	else
		snprintf(out, VALUE_ROOM, "%s", quota);
}

void cgroup_settings_show(const struct cgroup_settings *settings,
			  void (*show)(void *context, const char *file, const char *value),
			  void *context)
{
	char value[VALUE_ROOM];
	size_t i;

	for (i = 0; i < ROW_COUNT; i++) {
		const struct row *row = &rows[i];

		if (!is_wanted(row, settings))
			continue;
		if (row->kind == ROW_CPU_MAX)
			show_cpu_max(settings, value);
		else if (row->kind != ROW_STRING)
			write_limit(limit_of(row, settings), value);
		show(context, row->file,
		     row->kind == ROW_STRING ? string_of(row, settings) : value);
	}
	for (i = 0; i < settings->raw_count; i++)
		show(context, settings->raw[i].file, settings->raw[i].value);
}
