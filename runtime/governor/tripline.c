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
#include "runtime/governor/reading.h"

#define PAGE_MASK (~4095ULL) /* the kernel rounds memory.high down to pages */

uint64_t tripline_place(const struct reading *reading, uint64_t rung_bytes,
			uint64_t config_high_bytes)
{
	uint64_t ahead = rung_bytes > reading->need_bytes ? rung_bytes - reading->need_bytes : 0;
	uint64_t place = (reading->current_bytes + ahead) & PAGE_MASK;

	if (place >= reading->limit_bytes || place >= config_high_bytes)
		return config_high_bytes;
	return place;
}

int tripline_open(struct tripline *line, int cgroup_dirfd, uint64_t config_high_bytes,
		  struct err *err)
{
	/* O_NONBLOCK: from 6.16 on, a value below usage does not make the writer reclaim. */
	line->fd = openat(cgroup_dirfd, "memory.high", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (line->fd < 0)
		return err_set(err, errno, "memory.high");
	line->config_high_bytes = config_high_bytes;
	line->placed_bytes = config_high_bytes;
	return 0;
}

int tripline_set(struct tripline *line, uint64_t bytes, struct err *err)
{
	char value[24] = "max";

	if (line->fd < 0 || bytes == line->placed_bytes)
		return 0;
	if (bytes != MEMORY_NO_LIMIT)
		snprintf(value, sizeof(value), "%llu", (unsigned long long) bytes);
	if (pwrite(line->fd, value, strlen(value), 0) < 0)
		return err_set(err, errno, "memory.high: write %s", value);
	line->placed_bytes = bytes;
	return 0;
}

int tripline_lift(struct tripline *line, struct err *err)
{
	return tripline_set(line, line->config_high_bytes, err);
}

void tripline_close(struct tripline *line)
{
	fd_close(&line->fd);
}
