// SPDX-License-Identifier: Apache-2.0
/*
 * config-of: the config.json that a test file stands for.
 * Should: let a test file hold only what it is about.
 * Must not: know what a config means.
 *
 *   config-of CASE                  { "base": "podman.json", "change": { "/process/user/uid": 7 } }, or a whole config
 *   config-of BASE FRAGMENT PATH    members of a page's example, merged into the object at PATH
 *
 *   config-of BASE --put PATH JSON  one line of tests/spec/cases.txt
 *
 * CASE and BASE are names below tests/spec/. A change to null leaves the property out.
 */
#include <fcntl.h>
#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "tests/unit/configs.h"
#include "tests/unit/unit.h"

static const struct json *parse(struct arena *arena, const char *text)
{
	const char *kept = arena_string(arena, text);
	const struct json *tree = NULL;
	struct err err = { 0 };

	if (json_parse(arena, kept, strlen(kept), &tree, &err) == 0)
		return tree;
	fprintf(stderr, "config-of: %s\n", err.text);
	exit(1);
}

static const struct json *change(struct arena *arena, const struct json *tree, const char *path,
				 const struct json *value)
{
	auto_text struct text json = { 0 };
	auto_text struct text changed = { 0 };

	if (value->type == JSON_NULL)
		text_add(&json, "-");
	else
		config_write(&json, value, NULL, "");
	config_write(&changed, tree, path, text_string(&json));
	return parse(arena, text_string(&changed));
}

/* A case stands on a base, which may be a case itself. */
static const struct json *config_of(struct arena *arena, const char *name)
{
	const struct json *tree = config_tree(arena, name);
	const struct json *base = json_member(tree, "base");
	const struct json *changes = json_member(tree, "change");
	const struct json *item;

	if (base == NULL)
		return tree;
	tree = config_of(arena, base->string);
	for (item = changes != NULL ? changes->first : NULL; item != NULL; item = item->next)
		tree = change(arena, tree, item->key, item);
	return tree;
}

static const struct json *member_at(const struct json *tree, const char *path)
{
	while (tree != NULL && *path == '/') {
		size_t length = strcspn(path + 1, "/");
		const struct json *child = tree->first;

		while (child != NULL && (child->key == NULL || strlen(child->key) != length ||
					 strncmp(child->key, path + 1, length) != 0))
			child = child->next;
		tree = child;
		path += 1 + length;
	}
	return tree;
}

/* Objects are merged member by member; anything else replaces what is there. */
static const struct json *merge(struct arena *arena, const struct json *tree, const char *path,
				const struct json *value)
{
	const struct json *there = member_at(tree, path);
	const struct json *item;

	if (value->type != JSON_OBJECT || there == NULL || there->type != JSON_OBJECT)
		return change(arena, tree, path, value);
	for (item = value->first; item != NULL; item = item->next)
		tree = merge(arena, tree, arena_printf(arena, "%s/%s", path, item->key), item);
	return tree;
}

/* The members of an object that the page shows without its braces, and perhaps with the comma that
 * would follow. */
static const struct json *read_fragment(struct arena *arena, const char *path)
{
	auto_text struct text file = { 0 };
	auto_text struct text whole = { 0 };
	struct err err = { 0 };
	size_t length;

	if (file_load_at(AT_FDCWD, path, 1U << 20, &file, &err) < 0) {
		fprintf(stderr, "config-of: %s\n", err.text);
		exit(1);
	}
	for (length = file.length; length > 0; length--)
		if (strchr(" \n,", file.bytes[length - 1]) == NULL)
			break;
	text_add(&whole, file.bytes[0] == '{' ? "" : "{");
	text_add_bytes(&whole, file.bytes, length);
	text_add(&whole, file.bytes[0] == '{' ? "" : "}");
	return parse(arena, text_string(&whole));
}

int main(int argc, char **argv)
{
	auto_arena struct arena arena = { 0 };
	auto_text struct text text = { 0 };
	const struct json *tree;

	if (argc != 2 && argc != 4 && argc != 5)
		return 2;
	tree = config_of(&arena, argv[1]);
	if (argc == 5) {
		config_write(&text, tree, argv[3], argv[4]);
		puts(text_string(&text));
		return 0;
	}
	if (argc == 4)
		tree = merge(&arena, tree, strcmp(argv[3], "/") == 0 ? "" : argv[3],
			     read_fragment(&arena, argv[2]));
	config_write(&text, tree, NULL, "");
	puts(text_string(&text));
	return 0;
}
