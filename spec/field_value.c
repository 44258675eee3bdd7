// SPDX-License-Identifier: Apache-2.0
/*
 * Reading one value into its place.
 * Should: be exact: the right type, in range, a word of the table.
 * Must not: know any property by name.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "spec/field.h"
#include "spec/spec.h"

/* What all the lists of spec.h look like. */
struct any_list {
	void *items;
	size_t count;
};

static int expect(struct loading *loading, enum json_type type, const struct json *value)
{
	if (value->type == type)
		return 0;
	if (value->type == JSON_REAL && type == JSON_INTEGER)
		return field_refuse(loading, value, "expected a 64-bit integer, found %.40s",
				    value->string);
	return field_refuse(loading, value, "expected %s, found %s", json_type_name(type),
			    json_type_name(value->type));
}

static bool is_in_range(const struct field *field, const struct json *value)
{
	if (value->negative)
		return field->min < 0 && value->magnitude <= -(uint64_t) field->min;
	return value->magnitude <= field->max &&
	       (field->min <= 0 || value->magnitude >= (uint64_t) field->min);
}

static int expect_in_range(struct loading *loading, const struct field *field,
			   const struct json *value)
{
	int result = expect(loading, JSON_INTEGER, value);

	if (result < 0 || is_in_range(field, value))
		return result;
	return field_refuse(loading, value,
			    "%s%" PRIu64 " is out of range (%" PRId64 " to %" PRIu64 ")",
			    value->negative ? "-" : "", value->magnitude, field->min, field->max);
}

/* Only of a value that is in range. */
static int64_t signed_value(const struct json *value)
{
	int64_t number = 0;

	json_i64(value, &number);
	return number;
}

static int load_int(struct loading *loading, const struct field *field, const struct json *value,
		    void *place)
{
	int64_t *number = place;
	int result = expect_in_range(loading, field, value);

	if (result == 0)
		*number = signed_value(value);
	return result;
}

static int load_int_if_set(struct loading *loading, const struct field *field,
			   const struct json *value, void *place)
{
	struct spec_int *number = place;
	int result = expect_in_range(loading, field, value);

	if (result == 0)
		*number = (struct spec_int){ true, signed_value(value) };
	return result;
}

static int load_uint(struct loading *loading, const struct field *field, const struct json *value,
		     void *place)
{
	uint64_t *number = place;
	int result = expect_in_range(loading, field, value);

	if (result == 0)
		*number = value->magnitude;
	return result;
}

static int load_uint_if_set(struct loading *loading, const struct field *field,
			    const struct json *value, void *place)
{
	struct spec_uint *number = place;
	int result = expect_in_range(loading, field, value);

	if (result == 0)
		*number = (struct spec_uint){ true, value->magnitude };
	return result;
}

static int load_bool(struct loading *loading, const struct field *field, const struct json *value,
		     void *place)
{
	bool *boolean = place;

	(void) loading;
	(void) field;
	*boolean = value->boolean;
	return 0;
}

static int load_bool_if_set(struct loading *loading, const struct field *field,
			    const struct json *value, void *place)
{
	struct spec_bool *boolean = place;

	(void) loading;
	(void) field;
	*boolean = (struct spec_bool){ true, value->boolean };
	return 0;
}

/* A string of a row, or an item of a row of strings. */
static int take_string(struct loading *loading, const struct field *field, const struct json *value,
		       const char **place)
{
	char room[FIELD_SHOWN_ROOM];
	int result = expect(loading, JSON_STRING, value);

	if (result < 0)
		return result;
	if (field->max > 0 && value->length > field->max)
		return field_refuse(loading, value, "longer than %" PRIu64 " bytes", field->max);
	if ((field->flags & FIELD_ABSOLUTE) != 0 && value->string[0] != '/')
		return field_refuse(loading, value, "'%s' is not an absolute path",
				    field_shown(value->string, room));
	*place = arena_copy(loading->arena, value->string, value->length);
	return *place != NULL ? 0 : field_no_memory(loading);
}

static int load_string(struct loading *loading, const struct field *field, const struct json *value,
		       void *place)
{
	if (value->length > 0)
		return take_string(loading, field, value, place);
	return (field->flags & FIELD_REQUIRED) != 0 || loading->written != NULL
		       ? field_refuse(loading, value, "empty")
		       : 0;
}

/* At how many places two words of one length differ; more than any slip for other words. */
static size_t difference(const char *left, const char *right)
{
	size_t differ = 0;

	for (; *left != '\0' && *right != '\0'; left++, right++)
		differ += *left != *right;
	return *left == *right ? differ : SIZE_MAX;
}

/* Whether `longer` is `shorter` with one letter put in. */
static bool has_one_more(const char *longer, const char *shorter)
{
	while (*longer != '\0' && *longer == *shorter) {
		longer++;
		shorter++;
	}
	return *longer != '\0' && strcmp(longer + 1, shorter) == 0;
}

/* The word that a slip of the pen makes out of `unknown`, NULL if there is none. */
static const char *nearest(const struct word *words, const char *unknown)
{
	if (strlen(unknown) < 3) /* everything is near a letter */
		return NULL;
	for (; words->word != NULL; words++) {
		if (strcasecmp(words->word, unknown) == 0 ||
		    difference(words->word, unknown) == 1 || has_one_more(words->word, unknown) ||
		    has_one_more(unknown, words->word))
			return words->word;
	}
	return NULL;
}

static int take_word(struct loading *loading, const struct field *field, const struct json *value,
		     int64_t *place)
{
	const struct word *word;
	const char *meant;
	char room[FIELD_SHOWN_ROOM];
	int result = expect(loading, JSON_STRING, value);

	if (result < 0)
		return result;
	word = field_word(field->words, value->string);
	if (word != NULL) {
		*place = word->value;
		return 0;
	}
	meant = nearest(field->words, value->string);
	return field_refuse(loading, value, "unknown value '%s'%s%s%s",
			    field_shown(value->string, room), meant != NULL ? ", meant '" : "",
			    meant != NULL ? meant : "", meant != NULL ? "'?" : "");
}

static int load_word(struct loading *loading, const struct field *field, const struct json *value,
		     void *place)
{
	return take_word(loading, field, value, place);
}

/* Room for one item of `size` bytes per child, and one more. */
static int make_room(struct loading *loading, const struct field *field, const struct json *value,
		     size_t size, void **items)
{
	if (value->count == 0 && (field->flags & FIELD_FILLED) != 0)
		return field_refuse(loading, value, "empty");
	*items = arena_array(loading->arena, value->count + 1, size);
	return *items != NULL ? 0 : field_no_memory(loading);
}

static int load_strings(struct loading *loading, const struct field *field,
			const struct json *value, void *place)
{
	struct spec_strings *list = place;
	const struct json *item = value->first;
	void *items = NULL;
	int result = make_room(loading, field, value, sizeof(*list->items), &items);

	list->items = items;
	for (; result == 0 && item != NULL; item = item->next)
		result = take_string(loading, field, item, &list->items[list->count++]);
	return result;
}

static int load_numbers(struct loading *loading, const struct field *field,
			const struct json *value, void *place)
{
	struct spec_uints *list = place;
	const struct json *item = value->first;
	void *items = NULL;
	int result = make_room(loading, field, value, sizeof(*list->items), &items);

	list->items = items;
	for (; result == 0 && item != NULL; item = item->next)
		result = load_uint(loading, field, item, &list->items[list->count++]);
	return result;
}

static int load_words(struct loading *loading, const struct field *field, const struct json *value,
		      void *place)
{
	struct spec_uints *list = place;
	const struct json *item = value->first;
	void *items = NULL;
	int64_t constant = 0;
	int result = make_room(loading, field, value, sizeof(*list->items), &items);

	list->items = items;
	for (; result == 0 && item != NULL; item = item->next) {
		result = take_word(loading, field, item, &constant);
		list->items[list->count++] = (uint64_t) constant;
	}
	return result;
}

static int load_pairs(struct loading *loading, const struct field *field, const struct json *value,
		      void *place)
{
	struct spec_pairs *list = place;
	const struct json *item = value->first;
	void *items = NULL;
	int result = make_room(loading, field, value, sizeof(*list->items), &items);

	list->items = items;
	for (; result == 0 && item != NULL; item = item->next) {
		struct spec_pair *pair = &list->items[list->count++];

		if (item->key[0] == '\0')
			return field_refuse(loading, item, "empty name");
		pair->key = arena_string(loading->arena, item->key);
		if (pair->key == NULL)
			return field_no_memory(loading);
		result = take_string(loading, field, item, &pair->value);
	}
	return result;
}

static int load_struct(struct loading *loading, const struct field *field, const struct json *value,
		       void *place)
{
	return field_load_object(loading, field->shape, value, place);
}

static int load_pointer(struct loading *loading, const struct field *field,
			const struct json *value, void *place)
{
	void *object = arena_alloc(loading->arena, field->size);

	if (object == NULL)
		return field_no_memory(loading);
	memcpy(place, &object, sizeof(object));
	return field_load_object(loading, field->shape, value, object);
}

static int take_name(struct loading *loading, const struct json *item, void *object)
{
	char *name;

	if (item->key[0] == '\0')
		return field_refuse(loading, item, "empty name");
	name = arena_string(loading->arena, item->key);
	if (name == NULL)
		return field_no_memory(loading);
	memcpy(object, &name, sizeof(name));
	return 0;
}

static int load_list(struct loading *loading, const struct field *field, const struct json *value,
		     void *place)
{
	const struct json *item = value->first;
	struct any_list list = { 0 };
	int result = make_room(loading, field, value, field->size, &list.items);

	for (; result == 0 && item != NULL; item = item->next) {
		char *object = (char *) list.items + list.count++ * field->size;

		if (field->kind == FIELD_NAMED)
			result = take_name(loading, item, object);
		if (result == 0)
			result = field_load_object(loading, field->shape, item, object);
	}
	memcpy(place, &list, sizeof(list));
	return result;
}

static const struct {
	enum json_type type;
	int (*load)(struct loading *loading, const struct field *field, const struct json *value,
		    void *place);
} kinds[] = {
	[FIELD_STRING] = { JSON_STRING, load_string },
	[FIELD_BOOL] = { JSON_BOOL, load_bool },
	[FIELD_BOOL_IF_SET] = { JSON_BOOL, load_bool_if_set },
	[FIELD_INT] = { JSON_INTEGER, load_int },
	[FIELD_INT_IF_SET] = { JSON_INTEGER, load_int_if_set },
	[FIELD_UINT] = { JSON_INTEGER, load_uint },
	[FIELD_UINT_IF_SET] = { JSON_INTEGER, load_uint_if_set },
	[FIELD_WORD] = { JSON_STRING, load_word },
	[FIELD_STRINGS] = { JSON_ARRAY, load_strings },
	[FIELD_NUMBERS] = { JSON_ARRAY, load_numbers },
	[FIELD_WORDS] = { JSON_ARRAY, load_words },
	[FIELD_OBJECT] = { JSON_OBJECT, load_struct },
	[FIELD_POINTER] = { JSON_OBJECT, load_pointer },
	[FIELD_LIST] = { JSON_ARRAY, load_list },
	[FIELD_PAIRS] = { JSON_OBJECT, load_pairs },
	[FIELD_NAMED] = { JSON_OBJECT, load_list },
};

int field_expect_kind(struct loading *loading, enum field_kind kind, const struct json *json)
{
	return expect(loading, kinds[kind].type, json);
}

int field_load_value(struct loading *loading, const struct field *field, const struct json *json,
		     void *place)
{
	return kinds[field->kind].load(loading, field, json, place);
}

const struct word *field_word(const struct word *words, const char *word)
{
	for (; words->word != NULL; words++)
		if (strcmp(words->word, word) == 0)
			return words;
	return NULL;
}
