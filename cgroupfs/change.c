// SPDX-License-Identifier: Apache-2.0
/*
 * Changing the values of a cgroup in which processes live.
 * Should: change all of it or nothing.
 * Must not: decide a value, or write what was not asked for.
 */
#include "cgroupfs/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroupfs/memory.h"
#include "cgroupfs/writes.h"
#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

#define OLD_ROOM 16384 /* a file with a line for each of some hundred devices */

/* What files held before, in the order in which they were written. */
struct old {
	const char *file;
	char *text;
};

struct undo {
	struct old *old;
	size_t count;
};

/* What cannot be read (memory.reclaim) cannot be taken back either. */
static int remember(struct undo *undo, int dirfd, const char *file)
{
	char text[OLD_ROOM];
	char *kept;

	if (file_read_at(dirfd, file, text, sizeof(text), NULL) < 0)
		return 0;
	/* An empty list is read as a lone newline, and written back as one from "". */
	if (text[0] == '\n')
		text[0] = '\0';
	kept = strdup(text);
	if (kept == NULL)
		return -ENOMEM;
	undo->old[undo->count++] = (struct old){ file, kept };
	return 0;
}

static void take_back(const struct undo *undo, int dirfd)
{
	size_t i;

	for (i = undo->count; i > 0; i--) {
		const struct old *old = &undo->old[i - 1];
		const struct cgroup_raw raw = { old->file, old->text };

		(void) cgroup_raw_do(dirfd, &raw, NULL);
	}
}

static void forget(struct undo *undo)
{
	size_t i;

	for (i = 0; i < undo->count; i++)
		free(undo->old[i].text);
	free(undo->old);
}

static bool is_memory_max(const struct cgroup_write *write)
{
	return strcmp(write->file, "memory.max") == 0 && write->number != MEMORY_NO_LIMIT;
}

/* memory.max and the quota as they are; what cannot be read is no limit. */
static void look(int dirfd, struct cgroup_now *now)
{
	char quota[WRITE_ROOM];
	const char *cursor = quota;

	*now = (struct cgroup_now){ UINT64_MAX, UINT64_MAX };
	(void) memory_value_read(dirfd, "memory.max", &now->memory_max_bytes, NULL);
	if (file_read_at(dirfd, "cpu.max", quota, sizeof(quota), NULL) > 0)
		(void) number_u64_next(&cursor, &now->cpu_quota_usec);
}

static int check_usage(int dirfd, const struct cgroup_limit *limit, struct err *err)
{
	uint64_t usage = 0;
	int result;

	if (limit->kind != CGROUP_LIMIT_VALUE)
		return 0;
	result = memory_value_read(dirfd, "memory.current", &usage, err);
	if (result < 0 || limit->value > usage)
		return result;
	return err_say(err, EBUSY, "rejecting memory limit %llu <= usage %llu",
		       (unsigned long long) limit->value, (unsigned long long) usage);
}

static int do_write(int dirfd, const struct cgroup_write *write, struct undo *undo, struct err *err)
{
	if (remember(undo, dirfd, write->file) < 0)
		return err_set(err, ENOMEM, "%s", write->file);
	if (is_memory_max(write))
		return memory_shrink(dirfd, write->number, err);
	return cgroup_write_do(dirfd, write, err);
}

static int do_line(int dirfd, const struct cgroup_line *line, struct undo *undo, struct err *err)
{
	const char *file = cgroup_line_file(dirfd, line);

	if (file != NULL && remember(undo, dirfd, file) < 0)
		return err_set(err, ENOMEM, "%s", file);
	return cgroup_line_do(dirfd, line, err);
}

static int do_raw(int dirfd, const struct cgroup_raw *raw, struct undo *undo, struct err *err)
{
	if (remember(undo, dirfd, raw->file) < 0)
		return err_set(err, ENOMEM, "%s", raw->file);
	return cgroup_raw_do(dirfd, raw, err);
}

static int do_all(int dirfd, const struct cgroup_settings *settings, struct undo *undo,
		  struct err *err)
{
	struct cgroup_write writes[WRITES_MAX];
	struct cgroup_now now;
	int count = cgroup_writes(dirfd, settings, writes, err);
	int result = count < 0 ? count : 0;
	size_t i;

	if (result < 0)
		return result;
	look(dirfd, &now);
	cgroup_writes_order(writes, (size_t) count, &now);
	for (i = 0; result == 0 && i < (size_t) count; i++)
		result = do_write(dirfd, &writes[i], undo, err);
	for (i = 0; result == 0 && i < settings->line_count; i++)
		result = do_line(dirfd, &settings->lines[i], undo, err);
	for (i = 0; result == 0 && i < settings->raw_count; i++)
		result = do_raw(dirfd, &settings->raw[i], undo, err);
	return result;
}

int cgroup_settings_change(int dirfd, const struct cgroup_change *change, struct err *err)
{
	const struct cgroup_settings *settings = change->settings;
	struct undo undo = { 0 };
	int result = 0;

	if (change->refuse_below_usage)
		result = check_usage(dirfd, &settings->memory_max_bytes, err);
	if (result < 0)
		return result;
	undo.old =
		calloc(WRITES_MAX + settings->line_count + settings->raw_count, sizeof(*undo.old));
	if (undo.old == NULL)
		return err_set(err, ENOMEM, "change the cgroup");
	result = do_all(dirfd, settings, &undo, err);
	if (result < 0)
		take_back(&undo, dirfd);
	forget(&undo);
	return result;
}
