// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_JSON_H
#define WEIR_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

/*
 * JSON in, strictly (RFC 8259 through yajl's callback parser; comments, trailing data and invalid
 * UTF-8 refused). Errors besides yajl's own: a name used twice in one object, a NUL in a name or
 * a string, more than JSON_DEPTH levels, JSON_NODES values or JSON_BYTES bytes. The reader knows
 * nothing of any document's meaning; it lives on the floor because the config, our own state and
 * policies and reports are all read by it.
 */
#define JSON_BYTES (16U << 20) /* 400 times podman's real config */
#define JSON_DEPTH 64	       /* the deepest path of config.json has 7 levels */
#define JSON_NODES 1000000U

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_INTEGER, /* no fraction, no exponent, fits int64_t or uint64_t */
	JSON_REAL,    /* any other number; `string` holds its text */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json {
	enum json_type type;
	const char *key; /* the member's name inside an object; NULL otherwise */
	size_t index;	 /* the position inside the parent */
	const struct json *parent;
	const struct json *first; /* of an array's or object's children, in the order written */
	const struct json *next;
	size_t count;	    /* of children */
	const char *string; /* JSON_STRING; or the text of a JSON_REAL */
	size_t length;
	bool boolean;
	bool negative;	    /* JSON_INTEGER: the value is -magnitude */
	uint64_t magnitude; /* JSON_INTEGER */
	size_t end;	 /* offset in the text: of its last byte; of an array's or object's first */
	size_t name_end; /* of its name's last byte, if it has one */
};

/* Parses `length` bytes. The tree lives in `arena` and keeps nothing of `text`. 0 or -EINVAL
 * with line and column in err (-E2BIG for a limit passed, -ENOMEM). */
int json_parse(struct arena *arena, const char *text, size_t length, const struct json **root,
	       struct err *err);

/* The member `key` of an object; NULL if there is none or `object` is not an object. */
const struct json *json_member(const struct json *object, const char *key);

/* The place of a value as a JSON pointer (RFC 6901), "/linux/resources/memory/limit"; "/" for the
 * document. Cut at the front with "..." if longer than the buffer. Returns buffer. */
#define JSON_PATH_ROOM 256
const char *json_path(const struct json *value, char buffer[JSON_PATH_ROOM]);

/* Where something stands in a text: counted from 1, columns in characters. */
struct json_place {
	size_t line, column;
};
void json_place_of(const char *text, size_t offset, struct json_place *place);

/* Where a value, or its name, begins in the text that it was parsed from. */
void json_place_of_value(const char *text, const struct json *value, struct json_place *place);
void json_place_of_name(const char *text, const struct json *member, struct json_place *place);

/* What a value is, for messages: "a string", "an object", "null" ... */
const char *json_type_name(enum json_type type);

/* The value as an integer; false if it is none or out of range. */
bool json_i64(const struct json *value, int64_t *out);
bool json_u64(const struct json *value, uint64_t *out);

#endif
