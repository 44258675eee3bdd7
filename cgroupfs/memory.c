// SPDX-License-Identifier: Apache-2.0
/*
 * The memory controller's files of one cgroup.
 * Should: tell "no such file", "no limit" and "not a number" apart.
 * Must not: judge what a number means, except for what cannot be reclaimed.
 */
#include "cgroupfs/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cgroupfs/beneath.h"
#include "cgroupfs/cgroup.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"

struct counter {
	const char *key;
	size_t offset;
};

struct counters {
	const struct counter *rows;
	size_t count;
};

#define ROWS_OF(rows) ((struct counters){ rows, sizeof(rows) / sizeof((rows)[0]) })
#define EVENT(name)                                                                                \
	{                                                                                          \
#name, offsetof(struct memory_events, name)                                        \
	}
#define STAT(name)                                                                                 \
	{                                                                                          \
#name, offsetof(struct memory_stat, name)                                          \
	}

static const struct counter event_rows[] = {
	EVENT(low), EVENT(high), EVENT(max), EVENT(oom), EVENT(oom_kill), EVENT(oom_group_kill),
};

static const struct counter stat_rows[] = {
	STAT(anon),
	STAT(file),
	STAT(kernel),
	STAT(kernel_stack),
	STAT(pagetables),
	STAT(percpu),
	STAT(sock),
	STAT(shmem),
	STAT(unevictable),
	STAT(slab_reclaimable),
	STAT(slab_unreclaimable),
	STAT(inactive_anon),
	STAT(active_anon),
	STAT(inactive_file),
	STAT(active_file),
	STAT(anon_thp),
	STAT(file_dirty),
	STAT(file_writeback),
	STAT(workingset_refault_anon),
	STAT(workingset_refault_file),
	STAT(pgfault),
	STAT(pgmajfault),
	STAT(pgscan),
	STAT(pgsteal),
};

static const struct counter *counter_of(const struct counters *counters, const char *key,
					size_t length)
{
	size_t i;

	for (i = 0; i < counters->count; i++) {
		const char *name = counters->rows[i].key;

		if (strncmp(name, key, length) == 0 && name[length] == '\0')
			return &counters->rows[i];
	}
	return NULL;
}

/* Lines "KEY NUMBER" into the members of `out` that the rows name. */
static int parse_counters(const char *text, const struct counters *counters, void *out,
			  struct err *err)
{
	const char *line = text;

	while (*line != '\0') {
		size_t length = strcspn(line, " \n");
		const struct counter *counter = counter_of(counters, line, length);
		const char *value = line + length + (line[length] == ' ');
		uint64_t number;

		if (counter != NULL) {
			if (!number_u64_next(&value, &number) || (*value != '\n' && *value != '\0'))
				return err_say(err, EINVAL, "'%s': not a number: '%.*s'",
					       counter->key, (int) (strcspn(line, "\n") % 64),
					       line);
			memcpy((char *) out + counter->offset, &number, sizeof(number));
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return 0;
}

int memory_events_parse(const char *text, struct memory_events *events, struct err *err)
{
	const struct counters counters = ROWS_OF(event_rows);
	struct memory_events parsed = { 0 };
	int result = parse_counters(text, &counters, &parsed, err);

	if (result == 0)
		*events = parsed;
	return result;
}

int memory_stat_parse(const char *text, struct memory_stat *stat, struct err *err)
{
	const struct counters counters = ROWS_OF(stat_rows);
	struct memory_stat parsed = { 0 };
	int result = parse_counters(text, &counters, &parsed, err);

	if (result == 0)
		*stat = parsed;
	return result;
}

int memory_events_read(int dirfd, bool local, struct memory_events *events, struct err *err)
{
	const char *file = local ? "memory.events.local" : "memory.events";
	char text[1024]; /* seven lines in Linux 6.19, 30 bytes each */
	ssize_t length = file_read_at(dirfd, file, text, sizeof(text), err);
	int result;

	if (length < 0)
		return (int) length;
	result = memory_events_parse(text, events, err);
	if (result < 0)
		err_context(err, "%s", file);
	return result;
}

int memory_stat_read(int dirfd, struct memory_stat *stat, struct err *err)
{
	char text[16384]; /* about 80 lines, at most 50 bytes each */
	ssize_t length = file_read_at(dirfd, "memory.stat", text, sizeof(text), err);
	int result;

	if (length < 0)
		return (int) length;
	result = memory_stat_parse(text, stat, err);
	if (result < 0)
		err_context(err, "memory.stat");
	return result;
}

int memory_value_read(int dirfd, const char *file, uint64_t *bytes, struct err *err)
{
	char text[64]; /* one number of 20 digits */
	ssize_t length = file_read_at(dirfd, file, text, sizeof(text), err);

	if (length < 0)
		return (int) length;
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "max") == 0)
		*bytes = MEMORY_NO_LIMIT;
	else if (!number_u64(text, bytes))
		return err_say(err, EINVAL, "%s: neither a number nor 'max': '%s'", file, text);
	return 0;
}

int memory_value_write(int dirfd, const char *file, uint64_t bytes, struct err *err)
{
	char text[24];

	if (bytes == MEMORY_NO_LIMIT)
		return file_write_at(dirfd, file, "max", err);
	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return file_write_at(dirfd, file, text, err);
}

static uint64_t sum_of(const uint64_t *terms, size_t count)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (__builtin_add_overflow(sum, terms[i], &sum))
			return UINT64_MAX;
	}
	return sum;
}

/* Linux before 5.18 gives the parts and not the sum. */
static uint64_t kernel_bytes(const struct memory_stat *stat)
{
	const uint64_t parts[] = { stat->kernel_stack, stat->pagetables, stat->percpu,
				   stat->slab_reclaimable, stat->slab_unreclaimable };

	if (stat->kernel != 0)
		return stat->kernel;
	return sum_of(parts, sizeof(parts) / sizeof(parts[0]));
}

uint64_t memory_need(const struct memory_stat *stat, uint64_t current_bytes)
{
	const uint64_t counted[] = { stat->anon, stat->shmem };
	const uint64_t listed[] = { stat->inactive_anon, stat->active_anon, stat->unevictable };
	uint64_t by_count = sum_of(counted, sizeof(counted) / sizeof(counted[0]));
	uint64_t by_list = sum_of(listed, sizeof(listed) / sizeof(listed[0]));
	const uint64_t parts[] = { by_count > by_list ? by_count : by_list, kernel_bytes(stat) };
	uint64_t need = sum_of(parts, sizeof(parts) / sizeof(parts[0]));

	need = need > stat->slab_reclaimable ? need - stat->slab_reclaimable : 0;
	return need < current_bytes ? need : current_bytes;
}

/* The limit of one cgroup; none where the controller is not enabled or the root is real. */
static int limit_at(int rootfd, const char *path, uint64_t *bytes, struct err *err)
{
	auto_fd int fd = beneath_directory(rootfd, path[1] == '\0' ? "." : path + 1);
	int result = fd < 0 ? err_set(err, -fd, "open") : 0;

	if (result < 0)
		return result;
	result = memory_value_read(fd, "memory.max", bytes, err);
	if (result != -ENOENT)
		return result;
	if (err != NULL)
		err_clear(err);
	*bytes = MEMORY_NO_LIMIT;
	return 0;
}

/* "/a/b" -> "/a" -> "/" -> false. */
static bool cut_last_name(char *path)
{
	char *slash = strrchr(path, '/');

	if (path[1] == '\0')
		return false;
	slash[slash == path] = '\0';
	return true;
}

int memory_effective_limit(int rootfd, const char *path, uint64_t *bytes, char *holder,
			   struct err *err)
{
	uint64_t tightest = MEMORY_NO_LIMIT;
	char tightest_path[CGROUP_PATH_ROOM] = "";
	char here[CGROUP_PATH_ROOM] = "/";
	int result = strcmp(path, "/") == 0 ? 0 : cgroup_path_normalise(path, here, err);

	if (result < 0)
		return result;
	/* Upwards, and only a smaller one counts: of two equal limits the lower is charged first. */
	do {
		uint64_t limit;

		result = limit_at(rootfd, here, &limit, err);
		if (result < 0) {
			err_context(err, "cgroup %s", here);
			return result;
		}
		if (limit < tightest) {
			tightest = limit;
			memcpy(tightest_path, here, sizeof(here));
		}
	} while (cut_last_name(here));
	*bytes = tightest;
	memcpy(holder, tightest_path, sizeof(tightest_path));
	return 0;
}
