// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_NUMBER_H
#define WEIR_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Numbers from text, whole or not at all: no sign where none is allowed, no blanks, no overflow,
 * nothing behind the last digit. Every function returns false and leaves its output untouched
 * when the text is not exactly such a number.
 */

/* Decimal digits only, as a kernel file or a command line has them. */
bool number_u64(const char *text, uint64_t *value);

/* An optional '-' before the digits. */
bool number_i64(const char *text, int64_t *value);

/* The digits at the start of *cursor, which is moved behind them: for "12 34" and "k=12,". */
bool number_u64_next(const char **cursor, uint64_t *value);

/* Bytes with an optional suffix k m g t (or K M G T, also Ki, KiB, KB ...), always powers of 1024:
 * "64M", "1.5G" is refused. */
bool number_bytes(const char *text, uint64_t *bytes);

/* A duration with unit "us", "ms", "s", "m", "h" (none means seconds), in microseconds: "20s". */
bool number_duration(const char *text, uint64_t *usec);

#endif
