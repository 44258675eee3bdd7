// SPDX-License-Identifier: Apache-2.0
/*
 * config.md, Mounts.
 * Should: keep options as written, in their order.
 * Must not: know what an option does, but for those that are not carried out yet.
 */
#include <string.h>

#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "spec/field.h"
#include "spec/shapes.h"
#include "spec/spec.h"

static const struct field mount_rows[] = {
	ROW_STRING(spec_mount, destination, "destination", .flags = FIELD_REQUIRED),
	ROW_STRING(spec_mount, type, "type", ),
	ROW_STRING(spec_mount, source, "source", ),
	ROW_STRINGS(spec_mount, options, "options", ),
	ROW_LIST(spec_mount, uid_mappings, "uidMappings", &shape_id_map, .flags = FIELD_NOT_YET),
	ROW_LIST(spec_mount, gid_mappings, "gidMappings", &shape_id_map, .flags = FIELD_NOT_YET),
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
	size_t i;
	int result;

	if (is_bind(mount) && mount->source == NULL)
		return field_refuse_member(loading, json, "source", "required for a bind mount");
	result = check_mappings(loading, json, mount);
	for (i = 0; result == 0 && i < mount->options.count; i++) {
		const char *option = mount->options.items[i];

		if (strcmp(option, "idmap") == 0 || strcmp(option, "ridmap") == 0 ||
		    text_starts(option, "idmap=") || text_starts(option, "ridmap="))
			result = field_refuse_not_yet(loading, field_item(json, "options", i));
	}
	return result;
}

const struct shape shape_mount = SHAPE(spec_mount, mount_rows, check_mount);
