// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "spec/shapes.h"
#include "tests/unit/configs.h"
#include "tests/unit/unit.h"

/* A row met on the way through all shapes: where it is in a config, and a config that holds only
 * it: `head`, its value, `tail`. */
struct met {
	struct arena *arena;
	const struct shape *shape;
	const struct field *field;
	const char *path;
	const char *head;
	const char *tail;
};

typedef size_t visit_row(const struct met *met); /* how many things it has checked */

static size_t walk(const struct shape *shape, const struct met *above, visit_row *visit)
{
	size_t checked = 0;
	size_t i;

	for (i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		struct arena *arena = above->arena;
		struct met met = { .arena = arena, .shape = shape, .field = field };
		struct met inner = { .arena = arena };

		met.path = arena_printf(arena, "%s/%s", above->path, field->name);
		met.head = arena_printf(arena, "%s{\"%s\":", above->head, field->name);
		met.tail = arena_printf(arena, "}%s", above->tail);
		checked += visit(&met);
		if (field->shape == NULL)
			continue;
		inner = met;
		if (field->kind == FIELD_LIST) {
			inner.path = arena_printf(arena, "%s/0", met.path);
			inner.head = arena_printf(arena, "%s[", met.head);
			inner.tail = arena_printf(arena, "]%s", met.tail);
		} else if (field->kind == FIELD_NAMED) {
			inner.path = arena_printf(arena, "%s/n", met.path);
			inner.head = arena_printf(arena, "%s{\"n\":", met.head);
			inner.tail = arena_printf(arena, "}%s", met.tail);
		}
		checked += walk(field->shape, &inner, visit);
	}
	return checked;
}

static size_t walk_all(visit_row *visit)
{
	auto_arena struct arena arena = { 0 };
	struct met top = { .arena = &arena, .path = "", .head = "", .tail = "" };

	return walk(&shape_spec, &top, visit);
}

/* What spec_parse() says of a config that holds only this row, with `value`. */
static const char *says(const struct met *met, const char *value)
{
	return config_says(met->arena,
			   arena_printf(met->arena, "%s%s%s", met->head, value, met->tail), NULL);
}

static const enum json_type types[] = {
	[FIELD_STRING] = JSON_STRING,	    [FIELD_BOOL] = JSON_BOOL,
	[FIELD_BOOL_IF_SET] = JSON_BOOL,    [FIELD_INT] = JSON_INTEGER,
	[FIELD_INT_IF_SET] = JSON_INTEGER,  [FIELD_UINT] = JSON_INTEGER,
	[FIELD_UINT_IF_SET] = JSON_INTEGER, [FIELD_WORD] = JSON_STRING,
	[FIELD_STRINGS] = JSON_ARRAY,	    [FIELD_NUMBERS] = JSON_ARRAY,
	[FIELD_WORDS] = JSON_ARRAY,	    [FIELD_OBJECT] = JSON_OBJECT,
	[FIELD_POINTER] = JSON_OBJECT,	    [FIELD_LIST] = JSON_ARRAY,
	[FIELD_PAIRS] = JSON_OBJECT,	    [FIELD_NAMED] = JSON_OBJECT,
};

static const struct sample {
	enum json_type type;
	const char *text;
	const char *name;
} samples[] = {
	{ JSON_NULL, "null", "null" },	      { JSON_BOOL, "true", "a boolean" },
	{ JSON_INTEGER, "1", "an integer" },  { JSON_REAL, "1.5", "1.5" },
	{ JSON_STRING, "\"1\"", "a string" }, { JSON_ARRAY, "[]", "an array" },
	{ JSON_OBJECT, "{}", "an object" },
};

static const char *const expected_names[] = {
	[JSON_BOOL] = "a boolean", [JSON_INTEGER] = "an integer", [JSON_STRING] = "a string",
	[JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
};

static size_t refuses_wrong_types(const struct met *met)
{
	enum json_type right = types[met->field->kind];
	size_t checked = 0;
	size_t i;

	if (met->field->kind == FIELD_IGNORED)
		return 0;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *sample = &samples[i];
		bool null_is_absent = right == JSON_ARRAY || right == JSON_OBJECT;
		const char *found = sample->name;
		const char *expected = expected_names[right];

		if (sample->type == right || (sample->type == JSON_NULL && null_is_absent))
			continue;
		if (sample->type == JSON_REAL && right == JSON_INTEGER)
			expected = "a 64-bit integer";
		else if (sample->type == JSON_REAL)
			found = "a number that is no 64-bit integer";
		CHECK_STRING(says(met, sample->text),
			     arena_printf(met->arena, "%s: expected %s, found %s", met->path,
					  expected, found));
		checked++;
	}
	return checked;
}

TEST(every_row_refuses_every_wrong_type_at_its_path)
{
	CHECK(walk_all(refuses_wrong_types) > 1000);
}

static size_t refuses_wrong_items(const struct met *met)
{
	const char *value = met->field->kind == FIELD_NUMBERS ? "[\"1\"]" : "[1]";
	const char *place = "0";
	const char *complaint = "expected a string, found an integer";

	switch (met->field->kind) {
	case FIELD_NUMBERS:
		complaint = "expected an integer, found a string";
		break;
	case FIELD_LIST:
		complaint = "expected an object, found an integer";
		break;
	case FIELD_NAMED:
		complaint = "expected an object, found an integer";
		__attribute__((fallthrough));
	case FIELD_PAIRS:
		value = "{\"k\":1}";
		place = "k";
		break;
	case FIELD_STRINGS:
	case FIELD_WORDS:
		break;
	default:
		return 0;
	}
	CHECK_STRING(says(met, value),
		     arena_printf(met->arena, "%s/%s: %s", met->path, place, complaint));
	return 1;
}

TEST(every_list_refuses_a_wrong_item_at_its_path)
{
	CHECK(walk_all(refuses_wrong_items) > 50);
}

static bool is_number(enum field_kind kind)
{
	return types[kind] == JSON_INTEGER || kind == FIELD_NUMBERS;
}

static size_t refuses_numbers_out_of_range(const struct met *met)
{
	const struct field *field = met->field;
	const char *items = field->kind == FIELD_NUMBERS ? "/0" : "";
	const char *wrong[2] = { NULL, NULL };
	size_t checked = 0;
	size_t i;

	if (field->kind == FIELD_IGNORED || !is_number(field->kind))
		return 0;
	CHECK(field->min <= 0 || (uint64_t) field->min <= field->max);
	if (field->min > INT64_MIN)
		wrong[0] = arena_printf(met->arena, "%" PRId64, field->min - 1);
	if (field->max < UINT64_MAX)
		wrong[1] = arena_printf(met->arena, "%" PRIu64, field->max + 1);
	for (i = 0; i < 2; i++) {
		if (wrong[i] == NULL)
			continue;
		CHECK_STRING(says(met, field->kind == FIELD_NUMBERS
					       ? arena_printf(met->arena, "[%s]", wrong[i])
					       : wrong[i]),
			     arena_printf(met->arena,
					  "%s%s: %s is out of range (%" PRId64 " to %" PRIu64 ")",
					  met->path, items, wrong[i], field->min, field->max));
		checked++;
	}
	return checked;
}

TEST(every_number_has_a_range_that_is_kept)
{
	CHECK(walk_all(refuses_numbers_out_of_range) > 90);
}

static size_t takes_its_words(const struct met *met)
{
	const struct word *word = met->field->words;
	bool list = met->field->kind == FIELD_WORDS;
	size_t checked = 0;

	if (word == NULL)
		return 0;
	CHECK(list || met->field->kind == FIELD_WORD);
	for (; word->word != NULL; word++, checked++)
		CHECK(strstr(says(met, arena_printf(met->arena, "%s\"%s\"%s", list ? "[" : "",
						    word->word, list ? "]" : "")),
			     "unknown value") == NULL);
	CHECK_STRING(says(met, list ? "[\"no such\"]" : "\"no such\""),
		     arena_printf(met->arena, "%s%s: unknown value 'no such'", met->path,
				  list ? "/0" : ""));
	return checked;
}

TEST(every_word_row_takes_its_words_and_no_other)
{
	CHECK(walk_all(takes_its_words) > 100);
}

static bool is_string(enum field_kind kind)
{
	return kind == FIELD_STRING || kind == FIELD_STRINGS;
}

/* What is said of `string` as the row's value, or as the only item of it. */
static const char *says_of_string(const struct met *met, const char *string)
{
	bool list = met->field->kind == FIELD_STRINGS;

	return says(met, arena_printf(met->arena, "%s\"%s\"%s", list ? "[" : "", string,
				      list ? "]" : ""));
}

static const char *expected_of_string(const struct met *met, const char *complaint)
{
	return arena_printf(met->arena, "%s%s: %s", met->path,
			    met->field->kind == FIELD_STRINGS ? "/0" : "", complaint);
}

static size_t refuses_relative_paths(const struct met *met)
{
	if ((met->field->flags & FIELD_ABSOLUTE) == 0)
		return 0;
	CHECK(is_string(met->field->kind));
	CHECK_STRING(says_of_string(met, "a/b"),
		     expected_of_string(met, "'a/b' is not an absolute path"));
	return 1;
}

TEST(every_row_of_absolute_paths_refuses_a_relative_one)
{
	CHECK(walk_all(refuses_relative_paths) >= 10);
}

static size_t refuses_long_strings(const struct met *met)
{
	const struct field *field = met->field;
	char *string;

	if (!is_string(field->kind) || field->max == 0)
		return 0;
	string = arena_alloc(met->arena, field->max + 2);
	CHECK(string != NULL);
	memset(string, 'x', field->max + 1);
	CHECK_STRING(
		says_of_string(met, string),
		expected_of_string(met, arena_printf(met->arena, "longer than %" PRIu64 " bytes",
						     field->max)));
	return 1;
}

TEST(every_string_with_a_length_keeps_it)
{
	CHECK(walk_all(refuses_long_strings) >= 3);
}

static size_t refuses_nothing_where_something_must_be(const struct met *met)
{
	const struct field *field = met->field;

	if ((field->flags & FIELD_FILLED) != 0)
		CHECK_STRING(says(met, "[]"), arena_printf(met->arena, "%s: empty", met->path));
	else if (field->kind == FIELD_STRING && (field->flags & FIELD_REQUIRED) != 0)
		CHECK_STRING(says(met, "\"\""), arena_printf(met->arena, "%s: empty", met->path));
	else
		return 0;
	return 1;
}

TEST(every_row_that_must_hold_something_refuses_nothing)
{
	CHECK(walk_all(refuses_nothing_where_something_must_be) >= 15);
}

static const struct field *first_required(const struct shape *shape)
{
	size_t i;

	for (i = 0; i < shape->count; i++)
		if ((shape->fields[i].flags & FIELD_REQUIRED) != 0)
			return &shape->fields[i];
	return NULL;
}

/* An empty object: the first property that it has to have is named. */
static size_t misses_what_is_required(const struct met *met)
{
	const struct field *field = met->field;
	const struct field *required = field->shape != NULL ? first_required(field->shape) : NULL;
	const char *value = "{}";
	const char *item = "";

	/* Where objects are refused as such, an empty one asks for nothing. */
	if (required == NULL || field->refused != NULL || (field->flags & FIELD_NOT_YET) != 0)
		return 0;
	if (field->kind == FIELD_LIST) {
		value = "[{}]";
		item = "/0";
	} else if (field->kind == FIELD_NAMED) {
		value = "{\"n\":{}}";
		item = "/n";
	}
	CHECK_STRING(says(met, value), arena_printf(met->arena, "%s%s/%s: required, but missing",
						    met->path, item, required->name));
	return 1;
}

TEST(every_object_names_what_it_misses)
{
	CHECK(walk_all(misses_what_is_required) >= 20);
}

/* The rows without a wrong type: everything else has been given each of them above. */
static size_t is_of_another_platform(const struct met *met)
{
	static const char *const others[] = {
		"/freebsd",
		"/solaris",
		"/vm",
		"/windows",
		"/zos",
		"/process/commandLine",
		"/process/user/username",
	};
	size_t i;

	if (met->field->kind != FIELD_IGNORED)
		return 0;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i], met->path) == 0)
			return 1;
	fprintf(stderr, "not read: %s\n", met->path);
	CHECK(i < sizeof(others) / sizeof(others[0]));
	return 0;
}

TEST(only_properties_of_other_platforms_are_not_read)
{
	CHECK_NUMBER(walk_all(is_of_another_platform), 7);
}

static size_t is_well_made(const struct met *met)
{
	const struct field *field = met->field;
	const struct field *other = met->shape->fields;

	CHECK(field->shape == NULL || field->size == field->shape->size);
	CHECK((field->shape != NULL) ==
	      (field->kind == FIELD_OBJECT || field->kind == FIELD_POINTER ||
	       field->kind == FIELD_LIST || field->kind == FIELD_NAMED));
	CHECK(field->kind == FIELD_IGNORED || field->place < met->shape->size);
	for (; other < field; other++) {
		CHECK(strcmp(other->name, field->name) != 0);
		CHECK(other->place != field->place || field->kind == FIELD_IGNORED ||
		      other->kind == FIELD_IGNORED);
	}
	return 1;
}

TEST(rows_have_names_and_places_of_their_own)
{
	CHECK(walk_all(is_well_made) > 200);
}

/* The row of a path of properties.txt, followed from `shape`; NULL if there is none. */
static const struct field *row_of(const struct shape *shape, char *path)
{
	const struct field *field = NULL;
	char *cursor = path + 1;
	char *step;

	while ((step = text_next(&cursor, '/')) != NULL) {
		size_t i;

		if (strcmp(step, "*") == 0) {
			if (field == NULL ||
			    (field->kind != FIELD_LIST && field->kind != FIELD_NAMED))
				return NULL;
			continue;
		}
		if (field != NULL)
			shape = field->shape;
		field = NULL;
		for (i = 0; shape != NULL && i < shape->count; i++)
			if (strcmp(shape->fields[i].name, step) == 0)
				field = &shape->fields[i];
		if (field == NULL)
			return NULL;
	}
	return field;
}

TEST(every_property_of_the_schema_has_a_row)
{
	auto_arena struct arena arena = { 0 };
	char *cursor = arena_string(&arena, config_file(&arena, "properties.txt"));
	size_t properties = 0;
	size_t missing = 0;
	char *line;

	while ((line = text_next(&cursor, '\n')) != NULL) {
		const char *path = arena_string(&arena, line);

		if (line[0] != '/')
			continue;
		properties++;
		if (row_of(&shape_spec, line) == NULL) {
			fprintf(stderr, "no row: %s\n", path);
			missing++;
		}
	}
	CHECK(properties >= 228);
	CHECK_NUMBER(missing, 0);
}

UNIT_MAIN(UNIT_TEST(every_row_refuses_every_wrong_type_at_its_path),
	  UNIT_TEST(every_list_refuses_a_wrong_item_at_its_path),
	  UNIT_TEST(every_number_has_a_range_that_is_kept),
	  UNIT_TEST(every_word_row_takes_its_words_and_no_other),
	  UNIT_TEST(every_row_of_absolute_paths_refuses_a_relative_one),
	  UNIT_TEST(every_string_with_a_length_keeps_it),
	  UNIT_TEST(every_row_that_must_hold_something_refuses_nothing),
	  UNIT_TEST(every_object_names_what_it_misses),
	  UNIT_TEST(only_properties_of_other_platforms_are_not_read),
	  UNIT_TEST(rows_have_names_and_places_of_their_own),
	  UNIT_TEST(every_property_of_the_schema_has_a_row))
