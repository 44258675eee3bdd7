// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_MERGE_H
#define WEIR_RUNTIME_MERGE_H

struct json;
struct text;

/*
 * A config with an update over it, as JSON text. `asked` is an object like the config, with no more
 * in it than is to be changed: {"linux": {"resources": {…}}}. Pure.
 *
 *  - Objects are merged member by member; a list of limits (hugepageLimits, blockIO's devices) item by
 *    item, by page size or by device; any other list, `devices` above all, replaces what was there.
 *  - What asks for nothing changes nothing: null, "", an empty object or list, and the zeros that engines
 *    write for "not given" in memory, cpu (but for burst and idle) and blockIO.
 *  - A file that the config set through `unified` gives way to a later value of the property
 *    which stands for the same file.
 */
void merge_config(const struct json *kept, const struct json *asked, struct text *out);

/* Whether `value` of an update asks for anything (see above). NULL does not. */
int merge_asks(const struct json *value);

#endif
