// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's mounts and device nodes as JSON.
 * Should: name every attribute as the option that asks for it is named.
 * Must not: hide that a mount is recursive.
 */
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "runtime/base/emit.h"
#include "runtime/plan-print.h"
#include "runtime/plan.h"
#include "spec/names.h"

#define ATTRIBUTE_WORDS                                                                            \
	{ MOUNT_ATTR_RDONLY, "ro" }, { MOUNT_ATTR_NOSUID, "nosuid" },                              \
		{ MOUNT_ATTR_NODEV, "nodev" }, { MOUNT_ATTR_NOEXEC, "noexec" },                    \
		{ MOUNT_ATTR_NODIRATIME, "nodiratime" },                                           \
	{                                                                                          \
		MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"                                              \
	}

/* relatime is no bit: it is what an access time without one of these two is. */
static const struct plan_bit set_names[] = {
	ATTRIBUTE_WORDS,
	{ MOUNT_ATTR_NOATIME, "noatime" },
	{ MOUNT_ATTR_STRICTATIME, "strictatime" },
	{ 0 },
};

/* All of the access time is cleared before another kind is set (mount_setattr(2)). */
static const struct plan_bit clear_names[] = {
	ATTRIBUTE_WORDS,
	{ MOUNT_ATTR__ATIME, "atime" },
	{ 0 },
};

static const char *const kinds[] = {
	[PLAN_MOUNT_FILESYSTEM] = "filesystem",
	[PLAN_MOUNT_BIND] = "bind",
	[PLAN_MOUNT_CGROUP] = "cgroup",
	[PLAN_MOUNT_REMOUNT] = "remount",
};

static void print_options(const struct plan_mount *mount, struct emit *emit)
{
	size_t i;

	/* A bind takes none, whatever the config has (plan-mounts.c warns of it). */
	if (mount->option_count == 0 || mount->kind == PLAN_MOUNT_BIND)
		return;
	emit_array(emit, "options");
	for (i = 0; i < mount->option_count; i++) {
		const struct plan_mount_option *option = &mount->options[i];
		char text[512];

		snprintf(text, sizeof(text), "%s=%s", option->key,
			 option->value != NULL ? option->value : "");
		emit_string(emit, NULL, option->value != NULL ? text : option->key);
	}
	emit_array_end(emit);
}

static void print_flag(struct emit *emit, const char *key, bool flag)
{
	if (flag)
		emit_bool(emit, key, true);
}

static void print_mount(const struct plan_mount *mount, struct emit *emit)
{
	emit_object(emit, NULL);
	emit_string(emit, "destination", mount->destination);
	emit_string(emit, "kind", kinds[mount->kind]);
	if (mount->kind == PLAN_MOUNT_FILESYSTEM)
		emit_string(emit, "type", mount->type);
	if (mount->kind == PLAN_MOUNT_FILESYSTEM || mount->kind == PLAN_MOUNT_BIND)
		emit_string(emit, "source", mount->source);
	print_flag(emit, "recursive", mount->recursive);
	print_options(mount, emit);
	plan_print_bits(emit, "set", mount->attr_set, set_names);
	plan_print_bits(emit, "clear", mount->attr_clear, clear_names);
	plan_print_bits(emit, "setRecursive", mount->recursive_attr_set, set_names);
	plan_print_bits(emit, "clearRecursive", mount->recursive_attr_clear, clear_names);
	if (mount->propagation != 0)
		emit_string(emit, "propagation",
			    names_word(names_propagations, (int64_t) mount->propagation));
	print_flag(emit, "propagationRecursive", mount->propagation_recursive);
	print_flag(emit, "copyUp", mount->copy_up);
	print_flag(emit, "sourceNofollow", mount->source_nofollow);
	print_flag(emit, "destinationNofollow", mount->destination_nofollow);
	print_flag(emit, "copySymlink", mount->copy_symlink);
	print_flag(emit, "idmapRecursive", mount->idmap_recursive);
	emit_string(emit, "idmapOf", mount->idmap_path);
	emit_string(emit, "uidMap", mount->uid_map);
	emit_string(emit, "gidMap", mount->gid_map);
	emit_object_end(emit);
}

void plan_print_mounts(const struct plan *plan, struct emit *emit)
{
	size_t i;

	emit_array(emit, "mounts");
	for (i = 0; i < plan->mount_count; i++)
		print_mount(&plan->mounts[i], emit);
	emit_array_end(emit);
}

static const char *type_word(mode_t mode)
{
	if (S_ISBLK(mode))
		return "b";
	return S_ISFIFO(mode) ? "p" : "c";
}

static void print_device(const struct plan_device *device, struct emit *emit)
{
	emit_object(emit, NULL);
	emit_string(emit, "path", device->path);
	emit_string(emit, "type", type_word(device->mode));
	if (!S_ISFIFO(device->mode)) {
		emit_u64(emit, "major", major(device->device));
		emit_u64(emit, "minor", minor(device->device));
	}
	plan_print_octal(emit, "mode", device->mode & 07777);
	emit_u64(emit, "uid", device->uid);
	emit_u64(emit, "gid", device->gid);
	emit_object_end(emit);
}

void plan_print_devices(const struct plan *plan, struct emit *emit)
{
	size_t i;

	emit_array(emit, "devices");
	for (i = 0; i < plan->device_count; i++)
		print_device(&plan->devices[i], emit);
	emit_array_end(emit);
}
