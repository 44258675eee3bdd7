// SPDX-License-Identifier: Apache-2.0
/*
 * JSON in.
 * Should: build the tree from yajl's callbacks and stop at the first thing that RFC 8259 or our
 *         limits forbid, with its place.
 * Must not: recurse, keep anything of the text, or know what any document means.
 */
#include "runtime/base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/json_scan.h"

struct level {
	struct json *container;
	struct json *last;
};

struct builder {
	struct arena *arena;
	yajl_handle parser;
	struct level levels[JSON_DEPTH];
	size_t depth;
	size_t nodes;
	const char *key; /* read, and waiting for its value */
	size_t key_offset;
	size_t error_offset;
	struct json *root;
	struct err *err;
};

/* yajl has consumed the token it complains of; the token's last byte is its place. */
static size_t token_offset(const struct builder *builder)
{
	size_t consumed = yajl_get_bytes_consumed(builder->parser);

	return consumed > 0 ? consumed - 1 : 0;
}

static int refuse(struct builder *builder, int number, const char *what)
{
	builder->error_offset = token_offset(builder);
	err_say(builder->err, number, "%s", what);
	return 0;
}

static int refuse_no_memory(struct builder *builder)
{
	builder->error_offset = token_offset(builder);
	err_set(builder->err, ENOMEM, "JSON");
	return 0;
}

/* Puts a new value behind its brothers; NULL when that was refused. */
static struct json *add(struct builder *builder, enum json_type type)
{
	struct level *level = builder->depth > 0 ? &builder->levels[builder->depth - 1] : NULL;
	struct json *node;

	if (++builder->nodes > JSON_NODES) {
		refuse(builder, E2BIG, "more than 1000000 values");
		return NULL;
	}
	node = arena_alloc(builder->arena, sizeof(*node));
	if (node == NULL) {
		refuse_no_memory(builder);
		return NULL;
	}
	node->type = type;
	node->key = builder->key;
	node->name_end = builder->key_offset;
	node->end = token_offset(builder);
	builder->key = NULL;
	if (level == NULL) {
		builder->root = node;
		return node;
	}
	node->parent = level->container;
	node->index = level->container->count++;
	if (level->last != NULL)
		level->last->next = node;
	else
		level->container->first = node;
	level->last = node;
	return node;
}

static int on_null(void *context)
{
	return add(context, JSON_NULL) != NULL;
}

static int on_boolean(void *context, int boolean)
{
	struct json *node = add(context, JSON_BOOL);

	if (node == NULL)
		return 0;
	node->boolean = boolean != 0;
	return 1;
}

/* Exactly the integers that fit 64 bits; false for any other number. */
static bool read_integer(const char *text, size_t length, struct json *value)
{
	bool negative = text[0] == '-';
	uint64_t magnitude = 0;
	size_t i;

	for (i = negative; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' ||
		    __builtin_mul_overflow(magnitude, 10U, &magnitude) ||
		    __builtin_add_overflow(magnitude, (unsigned) (text[i] - '0'), &magnitude))
			return false;
	}
	if (negative && magnitude > (uint64_t) INT64_MAX + 1)
		return false;
	value->type = JSON_INTEGER;
	value->negative = negative && magnitude > 0;
	value->magnitude = magnitude;
	return true;
}

/* yajl's own integers overflow: with this callback it does not convert at all. */
static int on_number(void *context, const char *text, size_t length)
{
	struct builder *builder = context;
	struct json *node = add(builder, JSON_REAL);

	if (node == NULL)
		return 0;
	if (read_integer(text, length, node))
		return 1;
	node->string = arena_copy(builder->arena, text, length);
	node->length = length;
	return node->string != NULL || refuse_no_memory(builder);
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
	struct builder *builder = context;
	struct json *node = add(builder, JSON_STRING);

	if (node == NULL)
		return 0;
	node->string = arena_copy(builder->arena, (const char *) text, length);
	node->length = length;
	return node->string != NULL || refuse_no_memory(builder);
}

static int on_key(void *context, const unsigned char *text, size_t length)
{
	struct builder *builder = context;

	builder->key = arena_copy(builder->arena, (const char *) text, length);
	builder->key_offset = token_offset(builder);
	return builder->key != NULL || refuse_no_memory(builder);
}

static int open_container(struct builder *builder, enum json_type type)
{
	struct json *node;

	if (builder->depth == JSON_DEPTH)
		return refuse(builder, E2BIG, "nested deeper than 64 levels");
	node = add(builder, type);
	if (node == NULL)
		return 0;
	builder->levels[builder->depth++] = (struct level){ .container = node };
	return 1;
}

static int on_object(void *context)
{
	return open_container(context, JSON_OBJECT);
}

static int on_array(void *context)
{
	return open_container(context, JSON_ARRAY);
}

static int on_array_end(void *context)
{
	struct builder *builder = context;

	builder->depth--;
	return 1;
}

/* By name, and in the order written among equals. */
static int compare_members(const void *left, const void *right)
{
	const struct json *const *a = left;
	const struct json *const *b = right;
	int order = strcmp((*a)->key, (*b)->key);

	if (order != 0)
		return order;
	return (*a)->index < (*b)->index ? -1 : 1;
}

static int refuse_twice(struct builder *builder, const struct json *member)
{
	char path[JSON_PATH_ROOM];

	err_say(builder->err, EINVAL, "%s: the name is used twice", json_path(member, path));
	builder->error_offset = member->name_end;
	return 0;
}

/* Sorting keeps this near-linear whatever the names are: no hash to attack. */
static int on_object_end(void *context)
{
	struct builder *builder = context;
	const struct json *object = builder->levels[--builder->depth].container;
	auto_free const struct json **members = NULL;
	const struct json *member;
	size_t count = 0;
	size_t i;

	if (object->count < 2)
		return 1;
	members = calloc(object->count, sizeof(const struct json *));
	if (members == NULL)
		return refuse_no_memory(builder);
	for (member = object->first; member != NULL; member = member->next)
		members[count++] = member;
	qsort(members, count, sizeof(const struct json *), compare_members);
	for (i = 1; i < count; i++)
		if (strcmp(members[i - 1]->key, members[i]->key) == 0)
			return refuse_twice(builder, members[i]);
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_object_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

/*
 * yajl does not look at what malloc returned. All it will ever need is set aside before it starts:
 * two buffers (an escaped string, a token cut by the end of the text) that double until the longest
 * string fits, so at most four times the text each, its stack of states and its handle.
 */
struct pool {
	char *bytes;
	size_t used;
	size_t room;
};

#define POOL_BASE     (64U << 10) /* handle, lexer, a stack of 64 states, first buffers of 2 KiB */
#define POOL_PER_BYTE 8U
#define POOL_HEADER   16U /* before each piece: its size; keeps malloc's alignment */

static void *pool_take(void *context, size_t size)
{
	struct pool *pool = context;
	size_t aligned = (size + POOL_HEADER - 1) & ~(size_t) (POOL_HEADER - 1);
	char *piece = pool->bytes + pool->used;

	if (aligned > pool->room - pool->used - POOL_HEADER)
		abort(); /* the sum above is wrong; NULL would be dereferenced */
	memcpy(piece, &size, sizeof(size));
	pool->used += POOL_HEADER + aligned;
	return piece + POOL_HEADER;
}

static void *pool_grow(void *context, void *piece, size_t size)
{
	void *grown = pool_take(context, size);
	size_t old = 0;

	if (piece != NULL) {
		memcpy(&old, (char *) piece - POOL_HEADER, sizeof(old));
		memcpy(grown, piece, old < size ? old : size);
	}
	return grown;
}

static void pool_keep(void *context, void *piece)
{
	(void) context;
	(void) piece;
}

/* Keeps the first line of yajl's message, which has a newline at its end. */
static void say_parse_error(struct builder *builder)
{
	unsigned char *message = yajl_get_error(builder->parser, 0, NULL, 0);
	const char *text = (const char *) message;

	builder->error_offset = token_offset(builder);
	err_say(builder->err, EINVAL, "%.*s", (int) strcspn(text, "\n"), text);
	yajl_free_error(builder->parser, message);
}

static void say_place(struct err *err, const char *text, size_t offset)
{
	struct json_place place;

	json_place_of(text, offset, &place);
	err_context(err, "line %zu column %zu", place.line, place.column);
}

/* Runs yajl over the text; false with the error and its offset in the builder. */
static bool build(struct builder *builder, const char *text, size_t length)
{
	auto_free char *memory = NULL;
	struct pool pool = { .room = POOL_BASE + POOL_PER_BYTE * length };
	yajl_alloc_funcs functions = { pool_take, pool_grow, pool_keep, &pool };
	yajl_status status;

	memory = malloc(pool.room);
	if (memory == NULL) {
		err_set(builder->err, ENOMEM, "JSON");
		return false;
	}
	pool.bytes = memory;
	builder->parser = yajl_alloc(&callbacks, &functions, builder);
	status = yajl_parse(builder->parser, (const unsigned char *) text, length);
	if (status == yajl_status_ok) {
		status = yajl_complete_parse(builder->parser);
		if (status == yajl_status_error)
			say_parse_error(builder);
		builder->error_offset = length;
	} else if (status == yajl_status_error) {
		say_parse_error(builder);
	}
	return status == yajl_status_ok;
}

int json_parse(struct arena *arena, const char *text, size_t length, const struct json **root,
	       struct err *err)
{
	struct err local = { 0 };
	struct builder builder = { .arena = arena, .err = err != NULL ? err : &local };
	const char *wrong;
	size_t offset;

	if (length > JSON_BYTES)
		return err_say(err, E2BIG, "larger than 16 MiB");
	wrong = json_scan(text, length, &offset);
	if (wrong != NULL) {
		err_say(builder.err, EINVAL, "%s", wrong);
		say_place(builder.err, text, offset);
		return -EINVAL;
	}
	if (!build(&builder, text, length)) {
		if (builder.err->number != ENOMEM)
			say_place(builder.err, text,
				  builder.error_offset < length ? builder.error_offset : length);
		return -builder.err->number;
	}
	*root = builder.root;
	return 0;
}
