// SPDX-License-Identifier: Apache-2.0
/*
 * The whole config.
 * Should: read JSON into a struct spec, and check what needs more than one of its parts.
 * Must not: open anything: it is given text.
 */
#include "spec/load.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "spec/field.h"
#include "spec/shapes.h"

#define HOST_NAME_MAX_BYTES 64 /* __NEW_UTS_LEN of <linux/utsname.h> */
#define MAJOR_KNOWN	    1  /* the spec's version carried out: 1.3.0 */
#define MINOR_KNOWN	    3

static const struct field root_rows[] = {
	ROW_STRING(spec_root, path, "path", .flags = FIELD_REQUIRED),
	ROW_BOOL(spec_root, readonly, "readonly", ),
};
static const struct shape root_shape = SHAPE(spec_root, root_rows, NULL);

static const struct field spec_rows[] = {
	ROW_STRING(spec, oci_version, "ociVersion", .flags = FIELD_REQUIRED),
	ROW_OBJECT(spec, root, "root", &root_shape, .flags = FIELD_REQUIRED),
	ROW_POINTER(spec, process, "process", &shape_process, ),
	ROW_STRING(spec, hostname, "hostname", .max = HOST_NAME_MAX_BYTES),
	ROW_STRING(spec, domainname, "domainname", .max = HOST_NAME_MAX_BYTES),
	ROW_LIST(spec, mounts, "mounts", &shape_mount, ),
	ROW_OBJECT(spec, hooks, "hooks", &shape_hooks, ),
	ROW_PAIRS(spec, annotations, "annotations", ),
	ROW_OBJECT(spec, linux_config, "linux", &shape_linux, ),
	ROW_IGNORED("freebsd"),
	ROW_IGNORED("solaris"),
	ROW_IGNORED("vm"),
	ROW_IGNORED("windows"),
	ROW_IGNORED("zos"),
};

/* One number of a version: no sign, no leading zero. */
static bool next_number(const char **cursor, uint64_t *number)
{
	const char *start = *cursor;

	return isdigit((unsigned char) *start) && number_u64_next(cursor, number) &&
	       (*start != '0' || *cursor == start + 1);
}

/* Identifiers separated by dots, none empty: what follows '-' or '+' in a version. */
static bool are_identifiers(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-.";
	size_t length = strlen(text);

	return length > 0 && strspn(text, allowed) == length && text[0] != '.' &&
	       text[length - 1] != '.' && strstr(text, "..") == NULL;
}

/* Semantic Versioning 2.0.0: MAJOR.MINOR.PATCH, then "-pre.release" and "+build" if any. */
static bool read_version(const char *version, uint64_t *major, uint64_t *minor)
{
	char rest[128];
	char *build;
	uint64_t patch;

	if (!next_number(&version, major) || *version++ != '.' || !next_number(&version, minor) ||
	    *version++ != '.' || !next_number(&version, &patch) || strlen(version) >= sizeof(rest))
		return false;
	memcpy(rest, version, strlen(version) + 1);
	build = strchr(rest, '+');
	if (build != NULL) {
		*build = '\0';
		if (!are_identifiers(build + 1))
			return false;
	}
	return rest[0] == '\0' || (rest[0] == '-' && are_identifiers(rest + 1));
}

static int check_version(struct loading *loading, const struct json *json, const struct spec *spec)
{
	char room[FIELD_SHOWN_ROOM];
	const char *shown = field_shown(spec->oci_version, room);
	uint64_t major;
	uint64_t minor;

	if (!read_version(spec->oci_version, &major, &minor))
		return field_refuse_member(loading, json, "ociVersion",
					   "'%s' is not a version like 1.3.0", shown);
	if (major != MAJOR_KNOWN)
		return field_refuse_member(loading, json, "ociVersion",
					   "%s is not a version 1 of the specification", shown);
	if (minor > MINOR_KNOWN && loading->warnings != NULL)
		text_addf(loading->warnings,
			  "/ociVersion: %s is newer than 1.%d; what it added is ignored\n", shown,
			  MINOR_KNOWN);
	return 0;
}

/* setresuid(2) and setgroups(2) refuse an id that has no mapping. `process` holds the user. */
static int check_ids(struct loading *loading, const struct json *process, const struct spec *spec)
{
	const struct spec_user *user = &spec->process->user;
	const struct json *place = json_member(process, "user");
	size_t i;

	if (spec->linux_config.uid_mappings.count == 0)
		return 0;
	if (!idmaps_hold(&spec->linux_config.uid_mappings, user->uid))
		return field_refuse_member(loading, place, "uid", "not in /linux/uidMappings");
	if (!idmaps_hold(&spec->linux_config.gid_mappings, user->gid))
		return field_refuse_member(loading, place, "gid", "not in /linux/gidMappings");
	for (i = 0; i < user->additional_gids.count; i++)
		if (!idmaps_hold(&spec->linux_config.gid_mappings, user->additional_gids.items[i]))
			return field_refuse(loading, field_item(place, "additionalGids", i),
					    "not in /linux/gidMappings");
	return 0;
}

static int check_spec(struct loading *loading, const struct json *json, void *object)
{
	const struct spec *spec = object;
	int result = check_version(loading, json, spec);

	return result < 0 || spec->process == NULL
		       ? result
		       : check_ids(loading, json_member(json, "process"), spec);
}

const struct shape shape_spec = SHAPE(spec, spec_rows, check_spec);

int spec_parse(struct arena *arena, const struct text *json, struct spec *spec,
	       struct text *warnings, struct err *err)
{
	struct loading loading = { .arena = arena, .warnings = warnings, .err = err };
	struct spec loaded = { 0 };
	const struct json *root;
	int result = json_parse(arena, text_string(json), json->length, &root, err);

	if (result == 0)
		result = field_load_object(&loading, &shape_spec, root, &loaded);
	if (result == 0)
		*spec = loaded;
	return result;
}

/* What a process object that is silent about it leaves as the config has it. Its terminal, user,
 * program, environment and working directory are its own. */
#define INHERITED(member, json)                                                                    \
	{                                                                                          \
		json, offsetof(struct spec_process, member),                                       \
			sizeof(((struct spec_process *) 0)->member)                                \
	}
static const struct inherited {
	const char *name;
	size_t place;
	size_t size;
} inherited[] = {
	INHERITED(capabilities, "capabilities"),
	INHERITED(rlimits, "rlimits"),
	INHERITED(apparmor_profile, "apparmorProfile"),
	INHERITED(selinux_label, "selinuxLabel"),
	INHERITED(no_new_privileges, "noNewPrivileges"),
	INHERITED(oom_score_adj, "oomScoreAdj"),
	INHERITED(scheduler, "scheduler"),
	INHERITED(io_priority, "ioPriority"),
	INHERITED(exec_cpu_affinity, "execCPUAffinity"),
};

/* null and "" are how engines write nothing; false and empty objects are something. */
static bool is_silent(const struct json *value)
{
	return value == NULL || value->type == JSON_NULL ||
	       (value->type == JSON_STRING && value->length == 0);
}

static void inherit(const struct json *json, const struct spec_process *from,
		    struct spec_process *to)
{
	size_t i;

	for (i = 0; i < sizeof(inherited) / sizeof(inherited[0]); i++)
		if (is_silent(json_member(json, inherited[i].name)))
			memcpy((char *) to + inherited[i].place,
			       (const char *) from + inherited[i].place, inherited[i].size);
	if (!to->user.umask.set)
		to->user.umask = from->user.umask;
}

int spec_parse_process(struct arena *arena, const struct text *json, struct spec *spec,
		       struct text *warnings, struct err *err)
{
	struct loading loading = { .arena = arena, .warnings = warnings, .err = err };
	struct spec_process *process = arena_alloc(arena, sizeof(*process));
	struct spec changed = *spec;
	const struct json *root;
	int result = json_parse(arena, text_string(json), json->length, &root, err);

	if (result == 0 && process == NULL)
		result = err_set(err, ENOMEM, "process");
	if (result == 0)
		result = field_load_object(&loading, &shape_process, root, process);
	if (result < 0)
		return result;
	if (spec->process != NULL)
		inherit(root, spec->process, process);
	changed.process = process;
	result = check_ids(&loading, root, &changed);
	if (result == 0)
		*spec = changed;
	return result;
}

int spec_parse_mounts(struct arena *arena, const struct text *json, struct spec_mounts *mounts,
		      struct err *err)
{
	static const struct field rows[] = {
		ROW_LIST(spec, mounts, "mounts", &shape_mount, .flags = FIELD_REQUIRED),
	};
	static const struct shape shape = SHAPE(spec, rows, NULL);
	struct loading loading = { .arena = arena, .err = err };
	struct spec loaded = { 0 };
	const struct json *root;
	int result = json_parse(arena, text_string(json), json->length, &root, err);

	if (result == 0 && root->type == JSON_ARRAY)
		result = field_load_value(&loading, &rows[0], root, &loaded.mounts.items);
	else if (result == 0)
		result = field_load_object(&loading, &shape, root, &loaded);
	if (result == 0)
		*mounts = loaded.mounts;
	return result;
}

const char *spec_annotation(const struct spec *spec, const char *key)
{
	size_t i;

	for (i = 0; i < spec->annotations.count; i++)
		if (strcmp(spec->annotations.items[i].key, key) == 0)
			return spec->annotations.items[i].value;
	return NULL;
}
