// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "tests/unit/unit.h"

/* A text that may hold NULs, and what the reader must say of it. */
struct refusal {
	const char *text;
	size_t length; /* 0: up to the NUL */
	int number;
	const char *message;
};

#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct refusal refusals[] = {
	/* grammar, which yajl judges */
	{ BYTES(""), EINVAL, "line 1 column 1: parse error: premature EOF" },
	{ BYTES(" \n "), EINVAL, "line 2 column 2: parse error: premature EOF" },
	{ BYTES("{\"a\": 1"), EINVAL, "line 1 column 8: parse error: premature EOF" },
	{ BYTES("[1,]"), EINVAL,
	  "line 1 column 4: parse error: unallowed token at this point in JSON text" },
	{ BYTES("{\"a\":1,}"), EINVAL, NULL },
	{ BYTES("{'a':1}"), EINVAL, "line 1 column 2: lexical error: invalid char in json text." },
	{ BYTES("{a:1}"), EINVAL, NULL },
	{ BYTES("{\"a\" 1}"), EINVAL, NULL },
	{ BYTES("{1:1}"), EINVAL, NULL },
	{ BYTES("[1 2]"), EINVAL, NULL },
	{ BYTES("[01]"), EINVAL, NULL },
	{ BYTES("[+1]"), EINVAL, NULL },
	{ BYTES("[-]"), EINVAL, NULL },
	{ BYTES("[.5]"), EINVAL, NULL },
	{ BYTES("[5.]"), EINVAL, NULL },
	{ BYTES("[1e]"), EINVAL, NULL },
	{ BYTES("[0x10]"), EINVAL, NULL },
	{ BYTES("[NaN]"), EINVAL, NULL },
	{ BYTES("[Infinity]"), EINVAL, NULL },
	{ BYTES("[nul]"), EINVAL, NULL },
	{ BYTES("[TRUE]"), EINVAL, NULL },
	{ BYTES("[\"a]"), EINVAL, NULL },
	{ BYTES("[\"\\x\"]"), EINVAL, NULL },
	{ BYTES("[\"\\u12\"]"), EINVAL, NULL },
	{ BYTES("[\"\\u12G4\"]"), EINVAL, NULL },
	{ BYTES("[\"\\u"), EINVAL, NULL },
	{ BYTES("[\"\\ud83d\\"), EINVAL, NULL },
	{ BYTES("[\"a\tb\"]"), EINVAL, NULL },
	{ BYTES("[\"a\nb\"]"), EINVAL, NULL },
	{ BYTES("]"), EINVAL, NULL },
	/* what yajl could be talked into */
	{ BYTES("{} x"), EINVAL, "line 1 column 4: parse error: trailing garbage" },
	{ BYTES("{}{}"), EINVAL, NULL },
	{ BYTES("{} {}"), EINVAL, NULL },
	{ BYTES("1 2"), EINVAL, NULL },
	{ BYTES("// c\n{}"), EINVAL, NULL },
	{ BYTES("{/* c */}"), EINVAL, NULL },
	{ BYTES("{} // c"), EINVAL, NULL },
	{ BYTES("{}\0"), EINVAL, "line 1 column 3: a NUL character" },
	{ BYTES("[\"a\0b\"]"), EINVAL, "line 1 column 4: a NUL character" },
	{ BYTES("\v{}"), EINVAL, "line 1 column 1: a control character" },
	{ BYTES("{}\f"), EINVAL, "line 1 column 3: a control character" },
	{ BYTES("\xef\xbb\xbf{}"), EINVAL, "line 1 column 1: a byte order mark" },
	/* what strings may not hold */
	{ BYTES("[\"\\u0000\"]"), EINVAL, "line 1 column 3: a NUL character (\\u0000)" },
	{ BYTES("{\"process\\u0000x\":1}"), EINVAL, "line 1 column 10: a NUL character (\\u0000)" },
	{ BYTES("[\"\\ud800\"]"), EINVAL, "line 1 column 3: half of a surrogate pair" },
	{ BYTES("[\"\\ud800x\"]"), EINVAL, "line 1 column 3: half of a surrogate pair" },
	{ BYTES("[\"\\udc00\"]"), EINVAL, "line 1 column 3: half of a surrogate pair" },
	{ BYTES("[\"\\udc00\\udc00\"]"), EINVAL, "line 1 column 3: half of a surrogate pair" },
	{ BYTES("[\"\\ud800\\ud800\"]"), EINVAL, "line 1 column 3: half of a surrogate pair" },
	{ BYTES("[\"\\ud800\\u0041\"]"), EINVAL, "line 1 column 3: half of a surrogate pair" },
	{ BYTES("[\"\\ud800\\n\"]"), EINVAL, "line 1 column 3: half of a surrogate pair" },
	{ BYTES("[\"\\udbff\\u"), EINVAL, "line 1 column 3: half of a surrogate pair" },
	{ BYTES("{\"\\uDEAD\":1}"), EINVAL, "line 1 column 3: half of a surrogate pair" },
	{ BYTES("[\"\x80\"]"), EINVAL, "line 1 column 3: not UTF-8" },
	{ BYTES("[\"\xff\"]"), EINVAL, "line 1 column 3: not UTF-8" },
	{ BYTES("[\"\xc0\xaf\"]"), EINVAL, "line 1 column 3: not UTF-8" },
	{ BYTES("[\"\xc3\""), EINVAL, "line 1 column 3: not UTF-8" },
	{ BYTES("[\"\xe0\x80\xaf\"]"), EINVAL, "line 1 column 3: not UTF-8" },
	{ BYTES("[\"\xed\xa0\x80\"]"), EINVAL, "line 1 column 3: not UTF-8" },
	{ BYTES("[\"\xf0\x80\x80\x80\"]"), EINVAL, "line 1 column 3: not UTF-8" },
	{ BYTES("[\"\xf4\x90\x80\x80\"]"), EINVAL, "line 1 column 3: not UTF-8" },
	{ BYTES("[\"\xe2\x82"), EINVAL, "line 1 column 3: not UTF-8" },
	/* names */
	{ BYTES("{\"a\":1,\"b\":2,\"a\":3}"), EINVAL,
	  "line 1 column 16: /a: the name is used twice" },
	{ BYTES("{\"a\":{\n\"\":[],\n  \"\":0}}"), EINVAL,
	  "line 3 column 4: /a/: the name is used twice" },
	{ BYTES("{\"a\":1,\"\\u0061\":3}"), EINVAL,
	  "line 1 column 15: /a: the name is used twice" },
	{ BYTES("{\"\xc3\xa4\": \"\xc3\xa4\", \"\xc3\xa4\": 1}"), EINVAL, NULL },
};

TEST(what_is_not_strict_json_is_refused_with_its_place)
{
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *row = &refusals[i];
		const struct json *root = NULL;
		auto_arena struct arena arena = { 0 };
		struct err err = { 0 };

		CHECK_NUMBER(json_parse(&arena, row->text, row->length, &root, &err), -row->number);
		CHECK(root == NULL && err.number == row->number);
		CHECK(strchr(err.text, '\n') == NULL && text_starts(err.text, "line "));
		if (row->message != NULL)
			CHECK_STRING(err.text, row->message);
		CHECK_NUMBER(json_parse(&arena, row->text, row->length, &root, NULL), -row->number);
	}
}

static const struct json *parse(struct arena *arena, const char *text)
{
	const struct json *root = NULL;
	struct err err = { 0 };

	if (json_parse(arena, text, strlen(text), &root, &err) != 0)
		fprintf(stderr, "%s\n", err.text);
	CHECK(root != NULL);
	return root;
}

TEST(a_document_becomes_a_tree_in_the_order_written)
{
	auto_arena struct arena arena = { 0 };
	const struct json *root = parse(
		&arena, " {\"b\": [true, null, \"x\\u00e4\\ud83d\\ude00/\\/\"], \"a\": {}}\r\n");
	const struct json *list = json_member(root, "b");

	CHECK(root->type == JSON_OBJECT && root->count == 2 && root->parent == NULL);
	CHECK(list == root->first && list->type == JSON_ARRAY && list->count == 3);
	CHECK(list->first->boolean && list->first->key == NULL);
	CHECK(list->first->next->type == JSON_NULL && list->first->next->index == 1);
	CHECK_STRING(list->first->next->next->string, "x\xc3\xa4\xf0\x9f\x98\x80//");
	CHECK_NUMBER(list->first->next->next->length, 9);
	CHECK(list->first->next->next->next == NULL && list->next == json_member(root, "a"));
	CHECK_STRING(list->next->key, "a");
	CHECK(json_member(root, "c") == NULL && json_member(list, "c") == NULL);
	CHECK(json_member(NULL, "c") == NULL);
}

TEST(only_integers_that_fit_64_bits_are_integers)
{
	auto_arena struct arena arena = { 0 };
	const struct json *value =
		parse(&arena, "[0, -0, 18446744073709551615, -9223372036854775808,"
			      "18446744073709551616, -9223372036854775809, 1.0, 1e3, 1E400, -1]")
			->first;
	int64_t i64 = 7;
	uint64_t u64 = 7;

	CHECK(json_i64(value, &i64) && i64 == 0 && json_u64(value, &u64) && u64 == 0);
	value = value->next;
	CHECK(value->type == JSON_INTEGER && !value->negative && json_u64(value, &u64));
	value = value->next;
	CHECK(json_u64(value, &u64) && u64 == UINT64_MAX && !json_i64(value, &i64) && i64 == 0);
	value = value->next;
	CHECK(json_i64(value, &i64) && i64 == INT64_MIN && !json_u64(value, &u64));
	for (value = value->next; value->index < 9; value = value->next)
		CHECK(value->type == JSON_REAL && !json_i64(value, &i64) && !json_u64(value, &u64));
	CHECK(json_i64(value, &i64) && i64 == -1 && u64 == UINT64_MAX);
	CHECK_STRING(value->parent->first->next->next->next->next->string, "18446744073709551616");
	CHECK(!json_i64(NULL, &i64) && !json_u64(value->parent, &u64));
}

TEST(a_place_is_a_json_pointer)
{
	auto_arena struct arena arena = { 0 };
	const struct json *root = parse(&arena, "{\"a/b~\": [0, {\"\": 1, \"n\\nl\": 2}]}");
	const struct json *object = root->first->first->next;
	char room[JSON_PATH_ROOM];

	CHECK_STRING(json_path(root, room), "/");
	CHECK_STRING(json_path(root->first, room), "/a~1b~0");
	CHECK_STRING(json_path(object, room), "/a~1b~0/1");
	CHECK_STRING(json_path(object->first, room), "/a~1b~0/1/");
	CHECK_STRING(json_path(object->first->next, room), "/a~1b~0/1/n?l");
}

TEST(a_long_place_is_cut_at_its_front)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text text = { 0 };
	char room[JSON_PATH_ROOM];
	const struct json *root;
	size_t length;

	for (length = JSON_PATH_ROOM - 8; length < JSON_PATH_ROOM + 8; length++) {
		text_free(&text);
		text_add(&text, "{\"");
		while (text.length < length)
			text_add(&text, "k");
		text_add(&text, "\":[0]}");
		root = parse(&arena, text_string(&text));
		json_path(root->first->first, room);
		CHECK(strlen(room) < JSON_PATH_ROOM && text_ends(room, "k/0"));
		CHECK(text_starts(room, "/k") == (length - 2 + 3 < JSON_PATH_ROOM));
		CHECK(text_starts(room, "/k") || text_starts(room, "..."));
	}
}

static void add_many(struct text *text, const char *piece, size_t count)
{
	while (count-- > 0)
		text_add(text, piece);
}

static int parse_text(const struct text *text, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	const struct json *root;

	CHECK(text_ok(text));
	return json_parse(&arena, text_string(text), text->length, &root, err);
}

/* Processor time: what else runs on the machine is not this test's business. */
static uint64_t used_usec(void)
{
	struct timespec used;

	CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0);
	return (uint64_t) used.tv_sec * 1000000 + (uint64_t) used.tv_nsec / 1000;
}

TEST(depth_is_limited_and_a_million_brackets_are_refused_at_once)
{
	uint64_t before;
	size_t depth;

	for (depth = JSON_DEPTH; depth <= JSON_DEPTH + 1; depth++) {
		auto_text struct text text = { 0 };
		struct err err = { 0 };

		add_many(&text, "[", depth);
		add_many(&text, "]", depth);
		CHECK_NUMBER(parse_text(&text, &err), depth == JSON_DEPTH ? 0 : -E2BIG);
		if (depth > JSON_DEPTH)
			CHECK_STRING(err.text, "line 1 column 65: nested deeper than 64 levels");
	}
	auto_text struct text deep = { 0 };
	struct err err = { 0 };

	add_many(&deep, "[", 1500000);
	add_many(&deep, "]", 1500000);
	before = used_usec();
	CHECK_NUMBER(parse_text(&deep, &err), -E2BIG);
	CHECK(used_usec() - before < 100000);
}

TEST(values_and_bytes_are_limited)
{
	auto_text struct text values = { 0 };
	auto_text struct text bytes = { 0 };
	struct err err = { 0 };

	text_add(&values, "[0");
	add_many(&values, ",0", JSON_NODES - 2);
	text_add(&values, "]");
	CHECK_NUMBER(parse_text(&values, &err), 0);
	values.length--;
	text_add(&values, ",0]");
	CHECK_NUMBER(parse_text(&values, &err), -E2BIG);
	CHECK(text_ends(err.text, ": more than 1000000 values"));
	text_add(&bytes, "{}");
	add_many(&bytes, " ", JSON_BYTES - 2);
	CHECK_NUMBER(parse_text(&bytes, &err), 0);
	text_add(&bytes, " ");
	CHECK_NUMBER(parse_text(&bytes, &err), -E2BIG);
	CHECK_STRING(err.text, "larger than 16 MiB");
}

TEST(the_longest_escaped_string_fits)
{
	auto_text struct text text = { 0 };
	struct err err = { 0 };

	text_add(&text, "[\"\\n");
	add_many(&text, "x", JSON_BYTES - 6);
	text_add(&text, "\"]");
	CHECK_NUMBER(text.length, JSON_BYTES);
	CHECK_NUMBER(parse_text(&text, &err), 0);
	text.length -= 3;
	CHECK_NUMBER(parse_text(&text, &err), -EINVAL);
}

TEST(a_large_object_is_searched_for_doubles_in_near_linear_time)
{
	auto_text struct text text = { 0 };
	struct err err = { 0 };
	uint64_t before;
	size_t i;

	text_add(&text, "{\"k0\":0");
	for (i = 1; i < 200000; i++)
		text_addf(&text, ",\"k%zu\":0", i);
	text_add(&text, "}");
	before = used_usec();
	CHECK_NUMBER(parse_text(&text, &err), 0);
	CHECK(used_usec() - before < 2000000);
	text.length--;
	text_add(&text, ",\"k777\":0}");
	CHECK_NUMBER(parse_text(&text, &err), -EINVAL);
	CHECK(text_ends(err.text, ": /k777: the name is used twice"));
}

UNIT_MAIN(UNIT_TEST(what_is_not_strict_json_is_refused_with_its_place),
	  UNIT_TEST(a_document_becomes_a_tree_in_the_order_written),
	  UNIT_TEST(only_integers_that_fit_64_bits_are_integers),
	  UNIT_TEST(a_place_is_a_json_pointer), UNIT_TEST(a_long_place_is_cut_at_its_front),
	  UNIT_TEST(depth_is_limited_and_a_million_brackets_are_refused_at_once),
	  UNIT_TEST(values_and_bytes_are_limited), UNIT_TEST(the_longest_escaped_string_fits),
	  UNIT_TEST(a_large_object_is_searched_for_doubles_in_near_linear_time))
