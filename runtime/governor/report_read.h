// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_REPORT_READ_H
#define WEIR_GOVERNOR_REPORT_READ_H

#include <stdbool.h>
#include <stdint.h>

struct json;

/* Members of a report that was read: it is a file, and any of them may be missing or of another type. */

/* NULL if it is no string. */
const char *report_string(const struct json *object, const char *key);

/* 0 if it is none. */
uint64_t report_number(const struct json *object, const char *key);
int64_t report_signed(const struct json *object, const char *key);
double report_double(const struct json *object, const char *key);
bool report_bool(const struct json *object, const char *key);

/* The text of a real, "1.234"; "?" if it is none. */
const char *report_real(const struct json *object, const char *key);

/* The first of an array's elements or an object's members; NULL if there is none. */
const struct json *report_first(const struct json *object, const char *key);

#endif
