// SPDX-License-Identifier: Apache-2.0
/*
 * What is asked for, from text.
 * Should: name the column of what is wrong.
 * Must not: know what a share is good for.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/align/align.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

#define LEAST_PERMILLE 100 /* a heap below a tenth of the limit is a slip */
#define MOST_ARENAS    1024

static const char *const kind_names[] = {
	[ALIGN_NATIVE] = "native", [ALIGN_GO] = "go",	      [ALIGN_JVM] = "jvm",
	[ALIGN_NODE] = "node",	   [ALIGN_DOTNET] = "dotnet",
};

const char *align_kind_name(enum align_kind kind)
{
	return kind_names[kind];
}

struct parsing {
	const char *text;
	struct align_wish *wish;
	struct err *err;
};

__attribute__((format(printf, 3, 4))) static int fail(const struct parsing *parsing,
						      const char *where, const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return err_say(parsing->err, EINVAL, "column %td: %s", where - parsing->text + 1, message);
}

/* "0.9", "0.875": up to three digits. */
static bool read_fraction(const char *text, unsigned *permille)
{
	const char *digits = text + 2;
	size_t length = text_starts(text, "0.") ? strlen(digits) : 0;
	char padded[4] = "000";
	uint64_t value = 0;

	if (length < 1 || length > 3)
		return false;
	memcpy(padded, digits, length);
	if (!number_u64(padded, &value))
		return false;
	*permille = (unsigned) value;
	return true;
}

/* "75", "75%": a percentage. */
static bool read_percent(const char *text, unsigned *permille)
{
	const char *cursor = text;
	uint64_t percent = 0;

	if (!number_u64_next(&cursor, &percent) || (*cursor != '\0' && strcmp(cursor, "%") != 0) ||
	    percent > 100)
		return false;
	*permille = (unsigned) percent * 10;
	return true;
}

static int take_share(const struct parsing *parsing, enum align_kind kind, const char *value)
{
	struct align_share *share = &parsing->wish->shares[kind];

	share->wanted = true;
	if (value == NULL)
		return 0;
	if (strcmp(value, "off") == 0) {
		share->wanted = false;
		return 0;
	}
	if ((read_fraction(value, &share->permille) || read_percent(value, &share->permille)) &&
	    share->permille >= LEAST_PERMILLE)
		return 0;
	return fail(parsing, value, "'%.32s' is no share of the limit (0.9, 75, 75%%) from 10 %%",
		    value);
}

static int take_arenas(const struct parsing *parsing, const char *value)
{
	uint64_t arenas = 0;

	parsing->wish->arenas_wanted = true;
	if (value == NULL)
		return 0;
	if (strcmp(value, "off") == 0) {
		parsing->wish->arenas_wanted = false;
		return 0;
	}
	if (!number_u64(value, &arenas) || arenas < 1 || arenas > MOST_ARENAS)
		return fail(parsing, value, "'%.32s' is no number of arenas (malloc=2)", value);
	parsing->wish->arenas = (unsigned) arenas;
	return 0;
}

/* 0 for none. */
static enum align_kind kind_of(const char *name)
{
	unsigned kind = ALIGN_KINDS;

	while (--kind > ALIGN_NATIVE && strcmp(kind_names[kind], name) != 0)
		;
	return (enum align_kind) kind;
}

static int take_told(const struct parsing *parsing, const char *where, const char *value)
{
	enum align_kind kind = value != NULL ? kind_of(value) : ALIGN_NATIVE;

	if (kind == ALIGN_NATIVE)
		return fail(parsing, value != NULL ? value : where,
			    "as: which runtime? (as=go, jvm, node or dotnet)");
	parsing->wish->is_told = true;
	parsing->wish->told = kind;
	return 0;
}

static void take_all(struct align_wish *wish)
{
	unsigned kind;

	for (kind = ALIGN_GO; kind < ALIGN_KINDS; kind++)
		wish->shares[kind].wanted = true;
	wish->arenas_wanted = true;
}

static int take_item(const struct parsing *parsing, char *item)
{
	char *value = strchr(item, '=');
	enum align_kind kind;

	if (value != NULL)
		*value++ = '\0';
	if (strcmp(item, "auto") == 0 && value == NULL) {
		take_all(parsing->wish);
		return 0;
	}
	if (strcmp(item, "malloc") == 0)
		return take_arenas(parsing, value);
	if (strcmp(item, "as") == 0)
		return take_told(parsing, item, value);
	kind = kind_of(item);
	if (kind == ALIGN_NATIVE)
		return fail(parsing, item,
			    "'%.32s' is none of auto, go, jvm, node, dotnet, malloc, as", item);
	return take_share(parsing, kind, value);
}

int align_parse(const char *text, struct align_wish *wish, struct err *err)
{
	auto_free char *copy = strdup(text);
	struct align_wish parsed = { 0 };
	struct parsing parsing = { .text = copy, .wish = &parsed, .err = err };
	char *cursor = copy;
	char *item;
	int result = 0;

	if (copy == NULL)
		return err_set(err, ENOMEM, "align");
	while (strcmp(text, "off") != 0 && result == 0 &&
	       (item = text_next(&cursor, ',')) != NULL) {
		item += strspn(item, " ");
		item[strcspn(item, " ")] = '\0';
		result = *item != '\0' ? take_item(&parsing, item)
				       : fail(&parsing, item, "a word is missing");
	}
	if (result == 0)
		*wish = parsed;
	return result;
}
