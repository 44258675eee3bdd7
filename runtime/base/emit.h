// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_EMIT_H
#define WEIR_BASE_EMIT_H

#include <stdbool.h>
#include <stdint.h>

struct json;

/*
 * JSON out, through yajl_gen: slashes unescaped, strings made valid UTF-8 (a byte that is not
 * becomes '?'). `key` is the member's name inside an object and NULL inside an array or at the
 * top. Running out of memory is remembered; emit_text() then returns NULL.
 */
struct emit {
	struct yajl_gen_t *generator;
	bool failed;
};

#define auto_emit __attribute__((cleanup(emit_close)))

/* Begins a document: on one line, or `pretty` with four blanks of indentation. */
void emit_open(struct emit *emit, bool pretty);
void emit_close(struct emit *emit);

void emit_object(struct emit *emit, const char *key);
void emit_object_end(struct emit *emit);
void emit_array(struct emit *emit, const char *key);
void emit_array_end(struct emit *emit);

/* A NULL `value` writes nothing at all, key included. */
void emit_string(struct emit *emit, const char *key, const char *value);
void emit_u64(struct emit *emit, const char *key, uint64_t value);
void emit_i64(struct emit *emit, const char *key, int64_t value);
void emit_bool(struct emit *emit, const char *key, bool value);
void emit_null(struct emit *emit, const char *key);

/* A number with three digits behind the point: seconds, percentages. */
void emit_real(struct emit *emit, const char *key, double value);

/* A value that was read, with all it holds, as it was read. */
void emit_json(struct emit *emit, const char *key, const struct json *value);

/* The document, which ends with a newline when pretty. Borrowed until emit_close(); NULL without
 * memory. */
const char *emit_text(struct emit *emit);

#endif
