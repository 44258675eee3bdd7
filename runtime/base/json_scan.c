// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes of a JSON text.
 * Should: refuse what yajl is too kind to (its decoder turns half a surrogate pair into "?").
 * Must not: judge the grammar, which is yajl's; on broken grammar it may only say too little.
 */
#include "runtime/base/json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct scan {
	const unsigned char *bytes;
	size_t length;
	size_t at;
	bool in_string;
};

/* The well-formed sequences of RFC 3629; bytes behind the second are 0x80 to 0xbf. */
static const struct utf8_form {
	unsigned char first, last, low, high;
	size_t length;
} utf8_forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* The length of the sequence of two bytes or more at `bytes`, 0 if it is malformed. */
static size_t utf8_length(const unsigned char *bytes, size_t room)
{
	const struct utf8_form *form = utf8_forms;
	const struct utf8_form *end = form + sizeof(utf8_forms) / sizeof(utf8_forms[0]);
	size_t i;

	while (form < end && (bytes[0] < form->first || bytes[0] > form->last))
		form++;
	if (form == end || form->length > room || bytes[1] < form->low || bytes[1] > form->high)
		return 0;
	for (i = 2; i < form->length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return form->length;
}

static int hex_digit(unsigned char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* The code unit of the "\uXXXX" at `at`, or -1 if there is none. */
static int32_t escaped_unit(const struct scan *scan, size_t at)
{
	int32_t unit = 0;
	size_t i;

	if (scan->length - at < 6 || scan->bytes[at] != '\\' || scan->bytes[at + 1] != 'u')
		return -1;
	for (i = at + 2; i < at + 6; i++) {
		int digit = hex_digit(scan->bytes[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* A backslash inside a string. */
static const char *scan_escape(struct scan *scan)
{
	int32_t unit = escaped_unit(scan, scan->at);
	int32_t second;

	if (unit < 0) {
		scan->at += scan->length - scan->at > 1 ? 2 : 1;
		return NULL;
	}
	if (unit == 0)
		return "a NUL character (\\u0000)";
	if (unit < 0xd800 || unit > 0xdfff) {
		scan->at += 6;
		return NULL;
	}
	second = escaped_unit(scan, scan->at + 6);
	if (unit > 0xdbff || second < 0xdc00 || second > 0xdfff)
		return "half of a surrogate pair";
	scan->at += 12;
	return NULL;
}

static const char *scan_byte(struct scan *scan)
{
	unsigned char byte = scan->bytes[scan->at];
	size_t length;

	if (byte == '\\' && scan->in_string)
		return scan_escape(scan);
	if (byte == '"')
		scan->in_string = !scan->in_string;
	if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')
		return byte == 0 ? "a NUL character" : "a control character";
	length = byte < 0x80 ? 1 : utf8_length(scan->bytes + scan->at, scan->length - scan->at);
	if (length == 0)
		return "not UTF-8";
	scan->at += length;
	return NULL;
}

const char *json_scan(const char *text, size_t length, size_t *offset)
{
	struct scan scan = { .bytes = (const unsigned char *) text, .length = length };
	const char *wrong = NULL;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		wrong = "a byte order mark";
	while (wrong == NULL && scan.at < length)
		wrong = scan_byte(&scan);
	*offset = scan.at;
	return wrong;
}
