// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SPEC_LOAD_H
#define WEIR_SPEC_LOAD_H

#include "spec/spec.h"

struct arena;
struct err;
struct text;

/*
 * Reads a config.json: strict JSON, every known property of the right type and in range, required
 * ones there; unknown properties are ignored at any depth (config.md, Extensibility). An error
 * names the JSON path: "/process/user/uid: expected an integer, found a string". A property that
 * is valid and not carried out yet is an error too: "not supported yet: /linux/intelRdt"; one that
 * cgroup v2 cannot carry out says why. Neither is, when the value asks for nothing: engines write
 * empty objects and lists, "", false and 0 (or the kernel's default) for what nobody asked for.
 *
 * null is absent for a list, a map or an object, since Go writes an empty one so, and a wrong type
 * for anything else; `capabilities: null` therefore means none. "" is absent for an optional
 * string and an error for a required one. Outputs are untouched when it fails.
 *
 * What merits a warning (an ociVersion with a higher minor) is added to `warnings`, one line each.
 */
int spec_parse(struct arena *arena, const struct text *json, struct spec *spec,
	       struct text *warnings, struct err *err);

/*
 * Reads a process object, as `exec --process` is given one, in place of spec->process: as strictly,
 * paths counted from the object ("/user/uid"). Privileges and limits it is silent about stay as the
 * config has them.
 */
int spec_parse_process(struct arena *arena, const struct text *json, struct spec *spec,
		       struct text *warnings, struct err *err);

/* Reads a list of mounts by itself, as strictly: "[ ... ]", or an object with that as its "mounts". Paths in
 * errors begin at the list. */
int spec_parse_mounts(struct arena *arena, const struct text *json, struct spec_mounts *mounts,
		      struct err *err);

/* The value of an annotation, NULL if there is none. */
const char *spec_annotation(const struct spec *spec, const char *key);

#endif
