// SPDX-License-Identifier: Apache-2.0
/*
 * One JSON value.
 * Should: give it out by name, as a number, and by its place for messages.
 * Must not: fail, or allocate.
 */
#include "runtime/base/json.h"

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
