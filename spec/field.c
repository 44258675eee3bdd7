// SPDX-License-Identifier: Apache-2.0
/*
 * Reading one object by its rows.
 * Should: report the most basic thing that is wrong, at its path, and read nothing by half.
 * Must not: know any property by name; ignore a property that has a row.
 */
#include "spec/field.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/json.h"

/* Go writes null for an empty list, map or pointer; for anything else null is a wrong type. */
static bool may_be_null(enum field_kind kind)
{
	return kind >= FIELD_STRINGS;
}

/* The property's value; NULL when absent. */
static const struct json *value_of(const struct loading *loading, const struct field *field,
				   const struct json *object)
{
	const struct json *value = json_member(object, field->name);

	if (value == NULL || field->kind == FIELD_IGNORED)
		return NULL;
	return value->type == JSON_NULL && may_be_null(field->kind) && loading->written == NULL
		       ? NULL
		       : value;
}

/* A slip of the pen in a file written by hand would otherwise be a setting that is not there. */
static int find_unknown(struct loading *loading, const struct shape *shape,
			const struct json *object)
{
	const struct json *member;
	size_t i;

	for (member = object->first; member != NULL; member = member->next) {
		char path[JSON_PATH_ROOM];
		struct json_place place;

		for (i = 0; i < shape->count; i++)
			if (strcmp(shape->fields[i].name, member->key) == 0)
				break;
		if (i < shape->count)
			continue;
		json_place_of_name(loading->written, member, &place);
		return err_say(loading->err, EINVAL, "line %zu column %zu: %s: unknown name",
			       place.line, place.column, json_path(member, path));
	}
	return 0;
}

static bool is_refused_row(const struct field *field)
{
	return field->refused != NULL || (field->flags & FIELD_NOT_YET) != 0;
}

/* An empty object where objects are refused: absent, whatever it would have to hold. */
static bool is_empty_and_refused(const struct field *field, const struct json *value)
{
	return is_refused_row(field) && field->shape != NULL && value->count == 0;
}

static int load_values(struct loading *loading, const struct shape *shape, const struct json *json,
		       void *object)
{
	size_t i;

	for (i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		const struct json *value = value_of(loading, field, json);
		int result;

		if (value == NULL)
			continue;
		result = field_expect_kind(loading, field->kind, value);
		if (result == 0 && !is_empty_and_refused(field, value))
			result = field_load_value(loading, field, value,
						  (char *) object + field->place);
		if (result < 0)
			return result;
	}
	return 0;
}

static int find_missing(struct loading *loading, const struct shape *shape, const struct json *json)
{
	size_t i;

	for (i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if ((field->flags & FIELD_REQUIRED) != 0 && value_of(loading, field, json) == NULL)
			return field_refuse_member(loading, json, field->name,
						   "required, but missing");
	}
	return 0;
}

static bool is_harmless(const struct field *field, const struct json *value)
{
	int64_t number;

	switch (value->type) {
	case JSON_BOOL:
		return value->boolean == (field->harmless != 0);
	case JSON_INTEGER:
		return json_i64(value, &number) && (number == field->harmless || number == 0);
	case JSON_STRING:
		return value->length == 0;
	default:
		return value->count == 0;
	}
}

static int refuse_value(struct loading *loading, const struct field *field,
			const struct json *value)
{
	if (field->kind == FIELD_WORD && field_word(field->words, value->string)->not_yet)
		return field_refuse_not_yet(loading, value);
	if (!is_refused_row(field) || is_harmless(field, value))
		return 0;
	if (field->refused != NULL)
		return field_refuse(loading, value, "%s", field->refused);
	return field_refuse_not_yet(loading, value);
}

static int refuse_values(struct loading *loading, const struct shape *shape,
			 const struct json *json)
{
	size_t i;

	for (i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		const struct json *value = value_of(loading, field, json);
		int result = value != NULL ? refuse_value(loading, field, value) : 0;

		if (result < 0)
			return result;
	}
	return 0;
}

int field_load_object(struct loading *loading, const struct shape *shape, const struct json *json,
		      void *object)
{
	int result = field_expect_kind(loading, FIELD_OBJECT, json);

	if (result == 0 && loading->written != NULL)
		result = find_unknown(loading, shape, json);
	if (result == 0)
		result = load_values(loading, shape, json, object);
	if (result == 0)
		result = find_missing(loading, shape, json);
	if (result == 0 && shape->check != NULL)
		result = shape->check(loading, json, object);
	if (result == 0)
		result = refuse_values(loading, shape, json);
	return result;
}

int field_refuse(struct loading *loading, const struct json *value, const char *format, ...)
{
	char path[JSON_PATH_ROOM];
	struct json_place place;
	char message[ERR_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (loading->written == NULL)
		return err_say(loading->err, EINVAL, "%s: %s", json_path(value, path), message);
	json_place_of_value(loading->written, value, &place);
	return err_say(loading->err, EINVAL, "line %zu column %zu: %s: %s", place.line,
		       place.column, json_path(value, path), message);
}

int field_refuse_member(struct loading *loading, const struct json *object, const char *name,
			const char *format, ...)
{
	const struct json missing = {
		.type = JSON_OBJECT, .key = name, .parent = object, .end = object->end
	};
	const struct json *value = json_member(object, name);
	char message[ERR_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return field_refuse(loading, value != NULL ? value : &missing, "%s", message);
}

int field_refuse_not_yet(struct loading *loading, const struct json *value)
{
	char path[JSON_PATH_ROOM];

	return err_say(loading->err, EINVAL, "not supported yet: %s", json_path(value, path));
}

int field_no_memory(struct loading *loading)
{
	return err_set(loading->err, ENOMEM, "config");
}

const struct json *field_item(const struct json *object, const char *name, size_t index)
{
	const struct json *list = json_member(object, name);
	const struct json *item = list != NULL ? list->first : NULL;

	while (item != NULL && item->index < index)
		item = item->next;
	return item != NULL ? item : object;
}

const char *field_shown(const char *string, char room[FIELD_SHOWN_ROOM])
{
	size_t i;

	for (i = 0; i < FIELD_SHOWN_ROOM - 4 && string[i] != '\0'; i++) {
		unsigned char byte = (unsigned char) string[i];

		room[i] = byte < 0x20 || byte == 0x7f ? '?' : string[i];
	}
	room[i] = '\0';
	if (string[i] != '\0')
		memcpy(room + i, "...", 4);
	return room;
}
