// SPDX-License-Identifier: Apache-2.0
/*
 * config.md, Mounts.
 * Should: keep options as written, in their order.
 * Must not: know what an option does.
 */
#include <string.h>

#include "runtime/base/json.h"
#include "spec/field.h"
#include "spec/shapes.h"
#include "spec/spec.h"

static const struct field mount_rows[] = {
	ROW_STRING(spec_mount, destination, "destination", .flags = FIELD_REQUIRED),
	ROW_STRING(spec_mount, type, "type", ),
	ROW_STRING(spec_mount, source, "source", ),
	ROW_STRINGS(spec_mount, options, "options", ),
	ROW_LIST(spec_mount, uid_mappings, "uidMappings", &shape_id_map, ),
	ROW_LIST(spec_mount, gid_mappings, "gidMappings", &shape_id_map, ),
};

static bool is_bind(const struct spec_mount *mount)
{
	size_t i;

	for (i = 0; i < mount->options.count; i++)
		if (strcmp(mount->options.items[i], "bind") == 0 ||
		    strcmp(mount->options.items[i], "rbind") == 0)
			return true;
	return false;
}

static int check_mappings(struct loading *loading, const struct json *json,
			  const struct spec_mount *mount)
{
	int result;

	if (mount->uid_mappings.count > 0 && mount->gid_mappings.count == 0)
		return field_refuse_member(loading, json, "gidMappings",
					   "required with uidMappings");
	if (mount->gid_mappings.count > 0 && mount->uid_mappings.count == 0)
		return field_refuse_member(loading, json, "uidMappings",
					   "required with gidMappings");
	result = idmaps_check(loading, json, "uidMappings", &mount->uid_mappings);
	if (result < 0)
		return result;
	return idmaps_check(loading, json, "gidMappings", &mount->gid_mappings);
}

static int check_mount(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_mount *mount = object;

	if (is_bind(mount) && mount->source == NULL)
		return field_refuse_member(loading, json, "source", "required for a bind mount");
	return check_mappings(loading, json, mount);
}

const struct shape shape_mount = SHAPE(spec_mount, mount_rows, check_mount);
