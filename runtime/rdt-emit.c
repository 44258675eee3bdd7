// SPDX-License-Identifier: Apache-2.0
/*
 * A group of resctrl, for `events`.
 * Should: use the words that readers of runc's format know.
 * Must not: fail: what is not there is not told.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/emit.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/rdt.h"
#include "runtime/state.h"

#define FILE_ROOM  4096
#define CACHES_MAX 64 /* L3 caches of the largest machines */

static bool read_line(int dirfd, const char *name, char line[FILE_ROOM])
{
	if (file_read_at(dirfd, name, line, FILE_ROOM, NULL) < 0)
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static void emit_number(struct emit *emit, const char *key, int dirfd, const char *name)
{
	char line[FILE_ROOM];
	uint64_t value;

	if (read_line(dirfd, name, line) && number_u64(line, &value))
		emit_u64(emit, key, value);
}

/* The line of one resource of a schemata, without its blanks. */
static void emit_schema(struct emit *emit, const char *key, int group, const char *resource)
{
	char schemata[FILE_ROOM];
	char *cursor = schemata;
	char *line;

	if (group < 0 || file_read_at(group, "schemata", schemata, sizeof(schemata), NULL) < 0)
		return;
	while ((line = text_next(&cursor, '\n')) != NULL) {
		line += strspn(line, " ");
		if (text_starts(line, resource)) {
			emit_string(emit, key, line);
			return;
		}
	}
}

static void emit_l3(struct emit *emit, int root, int group)
{
	auto_fd int info = openat(root, "info/L3", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char line[FILE_ROOM];

	if (info >= 0) {
		emit_object(emit, "l3_cache_info");
		if (read_line(info, "cbm_mask", line))
			emit_string(emit, "cbm_mask", line);
		emit_number(emit, "min_cbm_bits", info, "min_cbm_bits");
		emit_number(emit, "num_closids", info, "num_closids");
		emit_object_end(emit);
	}
	emit_schema(emit, "l3_cache_schema_root", root, "L3:");
	emit_schema(emit, "l3_cache_schema", group, "L3:");
}

static void emit_bandwidth(struct emit *emit, int root, int group)
{
	static const char *const files[] = { "bandwidth_gran", "delay_linear", "min_bandwidth",
					     "num_closids" };
	auto_fd int info = openat(root, "info/MB", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t i;

	if (info >= 0) {
		emit_object(emit, "mem_bw_info");
		for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
			emit_number(emit, files[i], info, files[i]);
		emit_object_end(emit);
	}
	emit_schema(emit, "mem_bw_schema_root", root, "MB:");
	emit_schema(emit, "mem_bw_schema", group, "MB:");
}

/* One object for each cache, in the order of their numbers. */
static void emit_caches(struct emit *emit, const char *key, int mon_data,
			const char *const counters[])
{
	int cache;

	emit_array(emit, key);
	for (cache = 0; cache < CACHES_MAX; cache++) {
		auto_fd int dir = -1;
		char name[16];
		size_t i;

		snprintf(name, sizeof(name), "mon_L3_%02d", cache);
		dir = openat(mon_data, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			continue;
		emit_object(emit, NULL);
		for (i = 0; counters[i] != NULL; i++)
			emit_number(emit, counters[i], dir, counters[i]);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void emit_monitored(struct emit *emit, int root, const struct state *state)
{
	static const char *const bandwidth[] = { "mbm_total_bytes", "mbm_local_bytes", NULL };
	static const char *const occupancy[] = { "llc_occupancy", NULL };
	auto_fd int data = -1;
	char path[PATH_MAX];

	if (!state->rdt_monitored)
		return;
	snprintf(path, sizeof(path), "%s/mon_groups/%s/mon_data", state->rdt_group, state->id);
	data = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (data < 0)
		return;
	emit_caches(emit, "mbm_stats", data, bandwidth);
	emit_caches(emit, "cmt_stats", data, occupancy);
}

void rdt_emit(const struct state *state, struct emit *emit)
{
	auto_fd int root = state->rdt_group[0] != '\0' ? rdt_open(NULL) : -1;
	auto_fd int group = -1;

	emit_object(emit, "intel_rdt");
	if (root >= 0) {
		group = openat(root, state->rdt_group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		emit_l3(emit, root, group);
		emit_bandwidth(emit, root, group);
		emit_monitored(emit, root, state);
	}
	emit_object_end(emit);
}
