// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/configs.h"

#include <fcntl.h>
#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "spec/load.h"
#include "tests/unit/unit.h"

const char *config_file(struct arena *arena, const char *name)
{
	const char *top = getenv("top_srcdir");
	const char *path = arena_printf(arena, "%s/tests/spec/%s", top != NULL ? top : ".", name);
	auto_text struct text text = { 0 };
	struct err err = { 0 };

	if (file_load_at(AT_FDCWD, path, 1U << 20, &text, &err) < 0)
		fprintf(stderr, "%s\n", err.text);
	CHECK(text.length > 0);
	return arena_copy(arena, text.bytes, text.length);
}

const struct json *config_tree(struct arena *arena, const char *name)
{
	const char *text = config_file(arena, name);
	const struct json *tree = NULL;
	struct err err = { 0 };

	if (json_parse(arena, text, strlen(text), &tree, &err) < 0)
		fprintf(stderr, "%s: %s\n", name, err.text);
	CHECK(tree != NULL);
	return tree;
}

/* What is to be changed, seen from the value that is being written: `rest` is the path below it,
 * NULL if the change is elsewhere. */
struct change {
	const char *rest;
	const char *json;
};

static size_t step_length(const char *rest)
{
	return strcspn(rest + 1, "/");
}

/* The change as the child `name` sees it. */
static struct change below(struct change change, const char *name)
{
	struct change inner = { .json = change.json };
	size_t length;

	if (change.rest == NULL || change.rest[0] != '/')
		return inner;
	length = step_length(change.rest);
	if (strlen(name) == length && strncmp(change.rest + 1, name, length) == 0)
		inner.rest = change.rest + 1 + length;
	return inner;
}

static void write_string(struct text *text, const char *string)
{
	text_add(text, "\"");
	for (; *string != '\0'; string++) {
		if (*string == '"' || *string == '\\')
			text_add(text, "\\");
		if (*string == '\n')
			text_add(text, "\\n");
		else
			text_add_bytes(text, string, 1);
	}
	text_add(text, "\"");
}

/* What the change adds where nothing is: nested objects (lists for the step 0) and the value. */
static void write_new(struct text *text, const char *rest, const char *json)
{
	size_t length;
	bool list;

	if (rest[0] == '\0') {
		text_add(text, json);
		return;
	}
	length = step_length(rest);
	list = length == 1 && rest[1] == '0';
	if (list)
		text_add(text, "[");
	else
		text_addf(text, "{\"%.*s\":", (int) length, rest + 1);
	write_new(text, rest + 1 + length, json);
	text_add(text, list ? "]" : "}");
}

static void write_value(struct text *text, const struct json *value, struct change change);

static void write_children(struct text *text, const struct json *value, struct change change)
{
	const struct json *child;
	const char *separator = "";
	bool changed = false;
	char index[24];

	for (child = value->first; child != NULL; child = child->next) {
		struct change inner;

		snprintf(index, sizeof(index), "%zu", child->index);
		inner = below(change, child->key != NULL ? child->key : index);
		changed = changed || inner.rest != NULL;
		if (inner.rest != NULL && inner.rest[0] == '\0' && strcmp(change.json, "-") == 0)
			continue;
		text_add(text, separator);
		separator = ",";
		if (child->key != NULL) {
			write_string(text, child->key);
			text_add(text, ":");
		}
		write_value(text, child, inner);
	}
	if (changed || change.rest == NULL || strcmp(change.json, "-") == 0)
		return;
	text_add(text, separator);
	if (value->type == JSON_OBJECT)
		text_addf(text, "\"%.*s\":", (int) step_length(change.rest), change.rest + 1);
	write_new(text, change.rest + 1 + step_length(change.rest), change.json);
}

static void write_value(struct text *text, const struct json *value, struct change change)
{
	if (change.rest != NULL && change.rest[0] == '\0') {
		text_add(text, change.json);
		return;
	}
	switch (value->type) {
	case JSON_NULL:
		text_add(text, "null");
		break;
	case JSON_BOOL:
		text_add(text, value->boolean ? "true" : "false");
		break;
	case JSON_INTEGER:
		text_addf(text, "%s%llu", value->negative ? "-" : "",
			  (unsigned long long) value->magnitude);
		break;
	case JSON_REAL:
		text_add(text, value->string);
		break;
	case JSON_STRING:
		write_string(text, value->string);
		break;
	default:
		text_add(text, value->type == JSON_ARRAY ? "[" : "{");
		write_children(text, value, change);
		text_add(text, value->type == JSON_ARRAY ? "]" : "}");
	}
}

void config_write(struct text *text, const struct json *tree, const char *path, const char *json)
{
	write_value(text, tree, (struct change){ .rest = path, .json = json });
	CHECK(text_ok(text));
}

const char *config_says(struct arena *arena, const char *text, struct spec *spec)
{
	auto_text struct text json = { 0 };
	auto_text struct text warnings = { 0 };
	struct spec loaded = { 0 };
	struct err err = { 0 };
	int result;

	text_add(&json, text);
	result = spec_parse(arena, &json, &loaded, &warnings, &err);
	CHECK(text_ok(&warnings) && (result == 0) == (err.number == 0));
	CHECK(result == 0 || result == -err.number);
	CHECK(strchr(err.text, '\n') == NULL);
	if (result < 0)
		return arena_string(arena, err.text);
	if (spec != NULL)
		*spec = loaded;
	return warnings.length > 0 ? arena_string(arena, text_string(&warnings)) : "ok";
}
