// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_SYSTEMD_PLAN_H
#define WEIR_RUNTIME_SYSTEMD_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroupfs/cgroup.h"
#include "spec/spec.h"

struct arena;
struct cgroup_settings;
struct err;

/*
 * What is asked of systemd, decided before it is asked: the names of a container's unit and the unit's
 * properties. Pure. The container itself lives one level below its scope (systemd.h says why).
 */

#define UNIT_NAME_ROOM 256 /* systemd's own bound, NUL included (UNIT_NAME_MAX) */

struct unit_names {
	char slice[UNIT_NAME_ROOM]; /* "a-b.slice"; "-.slice" is the root of all */
	char scope[UNIT_NAME_ROOM]; /* "prefix-name.scope" */
};

/* The one child of a scope that a container's processes live in: engines and monitors that read a scope's
 * cgroup know a child of this name and no other (docs/ARCHITECTURE.md). */
#define UNIT_LEAF "/container"

/*
 * linux.cgroupsPath as engines write it for systemd, "slice:prefix:name"; unset (NULL, ""), the scope
 * is weir-ID.scope. An empty slice is system.slice, of the user's manager user.slice. Anything else is
 * one error that names the member.
 */
int unit_names_of(const char *cgroups_path, const char *id, bool user_manager,
		  struct unit_names *names, struct err *err);

/* Where systemd keeps the scope, relative to its own root: "/a.slice/a-b.slice/NAME.scope"; and the
 * container below it. */
int unit_path(const struct unit_names *names, char out[CGROUP_PATH_ROOM], struct err *err);
int unit_leaf_path(const struct unit_names *names, char out[CGROUP_PATH_ROOM], struct err *err);

/* One property of a unit, in D-Bus's types. */
enum unit_type {
	UNIT_BOOL = 'b',
	UNIT_I32 = 'i',
	UNIT_U32 = 'u',
	UNIT_I64 = 'x',
	UNIT_U64 = 't',
	UNIT_STRING = 's',
	UNIT_BYTES = 'y',   /* ay */
	UNIT_STRINGS = 'a', /* as */
};

struct unit_property {
	const char *name;
	enum unit_type type;
	uint64_t number; /* also of the signed ones and of UNIT_BOOL */
	const char *string;
	const uint8_t *bytes;
	size_t byte_count;
	struct spec_strings strings;
};

struct unit_properties {
	struct unit_property *items;
	size_t count;
	size_t room;
};

/* For the scope itself, beside the container, of what weir keeps there: a process that holds the scope
 * and the programs of a ladder (join.c bounds them to the same). */
#define UNIT_SPARE_BYTES (32ULL << 20)
#define UNIT_SPARE_TASKS 17

/* What every scope of a container has: its slice, delegation, accounting, and that it neither ends with
 * an OOM kill inside nor stays around as a failed unit. */
int unit_properties_of_scope(struct arena *arena, const char *id, const struct unit_names *names,
			     struct unit_properties *properties, struct err *err);

/*
 * The cgroup's settings as properties of the scope, for as much as systemd has names for: it would
 * write its own values otherwise, and weights and protections count between siblings of the scope. The
 * limits of memory and tasks have the spare room above the container's own, so that it is always the
 * container's limit that is met first. Strings and bytes live in the arena.
 */
int unit_properties_of_settings(struct arena *arena, const struct cgroup_settings *settings,
				struct unit_properties *properties, struct err *err);

/*
 * The annotations org.systemd.property.NAME: values are GVariant texts ("uint64 10000000", "true",
 * "'x'", "['a', 'b']"), names are of an allow list that also knows the type; NAMESec, in seconds, is
 * NAMEUSec. Errors name the annotation.
 */
int unit_properties_of_annotations(struct arena *arena, const struct spec_pairs *annotations,
				   struct unit_properties *properties, struct err *err);

/* Adds one, in place of an earlier one of that name. -ENOMEM. */
int unit_property_set(struct arena *arena, struct unit_properties *properties,
		      const struct unit_property *property, struct err *err);

#endif
