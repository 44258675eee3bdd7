// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CMD_TABLE_H
#define WEIR_CMD_TABLE_H

#include <stddef.h>

#include "runtime/base/text.h"

/* A table for people: columns as wide as their widest cell, two blanks between. */
#define TABLE_COLUMNS 16

struct table {
	struct text cells; /* each ended by a NUL */
	size_t columns;
	size_t count; /* of cells */
	int widths[TABLE_COLUMNS];
	unsigned right; /* bits: columns of numbers */
};

#define auto_table __attribute__((cleanup(table_free)))
void table_free(struct table *table);

/* A terminal obeys control characters: none gets in. */
__attribute__((format(printf, 2, 3))) void table_add(struct table *table, const char *format, ...);

/* Adds the lines, at most `width` bytes each (0: as long as they are) and `rows` of them. */
void table_print(const struct table *table, size_t rows, size_t width, struct text *out);

#endif
