// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_JSON_SCAN_H
#define WEIR_BASE_JSON_SCAN_H

#include <stddef.h>

/*
 * What RFC 8259 forbids and yajl lets through, found in the bytes before yajl sees them: a byte
 * order mark, UTF-8 that is overlong, a surrogate or above U+10FFFF, control characters used as
 * blanks (yajl takes \v and \f), "\u0000", and half of a surrogate pair.
 */

/* Returns what is wrong with `text` first, and its place in *offset; NULL if nothing is. */
const char *json_scan(const char *text, size_t length, size_t *offset);

#endif
