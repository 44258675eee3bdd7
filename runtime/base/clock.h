// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds of CLOCK_MONOTONIC: for intervals and deadlines. */
uint64_t clock_monotonic_usec(void);

/* Microseconds since the epoch: for people and for records. */
uint64_t clock_wall_usec(void);

/* `wall_usec` as RFC 3339 in UTC with microseconds, "2026-01-02T03:04:05.678901Z"; returns buffer. */
#define CLOCK_TEXT_ROOM 40
const char *clock_text(uint64_t wall_usec, char buffer[CLOCK_TEXT_ROOM]);

#endif
