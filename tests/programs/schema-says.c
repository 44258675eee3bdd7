// SPDX-License-Identifier: Apache-2.0
/*
 * schema-says SCHEMA: what tests/spec/schema/SCHEMA says of the JSON on standard input: "ok", or what is wrong.
 * Should: let a shell script hold what weir prints against the specification's schemas.
 * Must not: be lenient: input that our strict reader refuses is wrong.
 */
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "tests/unit/schema.h"
#include "tests/unit/unit.h"

int main(int argc, char **argv)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text text = { 0 };
	const struct json *tree = NULL;
	struct err err = { 0 };
	const char *said;
	char bytes[4096];
	ssize_t got;

	while ((got = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		text_add_bytes(&text, bytes, (size_t) got);
	if (argc != 2)
		return 2;
	said = json_parse(&arena, text_string(&text), text.length, &tree, &err) < 0
		       ? err.text
		       : schema_says(&arena, argv[1], tree);
	puts(said);
	return strcmp(said, "ok") == 0 ? 0 : 1;
}
