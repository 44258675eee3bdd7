// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers from text.
 * Should: accept exactly the numbers meant.
 * Must not: guess, round, wrap or stop early.
 */
#include "runtime/base/number.h"

#include <stddef.h>
#include <string.h>

bool number_u64_next(const char **cursor, uint64_t *value)
{
	const char *digit = *cursor;
	uint64_t sum = 0;

	if (*digit < '0' || *digit > '9')
		return false;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t) (*digit - '0'), &sum))
			return false;
	}
	*cursor = digit;
	*value = sum;
	return true;
}

bool number_u64(const char *text, uint64_t *value)
{
	uint64_t parsed;

	if (!number_u64_next(&text, &parsed) || *text != '\0')
		return false;
	*value = parsed;
	return true;
}

bool number_i64(const char *text, int64_t *value)
{
	bool negative = *text == '-';
	uint64_t magnitude;

	if (!number_u64(negative ? text + 1 : text, &magnitude))
		return false;
	if (magnitude > (uint64_t) INT64_MAX + (negative ? 1 : 0))
		return false;
	*value = negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
	return true;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static bool scaled(const char *text, const struct unit *units, uint64_t *value)
{
	uint64_t count;

	if (!number_u64_next(&text, &count))
		return false;
	for (; units->name != NULL; units++) {
		if (strcmp(text, units->name) != 0)
			continue;
		if (__builtin_mul_overflow(count, units->factor, &count))
			return false;
		*value = count;
		return true;
	}
	return false;
}

bool number_bytes(const char *text, uint64_t *bytes)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "b", 1 },
		{ "B", 1 },
		{ "k", 1ULL << 10 },
		{ "K", 1ULL << 10 },
		{ "KB", 1ULL << 10 },
		{ "Ki", 1ULL << 10 },
		{ "KiB", 1ULL << 10 },
		{ "m", 1ULL << 20 },
		{ "M", 1ULL << 20 },
		{ "MB", 1ULL << 20 },
		{ "Mi", 1ULL << 20 },
		{ "MiB", 1ULL << 20 },
		{ "g", 1ULL << 30 },
		{ "G", 1ULL << 30 },
		{ "GB", 1ULL << 30 },
		{ "Gi", 1ULL << 30 },
		{ "GiB", 1ULL << 30 },
		{ "t", 1ULL << 40 },
		{ "T", 1ULL << 40 },
		{ "TB", 1ULL << 40 },
		{ "Ti", 1ULL << 40 },
		{ "TiB", 1ULL << 40 },
		{ NULL, 0 },
	};

	return scaled(text, units, bytes);
}

bool number_duration(const char *text, uint64_t *usec)
{
	static const struct unit units[] = {
		{ "us", 1 },	 { "ms", 1000 },	{ "s", 1000000 },
		{ "", 1000000 }, { "m", 60ULL * 1000000 }, { "h", 3600ULL * 1000000 },
		{ NULL, 0 },
	};

	return scaled(text, units, usec);
}
