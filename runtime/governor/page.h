// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_PAGE_H
#define WEIR_GOVERNOR_PAGE_H

#include <stdbool.h>

struct json;
struct text;

/*
 * A report as one page for a browser: no script, nothing loaded from anywhere, light or dark as the reader
 * has it, readable on a phone. Pure.
 */
void page_write(const struct json *report, struct text *page);

/* Adds `string` as text of HTML, in an element or a quoted attribute; control characters become '?'. */
void page_add(struct text *page, const char *string);

/* ---- page_chart.c ---- */

struct page_shape {
	int width, height;
	bool closer; /* only from a little before the first rung on, if that is a small part */
};

/* The readings as an SVG: need, use, limit, rungs, what was done. Nothing without two readings. */
void page_chart(const struct json *report, const struct page_shape *shape, struct text *page);

/* ---- page_style.c ---- */

extern const char page_style[];

#endif
