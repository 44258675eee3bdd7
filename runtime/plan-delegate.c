// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's answer to whose the container's cgroup is (config-linux.md, Cgroup ownership).
 * Should: give it away exactly when the container can see it and nothing else.
 * Must not: give it to an id of the host's that the container does not have.
 */
#include <sched.h>
#include <string.h>

#include "runtime/plan.h"

static bool has_option(const struct spec_mount *mount, const char *option)
{
	size_t i;

	for (i = 0; i < mount->options.count; i++)
		if (strcmp(mount->options.items[i], option) == 0)
			return true;
	return false;
}

/* The hierarchy, to be written. */
static bool is_writable_mount(const struct spec_mount *mount)
{
	return strcmp(mount->destination, "/sys/fs/cgroup") == 0 && mount->source != NULL &&
	       strcmp(mount->source, "cgroup") == 0 && !has_option(mount, "ro");
}

static bool has_writable_mount(const struct spec_mounts *mounts)
{
	size_t i;

	for (i = 0; i < mounts->count; i++)
		if (is_writable_mount(&mounts->items[i]))
			return true;
	return false;
}

static bool has_new_namespace(const struct spec_namespaces *namespaces, int64_t type)
{
	size_t i;

	for (i = 0; i < namespaces->count; i++)
		if (namespaces->items[i].type == type)
			return namespaces->items[i].path == NULL;
	return false;
}

static bool has_namespace(const struct spec_namespaces *namespaces, int64_t type)
{
	size_t i;

	for (i = 0; i < namespaces->count; i++)
		if (namespaces->items[i].type == type)
			return true;
	return false;
}

/* The host's id of the process's user; false if it has none that we know. */
static bool owner_of(const struct spec *spec, uid_t *owner)
{
	const struct spec_id_maps *maps = &spec->linux_config.uid_mappings;
	uint64_t uid = spec->process->user.uid;
	size_t i;

	if (!has_namespace(&spec->linux_config.namespaces, CLONE_NEWUSER)) {
		*owner = (uid_t) uid;
		return true;
	}
	for (i = 0; i < maps->count; i++) {
		const struct spec_id_map *map = &maps->items[i];

		if (uid < map->container_id || uid - map->container_id >= map->size)
			continue;
		*owner = (uid_t) (map->host_id + (uid - map->container_id));
		return true;
	}
	return false;
}

void plan_delegation(const struct spec *spec, struct plan_cgroup *cgroup)
{
	cgroup->delegated = cgroup->manager != CGROUP_MANAGER_DISABLED && spec->process != NULL &&
			    has_new_namespace(&spec->linux_config.namespaces, CLONE_NEWCGROUP) &&
			    has_writable_mount(&spec->mounts) && owner_of(spec, &cgroup->owner);
}
