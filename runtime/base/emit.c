// SPDX-License-Identifier: Apache-2.0
/*
 * JSON out.
 * Should: make it impossible to write a document that our own strict reader refuses.
 * Must not: know what is written.
 */
#include "runtime/base/emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yajl/yajl_gen.h>

#include "runtime/base/json.h"

/* yajl writes into what it asked for without a look. What is refused may be for the moment; what is
 * not had after a second ends us, as a SIGKILL would, and `delete --force` undoes the rest. */
static void *ask_again(void *old, size_t size)
{
	const struct timespec pause = { 0, 10000000 };
	void *got = NULL;
	int tries;

	for (tries = 0; got == NULL && tries < 100; tries++) {
		if (tries > 0)
			nanosleep(&pause, NULL);
		got = realloc(old, size);
	}
	if (got == NULL)
		abort();
	return got;
}

static void *take(void *context, size_t size)
{
	(void) context;
	return ask_again(NULL, size);
}

static void *resize(void *context, void *old, size_t size)
{
	(void) context;
	return ask_again(old, size);
}

static void give_back(void *context, void *old)
{
	(void) context;
	free(old);
}

void emit_open(struct emit *emit, bool pretty)
{
	static const yajl_alloc_funcs memory = { take, resize, give_back, NULL };

	emit->generator = yajl_gen_alloc(&memory);
	emit->failed = emit->generator == NULL;
	if (pretty && !emit->failed) {
		yajl_gen_config(emit->generator, yajl_gen_beautify, 1);
		yajl_gen_config(emit->generator, yajl_gen_indent_string, "    ");
	}
}

void emit_close(struct emit *emit)
{
	if (emit->generator != NULL)
		yajl_gen_free(emit->generator);
	emit->generator = NULL;
}

static void note(struct emit *emit, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		emit->failed = true;
}

/* The length of the valid UTF-8 sequence at `bytes`, 0 if there is none (RFC 3629: no overlong
 * forms, no surrogates, nothing above U+10FFFF). */
static size_t sequence_length(const unsigned char *bytes)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t length;
	} forms[] = {
		{ 0x01, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t form;
	size_t i;

	for (form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
		if (bytes[0] < forms[form].first || bytes[0] > forms[form].last)
			continue;
		if (forms[form].length > 1 &&
		    (bytes[1] < forms[form].low || bytes[1] > forms[form].high))
			return 0;
		for (i = 2; i < forms[form].length; i++)
			if ((bytes[i] & 0xc0) != 0x80)
				return 0;
		return forms[form].length;
	}
	return 0;
}

static bool is_utf8(const char *string)
{
	const unsigned char *byte = (const unsigned char *) string;

	while (*byte != 0) {
		size_t length = sequence_length(byte);

		if (length == 0)
			return false;
		byte += length;
	}
	return true;
}

static void generate(struct emit *emit, const char *string)
{
	note(emit,
	     yajl_gen_string(emit->generator, (const unsigned char *) string, strlen(string)));
}

static void generate_repaired(struct emit *emit, const char *string)
{
	char *copy = strdup(string);
	size_t i = 0;

	if (copy == NULL) {
		emit->failed = true;
		return;
	}
	while (copy[i] != '\0') {
		size_t length = sequence_length((unsigned char *) copy + i);

		if (length == 0)
			copy[i] = '?';
		i += length > 0 ? length : 1;
	}
	generate(emit, copy);
	free(copy);
}

static void put_string(struct emit *emit, const char *string)
{
	if (is_utf8(string))
		generate(emit, string);
	else
		generate_repaired(emit, string);
}

/* Writes the key, if there is one; false when nothing may follow. */
static bool begin(struct emit *emit, const char *key)
{
	if (!emit->failed && key != NULL)
		put_string(emit, key);
	return !emit->failed;
}

void emit_object(struct emit *emit, const char *key)
{
	if (begin(emit, key))
		note(emit, yajl_gen_map_open(emit->generator));
}

void emit_object_end(struct emit *emit)
{
	if (begin(emit, NULL))
		note(emit, yajl_gen_map_close(emit->generator));
}

void emit_array(struct emit *emit, const char *key)
{
	if (begin(emit, key))
		note(emit, yajl_gen_array_open(emit->generator));
}

void emit_array_end(struct emit *emit)
{
	if (begin(emit, NULL))
		note(emit, yajl_gen_array_close(emit->generator));
}

void emit_string(struct emit *emit, const char *key, const char *value)
{
	if (value != NULL && begin(emit, key))
		put_string(emit, value);
}

static void put_number(struct emit *emit, const char *key, const char *digits)
{
	if (begin(emit, key))
		note(emit, yajl_gen_number(emit->generator, digits, strlen(digits)));
}

void emit_u64(struct emit *emit, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long) value);
	put_number(emit, key, digits);
}

void emit_i64(struct emit *emit, const char *key, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%lld", (long long) value);
	put_number(emit, key, digits);
}

void emit_real(struct emit *emit, const char *key, double value)
{
	char digits[64];

	snprintf(digits, sizeof(digits), "%.3f", value);
	put_number(emit, key, digits);
}

void emit_bool(struct emit *emit, const char *key, bool value)
{
	if (begin(emit, key))
		note(emit, yajl_gen_bool(emit->generator, value));
}

void emit_null(struct emit *emit, const char *key)
{
	if (begin(emit, key))
		note(emit, yajl_gen_null(emit->generator));
}

static void put_children(struct emit *emit, const struct json *parent)
{
	const struct json *child;

	for (child = parent->first; child != NULL; child = child->next)
		emit_json(emit, child->key, child);
}

void emit_json(struct emit *emit, const char *key, const struct json *value)
{
	switch (value->type) {
	case JSON_NULL:
		emit_null(emit, key);
		break;
	case JSON_BOOL:
		emit_bool(emit, key, value->boolean);
		break;
	case JSON_INTEGER:
		if (value->negative)
			emit_i64(emit, key, (int64_t) (0 - value->magnitude));
		else
			emit_u64(emit, key, value->magnitude);
		break;
	case JSON_REAL:
		put_number(emit, key, value->string);
		break;
	case JSON_STRING:
		emit_string(emit, key, value->string);
		break;
	case JSON_ARRAY:
		emit_array(emit, key);
		put_children(emit, value);
		emit_array_end(emit);
		break;
	case JSON_OBJECT:
		emit_object(emit, key);
		put_children(emit, value);
		emit_object_end(emit);
		break;
	}
}

const char *emit_text(struct emit *emit)
{
	const unsigned char *bytes;
	size_t length;

	if (emit->failed)
		return NULL;
	note(emit, yajl_gen_get_buf(emit->generator, &bytes, &length));
	return emit->failed ? NULL : (const char *) bytes;
}
