// SPDX-License-Identifier: Apache-2.0
/*
 * /dev/kmsg, from the oldest record to the newest.
 * Should: go on after an overrun, and take a refusal as an answer.
 * Must not: wait for records to come.
 */
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/governor/kernel_log.h"

#define RECORD_ROOM 8192 /* CONSOLE_EXT_LOG_MAX: a shorter buffer gets EINVAL */
/* A log that is written faster than we read must not hold us for ever; a ring has far fewer. */
#define MOST_RECORDS 1000000

/* The log's clock may have been started this much before or after the monotonic one. */
#define CLOCK_SLACK_USEC 1000000

void kernel_log_read(struct kernel_log *log, const struct kernel_log_query *query)
{
	auto_fd int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[RECORD_ROOM];
	size_t i;

	*log = (struct kernel_log){ .query = *query, .readable = fd >= 0 };
	for (i = 0; fd >= 0 && i < MOST_RECORDS; i++) {
		ssize_t length = read(fd, record, sizeof(record) - 1);

		if (length < 0 && errno == EPIPE) {
			log->overruns++;
			continue;
		}
		if (length < 0 && errno == EINTR)
			continue;
		/* dmesg_restrict refuses at open(2) or at the first read(2). */
		if (length < 0 && errno != EAGAIN && i == 0)
			log->readable = false;
		if (length <= 0)
			return;
		record[length] = '\0';
		kernel_log_feed(log, record);
	}
}

/* The log's clock runs with CLOCK_MONOTONIC_RAW: no time daemon bends it. */
uint64_t kernel_log_time(uint64_t monotonic_usec)
{
	uint64_t ago = clock_monotonic_usec() - monotonic_usec + CLOCK_SLACK_USEC;
	struct timespec raw;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
	now = (uint64_t) raw.tv_sec * 1000000 + (uint64_t) raw.tv_nsec / 1000;
	return now > ago ? now - ago : 0;
}
