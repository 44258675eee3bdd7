// SPDX-License-Identifier: Apache-2.0
/*
 * Memory that is given back all at once.
 * Should: be zero-filled and aligned for any type.
 * Must not: move what it has given out.
 */
#include "runtime/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 16384 /* holds an ordinary config whole: podman's real one needs about 40 KiB */
#define ALIGNMENT  16

struct arena_block {
	struct arena_block *older;
	size_t used;
	size_t room;
	_Alignas(ALIGNMENT) char bytes[];
};

static struct arena_block *add_block(struct arena *arena, size_t at_least)
{
	size_t room = at_least > BLOCK_SIZE ? at_least : BLOCK_SIZE;
	struct arena_block *block = calloc(1, sizeof(*block) + room);

	if (block == NULL)
		return NULL;
	block->room = room;
	block->older = arena->newest;
	arena->newest = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->newest;
	size_t aligned = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
	void *memory;

	if (aligned < size || aligned > SIZE_MAX / 2)
		return NULL;
	if (block == NULL || block->room - block->used < aligned)
		block = add_block(arena, aligned);
	if (block == NULL)
		return NULL;
	memory = block->bytes + block->used;
	block->used += aligned;
	return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(arena, bytes > 0 ? bytes : 1);
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
	char *copy = length < SIZE_MAX ? arena_alloc(arena, length + 1) : NULL;

	if (copy != NULL && length > 0)
		memcpy(copy, bytes, length);
	return copy;
}

char *arena_string(struct arena *arena, const char *string)
{
	return arena_copy(arena, string, strlen(string));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *string;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	string = length < 0 ? NULL : arena_alloc(arena, (size_t) length + 1);
	if (string == NULL)
		return NULL;
	va_start(args, format);
	vsnprintf(string, (size_t) length + 1, format, args);
	va_end(args);
	return string;
}

void arena_free(struct arena *arena)
{
	while (arena->newest != NULL) {
		struct arena_block *older = arena->newest->older;

		free(arena->newest);
		arena->newest = older;
	}
}
