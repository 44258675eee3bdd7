// SPDX-License-Identifier: Apache-2.0
/*
 * The trip-line.
 * Should: be lifted whatever else fails.
 * Must not: ever be above the config's own memory.high.
 */
#include "runtime/governor/tripline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/number.h"
#include "runtime/governor/reading.h"

#define PAGE_MASK (~4095ULL) /* the kernel rounds memory.high down to pages */

uint64_t tripline_place(const struct reading *reading, uint64_t ahead_bytes,
			uint64_t config_high_bytes)
{
	uint64_t place = (reading->current_bytes + ahead_bytes) & PAGE_MASK;

	if (ahead_bytes > reading->limit_bytes || place >= reading->limit_bytes ||
	    place >= config_high_bytes)
		return config_high_bytes;
	return place;
}

int tripline_open(struct tripline *line, int cgroup_dirfd, uint64_t config_high_bytes,
		  struct err *err)
{
	/* O_NONBLOCK: from 6.16 on, a value below usage does not make the writer reclaim. */
	line->fd = openat(cgroup_dirfd, "memory.high", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (line->fd < 0)
		return err_set(err, errno, "memory.high");
	line->config_high_bytes = config_high_bytes;
	line->placed_bytes = config_high_bytes;
	return 0;
}

/* What the file holds now; what was placed if it cannot be read. */
static uint64_t held(const struct tripline *line)
{
	char text[24];
	ssize_t length = pread(line->fd, text, sizeof(text) - 1, 0);
	uint64_t bytes = 0;

	if (length <= 0)
		return line->placed_bytes;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "max") == 0)
		return MEMORY_NO_LIMIT;
	return number_u64(text, &bytes) ? bytes : line->placed_bytes;
}

static bool same(uint64_t one, uint64_t other)
{
	return one == other || ((one ^ other) & PAGE_MASK) == 0;
}

int tripline_set(struct tripline *line, uint64_t bytes, struct err *err)
{
	char value[24] = "max";
	uint64_t now;

	if (line->fd < 0)
		return 0;
	now = held(line);
	if (!same(now, line->placed_bytes))
		line->config_high_bytes = now;
	if (bytes > line->config_high_bytes)
		bytes = line->config_high_bytes;
	line->placed_bytes = bytes;
	if (same(now, bytes))
		return 0;
	if (bytes != MEMORY_NO_LIMIT)
		snprintf(value, sizeof(value), "%llu", (unsigned long long) bytes);
	if (pwrite(line->fd, value, strlen(value), 0) < 0) {
		line->placed_bytes = now;
		return err_set(err, errno, "memory.high: write %s", value);
	}
	return 0;
}

void tripline_renew(struct tripline *line, uint64_t config_high_bytes)
{
	if (line->fd < 0)
		return;
	line->config_high_bytes = config_high_bytes;
	/* So that nothing in it is taken for somebody else's wish. */
	line->placed_bytes = held(line);
}

int tripline_lift(struct tripline *line, struct err *err)
{
	/* As high as it goes: never above the config's, which may be another by now. */
	return tripline_set(line, MEMORY_NO_LIMIT, err);
}

void tripline_close(struct tripline *line)
{
	fd_close(&line->fd);
}
