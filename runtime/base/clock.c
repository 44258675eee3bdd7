// SPDX-License-Identifier: Apache-2.0
/*
 * The time.
 * Should: keep monotonic and wall time apart by name.
 * Must not: know time zones.
 */
#include "runtime/base/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t usec_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

uint64_t clock_monotonic_usec(void)
{
	return usec_of(CLOCK_MONOTONIC);
}

uint64_t clock_wall_usec(void)
{
	return usec_of(CLOCK_REALTIME);
}

const char *clock_text(uint64_t wall_usec, char buffer[CLOCK_TEXT_ROOM])
{
	time_t seconds = (time_t) (wall_usec / 1000000);
	struct tm parts;
	size_t length;

	gmtime_r(&seconds, &parts);
	length = strftime(buffer, CLOCK_TEXT_ROOM, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(buffer + length, CLOCK_TEXT_ROOM - length, ".%06uZ",
		 (unsigned) (wall_usec % 1000000));
	return buffer;
}
