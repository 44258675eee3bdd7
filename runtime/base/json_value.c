// SPDX-License-Identifier: Apache-2.0
/*
 * One JSON value.
 * Should: give it out by name, as a number, and by its place for messages.
 * Must not: fail, or allocate.
 */
#include "runtime/base/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const struct json *json_member(const struct json *object, const char *key)
{
	const struct json *member;

	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	for (member = object->first; member != NULL; member = member->next)
		if (strcmp(member->key, key) == 0)
			return member;
	return NULL;
}

/* A path is written from its end to its front. */
struct path {
	char *buffer;
	size_t start;
	bool cut;
};

static void path_put(struct path *path, const char *text, size_t length)
{
	if (path->cut || length > path->start) {
		path->cut = true;
		return;
	}
	path->start -= length;
	memcpy(path->buffer + path->start, text, length);
}

/* Escaped as RFC 6901 has it; a control character would break the line of an error. */
static void path_put_name(struct path *path, const char *name)
{
	size_t i;

	for (i = strlen(name); i > 0; i--) {
		const char *byte = &name[i - 1];

		if (*byte == '~')
			path_put(path, "~0", 2);
		else if (*byte == '/')
			path_put(path, "~1", 2);
		else if ((unsigned char) *byte < 0x20 || *byte == 0x7f)
			path_put(path, "?", 1);
		else
			path_put(path, byte, 1);
	}
}

const char *json_path(const struct json *value, char buffer[JSON_PATH_ROOM])
{
	struct path path = { .buffer = buffer, .start = JSON_PATH_ROOM - 1 };
	char index[24];

	buffer[path.start] = '\0';
	if (value->parent == NULL)
		path_put(&path, "/", 1);
	for (; value->parent != NULL && !path.cut; value = value->parent) {
		if (value->key != NULL) {
			path_put_name(&path, value->key);
		} else {
			snprintf(index, sizeof(index), "%zu", value->index);
			path_put(&path, index, strlen(index));
		}
		path_put(&path, "/", 1);
	}
	if (path.cut) {
		path.start = path.start > 3 ? path.start - 3 : 0;
		memcpy(buffer + path.start, "...", 3);
	}
	memmove(buffer, buffer + path.start, JSON_PATH_ROOM - path.start);
	return buffer;
}

void json_place_of(const char *text, size_t offset, struct json_place *place)
{
	size_t i;

	*place = (struct json_place){ 1, 1 };
	for (i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			place->line++;
			place->column = 1;
		} else if (((unsigned char) text[i] & 0xc0) != 0x80) {
			place->column++;
		}
	}
}

/* From a string's closing quote back to its opening one: inside, every quote is escaped, that is, has
 * an odd number of backslashes before it. */
static size_t string_begins(const char *text, size_t end)
{
	size_t at = end;

	while (at > 0) {
		size_t slashes = 0;

		at--;
		if (text[at] != '"')
			continue;
		while (slashes < at && text[at - 1 - slashes] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			break;
	}
	return at;
}

/* Of a number or a word. */
static size_t word_begins(const char *text, size_t end)
{
	while (end > 0 &&
	       (isalnum((unsigned char) text[end - 1]) || strchr("+-.", text[end - 1]) != NULL))
		end--;
	return end;
}

void json_place_of_value(const char *text, const struct json *value, struct json_place *place)
{
	size_t offset = value->end;

	if (value->type == JSON_STRING)
		offset = string_begins(text, offset);
	else if (value->type != JSON_OBJECT && value->type != JSON_ARRAY)
		offset = word_begins(text, offset);
	json_place_of(text, offset, place);
}

void json_place_of_name(const char *text, const struct json *member, struct json_place *place)
{
	json_place_of(text, string_begins(text, member->name_end), place);
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",	       [JSON_BOOL] = "a boolean",
		[JSON_INTEGER] = "an integer", [JSON_REAL] = "a number that is no 64-bit integer",
		[JSON_STRING] = "a string",    [JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return names[type];
}

bool json_i64(const struct json *value, int64_t *out)
{
	if (value == NULL || value->type != JSON_INTEGER)
		return false;
	if (!value->negative && value->magnitude > INT64_MAX)
		return false;
	*out = value->negative ? (int64_t) -value->magnitude : (int64_t) value->magnitude;
	return true;
}

bool json_u64(const struct json *value, uint64_t *out)
{
	if (value == NULL || value->type != JSON_INTEGER || value->negative)
		return false;
	*out = value->magnitude;
	return true;
}
