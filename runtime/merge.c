// SPDX-License-Identifier: Apache-2.0
/*
 * An update over a config.
 * Should: keep all that is not asked for.
 * Must not: judge a value: the merged config is read like any other.
 */
#include "runtime/merge.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "runtime/base/emit.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"

/* Numbers that are a value when they are 0, in objects where 0 stands for "not given". */
static const struct {
	const char *object;
	const char *name;
} real_zeros[] = { { "cpu", "burst" }, { "cpu", "idle" } };

static const char *const zeroless[] = { "memory", "cpu", "blockIO" };

/* A property of linux.resources and the file that `unified` may have set in its place. */
static const struct {
	const char *object;
	const char *name;
	const char *file;
} same_file[] = {
	{ "memory", "limit", "memory.max" },
	{ "memory", "swap", "memory.swap.max" },
	{ "memory", "reservation", "memory.low" },
	{ "cpu", "shares", "cpu.weight" },
	{ "cpu", "quota", "cpu.max" },
	{ "cpu", "period", "cpu.max" },
	{ "cpu", "burst", "cpu.max.burst" },
	{ "cpu", "idle", "cpu.idle" },
	{ "cpu", "cpus", "cpuset.cpus" },
	{ "cpu", "mems", "cpuset.mems" },
	{ "pids", "limit", "pids.max" },
	{ "blockIO", "weight", "io.weight" },
	{ "blockIO", "weight", "io.bfq.weight" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_named(const struct json *value, const char *name)
{
	return value != NULL && value->key != NULL && strcmp(value->key, name) == 0;
}

static bool is_unasked_zero(const struct json *value)
{
	size_t i;

	if (value->magnitude != 0)
		return false;
	for (i = 0; i < COUNT(real_zeros); i++)
		if (is_named(value->parent, real_zeros[i].object) &&
		    is_named(value, real_zeros[i].name))
			return false;
	for (i = 0; i < COUNT(zeroless); i++)
		if (is_named(value->parent, zeroless[i]))
			return true;
	return false;
}

int merge_asks(const struct json *value)
{
	if (value == NULL)
		return false;
	switch (value->type) {
	case JSON_NULL:
		return false;
	case JSON_STRING:
		/* An empty value is how a list of `unified` is cleared. */
		return value->length > 0 || is_named(value->parent, "unified");
	case JSON_INTEGER:
		return !is_unasked_zero(value);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return value->count > 0;
	case JSON_BOOL:
	case JSON_REAL:
		break;
	}
	return true;
}

/* One merging. */
struct merge {
	struct emit emit;
	const struct json *resources; /* what is asked for */
};

static void put_merged(struct merge *merge, const struct json *kept, const struct json *asked);

/* The names by which two items of a list are the same one; NULL: the list is no such. */
static const char *const *identity_of(const struct json *list)
{
	static const char *const page[] = { "pageSize", NULL };
	static const char *const device[] = { "major", "minor", NULL };

	if (is_named(list, "hugepageLimits"))
		return page;
	return is_named(list->parent, "blockIO") ? device : NULL;
}

static bool is_equal(const struct json *left, const struct json *right)
{
	if (left == NULL || right == NULL || left->type != right->type)
		return false;
	if (left->type == JSON_STRING)
		return strcmp(left->string, right->string) == 0;
	return left->type == JSON_INTEGER && left->magnitude == right->magnitude &&
	       left->negative == right->negative;
}

static const struct json *find_same(const struct json *list, const struct json *item,
				    const char *const *names)
{
	const struct json *other;

	for (other = list->first; other != NULL; other = other->next) {
		const char *const *name = names;

		while (*name != NULL &&
		       is_equal(json_member(other, *name), json_member(item, *name)))
			name++;
		if (*name == NULL)
			return other;
	}
	return NULL;
}

static void put_list(struct merge *merge, const struct json *kept, const struct json *asked,
		     const char *const *names)
{
	const struct json *item;

	emit_array(&merge->emit, asked->key);
	for (item = kept->first; item != NULL; item = item->next)
		if (find_same(asked, item, names) == NULL)
			emit_json(&merge->emit, NULL, item);
	for (item = asked->first; item != NULL; item = item->next)
		emit_json(&merge->emit, NULL, item);
	emit_array_end(&merge->emit);
}

/* Whether a kept member of `unified` is of a file that a property asked for now stands for. */
static bool is_superseded(const struct merge *merge, const struct json *member)
{
	size_t i;

	for (i = 0; is_named(member->parent, "unified") && i < COUNT(same_file); i++) {
		const struct json *object = json_member(merge->resources, same_file[i].object);

		if (is_named(member, same_file[i].file) &&
		    merge_asks(json_member(object, same_file[i].name)))
			return true;
	}
	return false;
}

static void put_members(struct merge *merge, const struct json *kept, const struct json *asked)
{
	const struct json *member;

	for (member = kept != NULL ? kept->first : NULL; member != NULL; member = member->next) {
		const struct json *other = json_member(asked, member->key);

		if (merge_asks(other) || !is_superseded(merge, member))
			put_merged(merge, member, other);
	}
	for (member = asked->first; member != NULL; member = member->next)
		if (merge_asks(member) && json_member(kept, member->key) == NULL)
			put_merged(merge, NULL, member);
}

static void put_merged(struct merge *merge, const struct json *kept, const struct json *asked)
{
	const char *const *names;

	/* `unified` is gone through even when nothing is asked of it: see is_superseded(). */
	if (!merge_asks(asked) && is_named(kept, "unified") && kept->type == JSON_OBJECT) {
		static const struct json nothing = { .type = JSON_OBJECT };

		emit_object(&merge->emit, kept->key);
		put_members(merge, kept, &nothing);
		emit_object_end(&merge->emit);
		return;
	}
	if (!merge_asks(asked)) {
		emit_json(&merge->emit, kept->key, kept);
		return;
	}
	if (asked->type == JSON_OBJECT) {
		emit_object(&merge->emit, asked->key);
		put_members(merge, kept != NULL && kept->type == JSON_OBJECT ? kept : NULL, asked);
		emit_object_end(&merge->emit);
		return;
	}
	names = asked->type == JSON_ARRAY ? identity_of(asked) : NULL;
	if (names != NULL && kept != NULL && kept->type == JSON_ARRAY)
		put_list(merge, kept, asked, names);
	else
		emit_json(&merge->emit, asked->key, asked);
}

void merge_config(const struct json *kept, const struct json *asked, struct text *out)
{
	struct merge merge = { .resources = json_member(json_member(asked, "linux"), "resources") };
	const char *text;

	emit_open(&merge.emit, true);
	put_merged(&merge, kept, asked);
	text = emit_text(&merge.emit);
	if (text != NULL)
		text_add(out, text);
	else
		out->failed = true;
	emit_close(&merge.emit);
}
