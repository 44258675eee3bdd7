// SPDX-License-Identifier: Apache-2.0
/*
 * config-linux.md, User namespace mappings.
 * Should: refuse what /proc/PID/uid_map would, with a better message.
 * Must not: know whose maps these are.
 */
#include <inttypes.h>

#include "runtime/base/json.h"
#include "spec/field.h"
#include "spec/shapes.h"
#include "spec/spec.h"

#define MAPS_MAX 340U	     /* UID_GID_MAP_MAX_EXTENTS of <linux/user_namespace.h> */
#define ID_END	 4294967295U /* the kernel refuses a range that holds 2^32-1 */

static const struct field id_map_rows[] = {
	ROW_UINT(spec_id_map, container_id, "containerID", UINT32_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT(spec_id_map, host_id, "hostID", UINT32_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT(spec_id_map, size, "size", UINT32_MAX, .flags = FIELD_REQUIRED, .min = 1),
};

static int check_id_map(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_id_map *map = object;

	if (map->container_id + map->size > ID_END || map->host_id + map->size > ID_END)
		return field_refuse_member(loading, json, "size", "reaches beyond id %u",
					   SPEC_ID_MAX);
	return 0;
}

const struct shape shape_id_map = SHAPE(spec_id_map, id_map_rows, check_id_map);

static bool overlap(uint64_t first, uint64_t first_size, uint64_t second, uint64_t second_size)
{
	return first < second + second_size && second < first + first_size;
}

int idmaps_check(struct loading *loading, const struct json *json, const char *name,
		 const struct spec_id_maps *maps)
{
	size_t i;
	size_t j;

	if (maps->count > MAPS_MAX)
		return field_refuse_member(loading, json, name, "more than %u mappings", MAPS_MAX);
	for (i = 0; i < maps->count; i++) {
		const struct spec_id_map *map = &maps->items[i];

		for (j = 0; j < i; j++) {
			const struct spec_id_map *other = &maps->items[j];

			if (overlap(map->container_id, map->size, other->container_id,
				    other->size) ||
			    overlap(map->host_id, map->size, other->host_id, other->size))
				return field_refuse(loading, field_item(json, name, i),
						    "overlaps with mapping %zu", j);
		}
	}
	return 0;
}

bool idmaps_hold(const struct spec_id_maps *maps, uint64_t id)
{
	size_t i;

	for (i = 0; i < maps->count; i++)
		if (id >= maps->items[i].container_id &&
		    id - maps->items[i].container_id < maps->items[i].size)
			return true;
	return false;
}
