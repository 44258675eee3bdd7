// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_TESTS_SCHEMA_H
#define WEIR_TESTS_SCHEMA_H

struct arena;
struct json;

/*
 * JSON schemas, draft 4, as far as those of tests/spec/schema use it: $ref, type, properties, patternProperties,
 * additionalProperties, required, items, enum, pattern, minimum, maximum, minItems, allOf, anyOf, oneOf. A
 * keyword beyond these ends the test: what is not looked at must not pass.
 */

/* "ok", or what is wrong and where, of `value` held against tests/spec/schema/FILE. Lives in the arena. */
const char *schema_says(struct arena *arena, const char *file, const struct json *value);

#endif
