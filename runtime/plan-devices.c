// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's device nodes.
 * Should: supply the spec's own first, and let the config's replace them.
 * Must not: invent a permission: a node's mode is not its access, the cgroup's rules are.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/plan.h"

/* config-linux.md, Default Devices; console and ptmx are not nodes of their own. */
static const struct {
	const char *path;
	unsigned major, minor;
} defaults[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

#define DEFAULT_COUNT (sizeof(defaults) / sizeof(defaults[0]))

/* Unset fileMode: what udev gives to a device that nobody has a rule for is 0600, and what every
 * runtime gives is 0666 less nothing: the rules decide who may use it. */
#define DEFAULT_MODE 0666

static mode_t type_bits(int64_t type)
{
	if (type == 'b')
		return S_IFBLK;
	return type == 'p' ? S_IFIFO : S_IFCHR;
}

static int plan_one(struct arena *arena, const struct spec_device *asked, size_t index,
		    struct plan_device *device)
{
	*device = (struct plan_device){
		.path = asked->path,
		.mode = type_bits(asked->type) |
			(mode_t) (asked->file_mode.set ? asked->file_mode.value & 07777
						       : DEFAULT_MODE),
		.device = asked->type == 'p' ? 0
					     : makedev((unsigned) asked->major.value,
						       (unsigned) asked->minor.value),
		.uid = (uid_t) asked->uid.value,
		.gid = (gid_t) asked->gid.value,
		.where = arena_printf(arena, "/linux/devices/%zu", index),
	};
	return device->where == NULL ? -ENOMEM : 0;
}

static bool is_listed(const struct spec_devices *devices, const char *path)
{
	size_t i;

	for (i = 0; i < devices->count; i++)
		if (strcmp(devices->items[i].path, path) == 0)
			return true;
	return false;
}

int plan_devices(struct arena *arena, const struct spec *spec, struct plan *plan, struct err *err)
{
	const struct spec_devices *asked = &spec->linux_config.devices;
	size_t i;

	plan->devices = arena_array(arena, DEFAULT_COUNT + asked->count, sizeof(*plan->devices));
	if (plan->devices == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < DEFAULT_COUNT; i++) {
		if (is_listed(asked, defaults[i].path))
			continue;
		plan->devices[plan->device_count++] = (struct plan_device){
			.path = defaults[i].path,
			.mode = S_IFCHR | DEFAULT_MODE,
			.device = makedev(defaults[i].major, defaults[i].minor),
			.where = "default device",
		};
	}
	for (i = 0; i < asked->count; i++) {
		if (plan_one(arena, &asked->items[i], i, &plan->devices[plan->device_count++]) < 0)
			return err_set(err, ENOMEM, "plan");
	}
	return 0;
}
