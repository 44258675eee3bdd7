// SPDX-License-Identifier: Apache-2.0
/*
 * config-linux.md, all that has no file of its own.
 * Should: say what a namespace, a device or a path may not be, whatever the host.
 * Must not: look at the host.
 */
#include <linux/sched.h>
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "spec/field.h"
#include "spec/names.h"
#include "spec/shapes.h"
#include "spec/spec.h"

#define MAJOR_MAX	4095	/* 12 bits of a dev_t, <linux/kdev_t.h> */
#define MINOR_MAX	1048575 /* and 20 bits */
#define FILE_MODE_MAX	0177777 /* a st_mode: some engines leave the type's bits in */
#define FILE_MODE_BITS	07777
#define INTERFACE_MAX	15	  /* IFNAMSIZ less the NUL */
#define NANOSECONDS_MAX 999999999 /* time_namespaces(7) */

static const struct field namespace_rows[] = {
	ROW_WORD(spec_namespace, type, "type", names_namespaces, .flags = FIELD_REQUIRED),
	ROW_STRING(spec_namespace, path, "path", .flags = FIELD_ABSOLUTE),
};

static const struct shape namespace_shape = SHAPE(spec_namespace, namespace_rows, NULL);

static const struct field device_rows[] = {
	ROW_WORD(spec_device, type, "type", names_device_types, .flags = FIELD_REQUIRED),
	ROW_STRING(spec_device, path, "path", .flags = FIELD_REQUIRED | FIELD_ABSOLUTE),
	ROW_INT_IF_SET(spec_device, major, "major", 0, MAJOR_MAX, ),
	ROW_INT_IF_SET(spec_device, minor, "minor", 0, MINOR_MAX, ),
	ROW_UINT_IF_SET(spec_device, file_mode, "fileMode", FILE_MODE_MAX, ),
	ROW_UINT_IF_SET(spec_device, uid, "uid", SPEC_ID_MAX, ),
	ROW_UINT_IF_SET(spec_device, gid, "gid", SPEC_ID_MAX, ),
};

static int check_device(struct loading *loading, const struct json *json, void *object)
{
	struct spec_device *device = object;

	device->file_mode.value &= FILE_MODE_BITS;
	if (device->type != 'p' && !device->major.set)
		return field_refuse_member(loading, json, "major", "required, but missing");
	if (device->type != 'p' && !device->minor.set)
		return field_refuse_member(loading, json, "minor", "required, but missing");
	return 0;
}

static const struct shape device_shape = SHAPE(spec_device, device_rows, check_device);

static const struct field net_device_rows[] = {
	ROW_STRING(spec_net_device, name, "name", .max = INTERFACE_MAX),
};
static const struct shape net_device_shape = SHAPE(spec_net_device, net_device_rows, NULL);

static const struct field rdt_rows[] = {
	ROW_STRING(spec_intel_rdt, clos_id, "closID", ),
	ROW_STRINGS(spec_intel_rdt, schemata, "schemata", ),
	ROW_STRING(spec_intel_rdt, l3_cache_schema, "l3CacheSchema", ),
	ROW_STRING(spec_intel_rdt, mem_bw_schema, "memBwSchema", ),
	ROW_BOOL(spec_intel_rdt, enable_monitoring, "enableMonitoring", ),
};

static bool is_one_line(const char *string)
{
	return string == NULL || strchr(string, '\n') == NULL;
}

static int check_rdt(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_intel_rdt *rdt = object;
	size_t i;

	for (i = 0; i < rdt->schemata.count; i++)
		if (!is_one_line(rdt->schemata.items[i]))
			return field_refuse(loading, field_item(json, "schemata", i),
					    "more than one line");
	if (!is_one_line(rdt->l3_cache_schema))
		return field_refuse_member(loading, json, "l3CacheSchema", "more than one line");
	if (rdt->mem_bw_schema != NULL &&
	    (!is_one_line(rdt->mem_bw_schema) || !text_starts(rdt->mem_bw_schema, "MB:")))
		return field_refuse_member(loading, json, "memBwSchema",
					   "not one line that begins with MB:");
	return 0;
}

static const struct shape rdt_shape = SHAPE(spec_intel_rdt, rdt_rows, check_rdt);

static const struct field policy_rows[] = {
	ROW_WORD(spec_memory_policy, mode, "mode", names_memory_modes, .flags = FIELD_REQUIRED),
	ROW_STRING(spec_memory_policy, nodes, "nodes", ),
	ROW_WORDS(spec_memory_policy, flags, "flags", names_memory_flags, ),
};

static int check_policy(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_memory_policy *policy = object;

	return spec_check_list(loading, json, "nodes", policy->nodes);
}

static const struct shape policy_shape = SHAPE(spec_memory_policy, policy_rows, check_policy);

static const struct field personality_rows[] = {
	ROW_WORD(spec_personality, domain, "domain", names_personalities, .flags = FIELD_REQUIRED),
	ROW_STRINGS(spec_personality, flags, "flags", ),
};

/* "Currently no flag values are supported." */
static int check_personality(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_personality *personality = object;
	char room[FIELD_SHOWN_ROOM];

	if (personality->flags.count == 0)
		return 0;
	return field_refuse(loading, field_item(json, "flags", 0), "there is no flag '%s'",
			    field_shown(personality->flags.items[0], room));
}

static const struct shape personality_shape =
	SHAPE(spec_personality, personality_rows, check_personality);

static const struct field time_offset_rows[] = {
	ROW_INT(spec_time_offset, secs, "secs", INT64_MIN, INT64_MAX, ),
	ROW_UINT(spec_time_offset, nanosecs, "nanosecs", NANOSECONDS_MAX, ),
};
static const struct shape time_offset_shape = SHAPE(spec_time_offset, time_offset_rows, NULL);

static const struct field time_offsets_rows[] = {
	ROW_POINTER(spec_time_offsets, monotonic, "monotonic", &time_offset_shape, ),
	ROW_POINTER(spec_time_offsets, boottime, "boottime", &time_offset_shape, ),
};

/* The names are those of clocks, so that another one is a wrong value. */
static int check_time_offsets(struct loading *loading, const struct json *json, void *object)
{
	const struct json *clock = json->first;

	(void) object;
	for (; clock != NULL; clock = clock->next)
		if (strcmp(clock->key, "monotonic") != 0 && strcmp(clock->key, "boottime") != 0)
			return field_refuse(loading, clock, "neither monotonic nor boottime");
	return 0;
}

static const struct shape time_offsets_shape =
	SHAPE(spec_time_offsets, time_offsets_rows, check_time_offsets);

static const struct field linux_rows[] = {
	ROW_LIST(spec_linux, namespaces, "namespaces", &namespace_shape, ),
	ROW_LIST(spec_linux, uid_mappings, "uidMappings", &shape_id_map, ),
	ROW_LIST(spec_linux, gid_mappings, "gidMappings", &shape_id_map, ),
	ROW_LIST(spec_linux, devices, "devices", &device_shape, ),
	ROW_NAMED(spec_linux, net_devices, "netDevices", &net_device_shape, ),
	ROW_STRING(spec_linux, cgroups_path, "cgroupsPath", ),
	ROW_POINTER(spec_linux, resources, "resources", &shape_resources, ),
	ROW_WORD(spec_linux, rootfs_propagation, "rootfsPropagation", names_propagations, ),
	ROW_POINTER(spec_linux, seccomp, "seccomp", &shape_seccomp, ),
	ROW_PAIRS(spec_linux, sysctl, "sysctl", ),
	ROW_STRINGS(spec_linux, masked_paths, "maskedPaths", .flags = FIELD_ABSOLUTE),
	ROW_STRINGS(spec_linux, readonly_paths, "readonlyPaths", .flags = FIELD_ABSOLUTE),
	ROW_STRING(spec_linux, mount_label, "mountLabel", ),
	ROW_POINTER(spec_linux, intel_rdt, "intelRdt", &rdt_shape, ),
	ROW_POINTER(spec_linux, memory_policy, "memoryPolicy", &policy_shape, ),
	ROW_POINTER(spec_linux, personality, "personality", &personality_shape, ),
	ROW_POINTER(spec_linux, time_offsets, "timeOffsets", &time_offsets_shape, ),
};

/* There are eight types, so the inner loop is short however long the list is. */
static int check_namespaces(struct loading *loading, const struct json *json,
			    const struct spec_namespaces *namespaces)
{
	size_t i;
	size_t j;

	for (i = 0; i < namespaces->count; i++)
		for (j = 0; j < i; j++)
			if (namespaces->items[i].type == namespaces->items[j].type)
				return field_refuse_member(
					loading, field_item(json, "namespaces", i), "type",
					"'%s' is listed twice",
					names_word(names_namespaces, namespaces->items[i].type));
	return 0;
}

/* Whether a namespace of the type is listed that is to be made. */
static bool makes_namespace(const struct spec_namespaces *namespaces, int64_t type)
{
	size_t i;

	for (i = 0; i < namespaces->count; i++)
		if (namespaces->items[i].type == type)
			return namespaces->items[i].path == NULL;
	return false;
}

/* A user namespace by path has its mappings already. Engines write dummies there for the sake of
 * runtimes that want some. */
static void drop_mappings(struct loading *loading, struct spec_linux *object)
{
	if (!spec_has_namespace(&object->namespaces, CLONE_NEWUSER) ||
	    makes_namespace(&object->namespaces, CLONE_NEWUSER))
		return;
	if (object->uid_mappings.count + object->gid_mappings.count > 0 &&
	    loading->warnings != NULL)
		text_add(loading->warnings,
			 "/linux/uidMappings and gidMappings: ignored, since the "
			 "user namespace is one that has its own\n");
	object->uid_mappings = object->gid_mappings = (struct spec_id_maps){ 0 };
}

/* A user namespace has one list of each kind or it has no ids at all; without one they would be
 * silently unused. */
static int check_mappings(struct loading *loading, const struct json *json, const char *name,
			  const struct spec_linux *object)
{
	const struct spec_id_maps *maps =
		strcmp(name, "uidMappings") == 0 ? &object->uid_mappings : &object->gid_mappings;
	bool user = makes_namespace(&object->namespaces, CLONE_NEWUSER);

	if (user && maps->count == 0)
		return field_refuse_member(loading, json, name,
					   "required, since a user namespace is listed");
	if (!user && maps->count > 0)
		return field_refuse_member(loading, json, name,
					   "given, but no user namespace is listed");
	return idmaps_check(loading, json, name, maps);
}

static bool has_parent_step(const char *path)
{
	const char *step = path;

	while ((step = strstr(step, "..")) != NULL) {
		if ((step == path || step[-1] == '/') && (step[2] == '/' || step[2] == '\0'))
			return true;
		step++;
	}
	return false;
}

static int check_offsets_place(struct loading *loading, const struct json *json,
			       const struct spec_linux *config)
{
	const struct spec_time_offsets *offsets = config->time_offsets;

	if (offsets == NULL || (offsets->monotonic == NULL && offsets->boottime == NULL) ||
	    makes_namespace(&config->namespaces, CLONE_NEWTIME))
		return 0;
	return field_refuse_member(loading, json, "timeOffsets",
				   "given, but no new time namespace is listed");
}

static int check_linux(struct loading *loading, const struct json *json, void *object)
{
	struct spec_linux *config = object;
	int result = check_namespaces(loading, json, &config->namespaces);

	if (result == 0)
		drop_mappings(loading, config);
	if (result == 0)
		result = check_offsets_place(loading, json, config);
	if (result == 0)
		result = check_mappings(loading, json, "uidMappings", config);
	if (result == 0)
		result = check_mappings(loading, json, "gidMappings", config);
	if (result == 0)
		result = sysctl_check(loading, json, config);
	if (result == 0 && config->cgroups_path != NULL && has_parent_step(config->cgroups_path))
		result = field_refuse_member(loading, json, "cgroupsPath", "may not contain '..'");
	return result;
}

const struct shape shape_linux = SHAPE(spec_linux, linux_rows, check_linux);
