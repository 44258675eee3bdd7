// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_TESTS_CONFIGS_H
#define WEIR_TESTS_CONFIGS_H

#include <stddef.h>

struct arena;
struct json;
struct spec;
struct text;

/* Configs for tests of spec/: read from tests/spec/, or one changed at one place. */

/* The text of tests/spec/NAME; owned by the arena. Ends the test if there is none. */
const char *config_file(struct arena *arena, const char *name);

/* The same as a tree. */
const struct json *config_tree(struct arena *arena, const char *name);

/* Writes `tree` with the value at `path` (a JSON pointer) replaced by `json`; objects and items on
 * the way that are not there are added. "-" instead of a value leaves the member out. */
void config_write(struct text *text, const struct json *tree, const char *path, const char *json);

/* What spec_parse() says of the text: "ok", with the result in *spec (may be NULL), or the error.
 * The answer is owned by the arena. */
const char *config_says(struct arena *arena, const char *text, struct spec *spec);

#endif
