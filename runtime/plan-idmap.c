// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's id-mapped mounts: which maps a mount gets.
 * Should: take the mount's own, else the option's, else the container's; and fail if there are none.
 * Must not: map an id that was not asked for.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"

#define ID_END 4294967295U /* the kernel refuses a range that holds 2^32-1 */

/* "FROM-TO-SIZE": ids of the file system, ids of the host, how many. */
static bool read_triplet(const char *text, struct spec_id_map *map)
{
	return number_u64_next(&text, &map->container_id) && *text++ == '-' &&
	       number_u64_next(&text, &map->host_id) && *text++ == '-' &&
	       number_u64_next(&text, &map->size) && *text == '\0' && map->size > 0 &&
	       map->container_id < ID_END && map->host_id < ID_END &&
	       map->size <= ID_END - map->container_id && map->size <= ID_END - map->host_id;
}

/* The host's ids of what TO and those after it are in the container's user namespace. */
static bool make_absolute(const struct spec_id_maps *container, struct spec_id_map *map)
{
	size_t i;

	for (i = 0; i < container->count; i++) {
		const struct spec_id_map *own = &container->items[i];

		if (map->host_id < own->container_id ||
		    map->host_id - own->container_id > own->size ||
		    map->size > own->size - (map->host_id - own->container_id))
			continue;
		map->host_id = own->host_id + (map->host_id - own->container_id);
		return true;
	}
	return false;
}

/* "0-1-10#10-11-10", or with '@' before it: seen from the container's user namespace. */
static int read_list(char *list, const struct spec_id_maps *container, struct text *out,
		     struct err *err)
{
	bool relative = list[0] == '@';
	char *piece;

	if (relative)
		list++;
	while ((piece = text_next(&list, '#')) != NULL) {
		struct spec_id_map map;

		if (!read_triplet(piece, &map))
			return err_say(err, EINVAL, "'%.64s' is not FROM-TO-SIZE", piece);
		if (relative && !make_absolute(container, &map))
			return err_say(err, EINVAL,
				       "'@%.64s': not within one mapping of the container", piece);
		text_addf(out, "%llu %llu %llu\n", (unsigned long long) map.container_id,
			  (unsigned long long) map.host_id, (unsigned long long) map.size);
	}
	return 0;
}

struct lists {
	struct text uids;
	struct text gids;
};

/* "uids=LIST;gids=LIST" */
static int read_lists(char *text, const struct spec_linux *config, struct lists *lists,
		      struct err *err)
{
	char *piece;
	int result = 0;

	while (result == 0 && (piece = text_next(&text, ';')) != NULL) {
		if (text_starts(piece, "uids="))
			result = read_list(piece + 5, &config->uid_mappings, &lists->uids, err);
		else if (text_starts(piece, "gids="))
			result = read_list(piece + 5, &config->gid_mappings, &lists->gids, err);
		else
			return err_say(err, EINVAL, "'%.64s' is neither uids= nor gids=", piece);
	}
	if (result == 0 && (lists->uids.length == 0 || lists->gids.length == 0))
		return err_say(err, EINVAL, "needs both uids= and gids=");
	return result;
}

static int take_option(struct arena *arena, const struct plan *plan, struct plan_mount *mount,
		       struct err *err)
{
	struct lists lists = { 0 };
	char *text = arena_string(arena, mount->idmap_text);
	int result = text == NULL ? err_set(err, ENOMEM, "plan")
				  : read_lists(text, &plan->spec->linux_config, &lists, err);

	if (result == 0) {
		mount->uid_map = arena_string(arena, text_string(&lists.uids));
		mount->gid_map = arena_string(arena, text_string(&lists.gids));
	}
	text_free(&lists.uids);
	text_free(&lists.gids);
	return result;
}

/* config.md, `idmap`: without mappings of its own the mount takes the container's. */
static int take_containers(const struct plan *plan, struct plan_mount *mount, struct err *err)
{
	size_t i;

	mount->uid_map = plan->uid_map;
	mount->gid_map = plan->gid_map;
	for (i = 0; i < plan->join_count; i++)
		if (plan->joins[i].type == CLONE_NEWUSER)
			mount->idmap_path = plan->joins[i].path;
	if (mount->uid_map != NULL || mount->idmap_path != NULL)
		return 0;
	return err_say(err, EINVAL,
		       "%s/options: idmap without mappings, and the container has no user "
		       "namespace to take them from",
		       mount->where);
}

int plan_idmap(struct arena *arena, const struct spec_mount *asked, const struct plan *plan,
	       struct plan_mount *mount, struct err *err)
{
	mount->idmapped = mount->idmapped || asked->uid_mappings.count > 0;
	if (!mount->idmapped)
		return 0;
	if (mount->kind != PLAN_MOUNT_BIND)
		return err_say(err, EINVAL, "%s: only bind mounts can be id-mapped", mount->where);
	if (asked->uid_mappings.count > 0) {
		mount->uid_map = plan_map_text(arena, &asked->uid_mappings);
		mount->gid_map = plan_map_text(arena, &asked->gid_mappings);
	} else if (mount->idmap_text == NULL) {
		return take_containers(plan, mount, err);
	} else if (take_option(arena, plan, mount, err) < 0) {
		return err_context(err, "%s/options: idmap", mount->where);
	}
	return mount->uid_map == NULL || mount->gid_map == NULL ? err_set(err, ENOMEM, "plan") : 0;
}
