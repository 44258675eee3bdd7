// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/schema.h"

#include <regex.h>
#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/json.h"
#include "tests/unit/configs.h"
#include "tests/unit/unit.h"

/* One schema, and the file that its "#/..." references are of. */
struct place {
	struct arena *arena;
	const char *file;
	const struct json *schema;
};

static const char *judge(struct place place, const struct json *value);

static const char *wrong(struct place place, const struct json *value, const char *what)
{
	char path[JSON_PATH_ROOM];

	return arena_printf(place.arena, "%s: %s", json_path(value, path), what);
}

static struct place inner(struct place place, const struct json *schema)
{
	place.schema = schema;
	return place;
}

/* "file.json#/a/b" or "#/a/b". */
static struct place follow(struct place place, const char *reference)
{
	const char *hash = strchr(reference, '#');
	char *cursor;
	char *step;

	CHECK(hash != NULL);
	if (hash != reference)
		place.file = arena_copy(place.arena, reference, (size_t) (hash - reference));
	place.schema = config_tree(place.arena, arena_printf(place.arena, "schema/%s", place.file));
	cursor = arena_string(place.arena, hash + 2);
	for (step = strtok_r(cursor, "/", &cursor); step != NULL;
	     step = strtok_r(NULL, "/", &cursor)) {
		place.schema = json_member(place.schema, step);
		CHECK(place.schema != NULL);
	}
	return place;
}

static bool is_type(const struct json *value, const char *type)
{
	static const struct {
		const char *name;
		enum json_type type;
	} types[] = {
		{ "null", JSON_NULL },	    { "boolean", JSON_BOOL },  { "integer", JSON_INTEGER },
		{ "number", JSON_INTEGER }, { "number", JSON_REAL },   { "string", JSON_STRING },
		{ "array", JSON_ARRAY },    { "object", JSON_OBJECT },
	};
	bool known = false;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].name, type) != 0)
			continue;
		known = true;
		if (types[i].type == value->type)
			return true;
	}
	CHECK(known);
	return false;
}

static bool matches(const char *string, const char *pattern)
{
	regex_t regex;
	bool found;

	CHECK(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) == 0);
	found = regexec(&regex, string, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static const char *judge_member(struct place place, const struct json *member)
{
	const struct json *known = json_member(place.schema, "properties");
	const struct json *patterns = json_member(place.schema, "patternProperties");
	const struct json *others = json_member(place.schema, "additionalProperties");
	const struct json *pattern;

	if (known != NULL && json_member(known, member->key) != NULL)
		return judge(inner(place, json_member(known, member->key)), member);
	for (pattern = patterns != NULL ? patterns->first : NULL; pattern != NULL;
	     pattern = pattern->next)
		if (matches(member->key, pattern->key))
			return judge(inner(place, pattern), member);
	if (others != NULL && others->type == JSON_BOOL && !others->boolean)
		return wrong(place, member, "not a property of the schema");
	if (others != NULL && others->type == JSON_OBJECT)
		return judge(inner(place, others), member);
	return NULL;
}

static const char *judge_object(struct place place, const struct json *value)
{
	const struct json *required = json_member(place.schema, "required");
	const struct json *name = required != NULL ? required->first : NULL;
	const struct json *member;
	const char *said = NULL;

	for (; name != NULL && value->type == JSON_OBJECT; name = name->next)
		if (json_member(value, name->string) == NULL)
			return wrong(place, value,
				     arena_printf(place.arena, "'%s' is missing", name->string));
	for (member = value->first; value->type == JSON_OBJECT && said == NULL && member != NULL;
	     member = member->next)
		said = judge_member(place, member);
	return said;
}

static const char *judge_array(struct place place, const struct json *value)
{
	const struct json *items = json_member(place.schema, "items");
	const struct json *least = json_member(place.schema, "minItems");
	const struct json *item;
	const char *said = NULL;

	if (value->type != JSON_ARRAY)
		return NULL;
	if (least != NULL && value->count < least->magnitude)
		return wrong(place, value, "too few items");
	for (item = value->first; items != NULL && said == NULL && item != NULL; item = item->next)
		said = judge(inner(place, items), item);
	return said;
}

static long double number_of(const struct json *value)
{
	long double magnitude = (long double) value->magnitude;

	/* The largest uint64_t is written as an integer, some limits of the schemas are not. */
	if (value->type == JSON_REAL)
		return strtold(value->string, NULL);
	return value->negative ? -magnitude : magnitude;
}

static const char *judge_scalar(struct place place, const struct json *value)
{
	const struct json *words = json_member(place.schema, "enum");
	const struct json *pattern = json_member(place.schema, "pattern");
	const struct json *least = json_member(place.schema, "minimum");
	const struct json *most = json_member(place.schema, "maximum");
	const struct json *word = words != NULL ? words->first : NULL;

	while (word != NULL && value->type == JSON_STRING &&
	       strcmp(word->string, value->string) != 0)
		word = word->next;
	if (words != NULL && word == NULL)
		return wrong(place, value, "not a word of the schema");
	if (pattern != NULL && value->type == JSON_STRING &&
	    !matches(value->string, pattern->string))
		return wrong(place, value, "does not match the pattern");
	if (value->type != JSON_INTEGER)
		return NULL;
	if (least != NULL && number_of(value) < number_of(least))
		return wrong(place, value, "too small");
	if (most != NULL && number_of(value) > number_of(most))
		return wrong(place, value, "too large");
	return NULL;
}

/* allOf, anyOf, oneOf. */
static const char *judge_choices(struct place place, const struct json *value)
{
	static const char *const keys[] = { "allOf", "anyOf", "oneOf" };
	size_t i;

	for (i = 0; i < 3; i++) {
		const struct json *choices = json_member(place.schema, keys[i]);
		const struct json *choice = choices != NULL ? choices->first : NULL;
		const char *said = NULL;
		size_t fit = 0;

		for (; choice != NULL; choice = choice->next) {
			const char *one = judge(inner(place, choice), value);

			fit += one == NULL;
			said = one != NULL ? one : said;
		}
		if (choices != NULL && (i == 0	 ? fit < choices->count
					: i == 1 ? fit == 0
						 : fit != 1))
			return said != NULL ? said : wrong(place, value, "fits more than one");
	}
	return NULL;
}

static void check_keywords(const struct json *schema)
{
	static const char *const known[] = { "$ref",	    "type",    "properties",
					     "required",    "items",   "patternProperties",
					     "enum",	    "pattern", "additionalProperties",
					     "minimum",	    "maximum", "minItems",
					     "allOf",	    "anyOf",   "oneOf",
					     "description", "$schema", "definitions" };
	const struct json *keyword;
	size_t i;

	for (keyword = schema->first; keyword != NULL; keyword = keyword->next) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcmp(keyword->key, known[i]) == 0)
				break;
		CHECK(i < sizeof(known) / sizeof(known[0]));
	}
}

static const char *judge(struct place place, const struct json *value)
{
	const struct json *reference = json_member(place.schema, "$ref");
	const struct json *type = json_member(place.schema, "type");
	const char *said;

	check_keywords(place.schema);
	if (reference != NULL)
		return judge(follow(place, reference->string), value);
	if (type != NULL && !is_type(value, type->string))
		return wrong(place, value,
			     arena_printf(place.arena, "not of type %s", type->string));
	said = judge_scalar(place, value);
	if (said == NULL)
		said = judge_object(place, value);
	if (said == NULL)
		said = judge_array(place, value);
	return said != NULL ? said : judge_choices(place, value);
}

const char *schema_says(struct arena *arena, const char *file, const struct json *value)
{
	struct place place = { .arena = arena, .file = file };
	const char *said;

	place.schema = config_tree(arena, arena_printf(arena, "schema/%s", file));
	said = judge(place, value);
	return said != NULL ? said : "ok";
}
