// SPDX-License-Identifier: Apache-2.0
/*
 * A table for people.
 * Should: line up.
 * Must not: let a name command the terminal.
 */
#include "runtime/cmd/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CELL_ROOM 1200 /* an id has 1024 */

void table_free(struct table *table)
{
	text_free(&table->cells);
}

void table_add(struct table *table, const char *format, ...)
{
	char cell[CELL_ROOM];
	va_list args;
	size_t i;

	va_start(args, format);
	vsnprintf(cell, sizeof(cell), format, args);
	va_end(args);
	for (i = 0; cell[i] != '\0'; i++)
		if ((unsigned char) cell[i] < ' ' || cell[i] == 0x7f)
			cell[i] = '?';
	if ((int) i > table->widths[table->count % table->columns])
		table->widths[table->count % table->columns] = (int) i;
	text_add_bytes(&table->cells, cell, i + 1);
	table->count++;
}

static void add_cell(const struct table *table, size_t column, const char *cell, struct text *line)
{
	int width = table->widths[column];

	if (table->right & (1U << column))
		text_addf(line, "%*s", width, cell);
	else if (column + 1 < table->columns)
		text_addf(line, "%-*s", width, cell);
	else
		text_add(line, cell);
	if (column + 1 < table->columns)
		text_add(line, "  ");
}

static void add_line(const char *line, size_t width, struct text *out)
{
	size_t length = strlen(line);

	length = width > 0 && length > width ? width : length;
	while (length > 0 && line[length - 1] == ' ')
		length--;
	text_add_bytes(out, line, length);
	text_add(out, "\n");
}

void table_print(const struct table *table, size_t rows, size_t width, struct text *out)
{
	const char *cell = text_string(&table->cells);
	size_t row;
	size_t column;

	for (row = 0; row < rows && row < table->count / table->columns; row++) {
		auto_text struct text line = { 0 };

		for (column = 0; column < table->columns; column++) {
			add_cell(table, column, cell, &line);
			cell += strlen(cell) + 1;
		}
		add_line(text_string(&line), width, out);
	}
}
