// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include <stddef.h>

/*
 * Memory that is given back all at once: a config and all it refers to live in one arena.
 * Start from `{ 0 }`, end with arena_free().
 */
struct arena_block;

struct arena {
	struct arena_block *newest;
};

#define auto_arena __attribute__((cleanup(arena_free)))

/* `size` zero-filled bytes aligned for any type, or NULL when memory runs out. */
void *arena_alloc(struct arena *arena, size_t size);

/* `count` zero-filled elements of `size` bytes; NULL on overflow or when memory runs out. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A copy of the first `length` bytes of `bytes` with a NUL behind them; NULL without memory. */
char *arena_copy(struct arena *arena, const char *bytes, size_t length);

/* A copy of a C string. */
char *arena_string(struct arena *arena, const char *string);

/* One formatted C string. */
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *arena, const char *format,
							 ...);

void arena_free(struct arena *arena);

#endif
