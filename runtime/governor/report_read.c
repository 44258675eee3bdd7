// SPDX-License-Identifier: Apache-2.0
/*
 * Members of a report.
 * Should: take what is not there for nothing.
 * Must not: know what any of it means.
 */
#include "runtime/governor/report_read.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/base/json.h"

const char *report_string(const struct json *object, const char *key)
{
	const struct json *value = json_member(object, key);

	return value != NULL && value->type == JSON_STRING ? value->string : NULL;
}

uint64_t report_number(const struct json *object, const char *key)
{
	uint64_t number = 0;

	return json_u64(json_member(object, key), &number) ? number : 0;
}

int64_t report_signed(const struct json *object, const char *key)
{
	int64_t number = 0;

	return json_i64(json_member(object, key), &number) ? number : 0;
}

double report_double(const struct json *object, const char *key)
{
	const struct json *value = json_member(object, key);
	double real = 0;

	if (value != NULL && value->type == JSON_REAL)
		real = strtod(value->string, NULL);
	else if (value != NULL && value->type == JSON_INTEGER)
		real = (value->negative ? -1.0 : 1.0) * (double) value->magnitude;
	return isfinite(real) ? real : 0;
}

bool report_bool(const struct json *object, const char *key)
{
	const struct json *value = json_member(object, key);

	return value != NULL && value->type == JSON_BOOL && value->boolean;
}

const char *report_real(const struct json *object, const char *key)
{
	const struct json *value = json_member(object, key);

	return value != NULL && value->type == JSON_REAL ? value->string : "?";
}

const struct json *report_first(const struct json *object, const char *key)
{
	const struct json *value = json_member(object, key);

	return value != NULL ? value->first : NULL;
}
