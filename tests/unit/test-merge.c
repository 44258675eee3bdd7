// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/emit.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/merge.h"
#include "tests/unit/unit.h"

/* The resources of a merged config, on one line. */
static void merged(const char *kept, const char *asked, struct text *out)
{
	struct arena arena = { 0 };
	struct text both[2] = { { 0 }, { 0 } };
	auto_text struct text result = { 0 };
	const struct json *trees[2];
	const struct json *json;
	struct emit emit;
	size_t i;

	text_addf(&both[0], "{\"a\": 1, \"linux\": {\"b\": -2.5, \"resources\": %s}}", kept);
	text_addf(&both[1], "{\"linux\": {\"resources\": %s}}", asked);
	for (i = 0; i < 2; i++)
		CHECK_NUMBER(
			json_parse(&arena, text_string(&both[i]), both[i].length, &trees[i], NULL),
			0);
	merge_config(trees[0], trees[1], &result);
	CHECK_NUMBER(json_parse(&arena, text_string(&result), result.length, &json, NULL), 0);
	CHECK(json_member(json, "a") != NULL);
	CHECK_STRING(json_member(json_member(json, "linux"), "b")->string, "-2.5");
	emit_open(&emit, false);
	emit_json(&emit, NULL, json_member(json_member(json, "linux"), "resources"));
	text_add(out, emit_text(&emit));
	emit_close(&emit);
	for (i = 0; i < 2; i++)
		text_free(&both[i]);
	arena_free(&arena);
}

TEST(an_update_changes_what_it_names)
{
	static const struct {
		const char *kept, *asked, *merged;
	} cases[] = {
		{ "{}", "{\"memory\": {\"limit\": 5}}", "{\"memory\":{\"limit\":5}}" },
		{ "{\"memory\": {\"limit\": 5, \"swap\": 7}, \"cpu\": {\"shares\": 2}}",
		  "{\"memory\": {\"limit\": -1}}",
		  "{\"memory\":{\"limit\":-1,\"swap\":7},\"cpu\":{\"shares\":2}}" },
		/* zeros of engines, but for those that are values */
		{ "{\"memory\": {\"limit\": 5}}",
		  "{\"memory\": {\"limit\": 0}, \"cpu\": {\"shares\": 0, \"cpus\": \"\"}}",
		  "{\"memory\":{\"limit\":5},\"cpu\":{}}" },
		{ "{\"cpu\": {\"burst\": 5, \"idle\": 1}, \"pids\": {\"limit\": 3}}",
		  "{\"cpu\": {\"burst\": 0, \"idle\": 0}, \"pids\": {\"limit\": 0}}",
		  "{\"cpu\":{\"burst\":0,\"idle\":0},\"pids\":{\"limit\":0}}" },
		{ "{\"devices\": [1, 2]}", "{\"devices\": null}", "{\"devices\":[1,2]}" },
		{ "{\"devices\": [1, 2]}", "{\"devices\": []}", "{\"devices\":[1,2]}" },
		/* a list is replaced, a list of limits is merged */
		{ "{\"devices\": [1, 2]}", "{\"devices\": [3]}", "{\"devices\":[3]}" },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 1}, "
		  "{\"pageSize\": \"1GB\", \"limit\": 2}]}",
		  "{\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 0}]}",
		  "{\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":2},"
		  "{\"pageSize\":\"2MB\",\"limit\":0}]}" },
		{ "{\"blockIO\": {\"weight\": 5, \"throttleReadBpsDevice\": [{\"major\": 8, \"minor\": 0, "
		  "\"rate\": 1}, {\"major\": 8, \"minor\": 1, \"rate\": 1}]}}",
		  "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": 8, \"minor\": 1, \"rate\": 9}]}}",
		  "{\"blockIO\":{\"weight\":5,\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,"
		  "\"rate\":1},{\"major\":8,\"minor\":1,\"rate\":9}]}}" },
		/* a file of `unified` gives way to the property that stands for it */
		{ "{\"unified\": {\"memory.max\": \"1\", \"memory.high\": \"2\"}}",
		  "{\"memory\": {\"limit\": 5}}",
		  "{\"unified\":{\"memory.high\":\"2\"},\"memory\":{\"limit\":5}}" },
		{ "{\"unified\": {\"memory.max\": \"1\"}}", "{\"memory\": {\"limit\": 0}}",
		  "{\"unified\":{\"memory.max\":\"1\"},\"memory\":{}}" },
		{ "{\"unified\": {\"memory.max\": \"1\"}}",
		  "{\"memory\": {\"limit\": 5}, \"unified\": {\"memory.max\": \"7\", \"io.max\": \"\"}}",
		  "{\"unified\":{\"memory.max\":\"7\",\"io.max\":\"\"},\"memory\":{\"limit\":5}}" },
		/* a wrong type is left for the reader of configs to refuse */
		{ "{\"memory\": {\"limit\": 5}}", "{\"memory\": [3]}", "{\"memory\":[3]}" },
		{ "{\"memory\": null}", "{\"memory\": {\"limit\": \"x\"}}",
		  "{\"memory\":{\"limit\":\"x\"}}" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_text struct text seen = { 0 };

		merged(cases[i].kept, cases[i].asked, &seen);
		CHECK_STRING(text_string(&seen), cases[i].merged);
	}
}

TEST(an_update_of_nothing_changes_nothing)
{
	auto_text struct text seen = { 0 };

	merged("{\"memory\": {\"limit\": 5}, \"unified\": {\"a.b\": \"1\"}}", "{}", &seen);
	CHECK_STRING(text_string(&seen), "{\"memory\":{\"limit\":5},\"unified\":{\"a.b\":\"1\"}}");
}

UNIT_MAIN(UNIT_TEST(an_update_changes_what_it_names),
	  UNIT_TEST(an_update_of_nothing_changes_nothing))
