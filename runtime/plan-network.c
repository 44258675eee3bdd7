// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's network devices.
 * Should: refuse names that no device can have, and two that would have the same.
 * Must not: know which devices there are.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/plan.h"

#define NAME_BYTES_MAX 15 /* IFNAMSIZ less the NUL */

/* The kernel's rules (net/core/dev.c, dev_valid_name()), and of '%' at most one "%d". */
static bool is_name(const char *name, bool template)
{
	size_t length = strlen(name);
	const char *percent = strchr(name, '%');

	if (length == 0 || length > NAME_BYTES_MAX || strpbrk(name, "/: \t\n\v\f\r") != NULL ||
	    strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	return percent == NULL ||
	       (template && percent[1] == 'd' && strchr(percent + 1, '%') == NULL);
}

static int plan_one(const struct spec_net_device *asked, struct plan *plan, struct err *err)
{
	const char *name = asked->name != NULL ? asked->name : asked->host_name;
	size_t i;

	if (!is_name(asked->host_name, false))
		return err_say(err, EINVAL, "/linux/netDevices/%.64s: not the name of a device",
			       asked->host_name);
	if (!is_name(name, true))
		return err_say(err, EINVAL,
			       "/linux/netDevices/%s/name: '%.64s' is not the name of a device",
			       asked->host_name, name);
	for (i = 0; i < plan->net_device_count; i++)
		if (strcmp(plan->net_devices[i].name, name) == 0 && strchr(name, '%') == NULL)
			return err_say(err, EINVAL,
				       "/linux/netDevices/%s/name: '%s' is the name of %s too",
				       asked->host_name, name, plan->net_devices[i].host_name);
	plan->net_devices[plan->net_device_count++] =
		(struct plan_net_device){ asked->host_name, name };
	return 0;
}

int plan_network(struct arena *arena, const struct spec *spec, struct plan *plan, struct err *err)
{
	const struct spec_net_devices *asked = &spec->linux_config.net_devices;
	size_t i;
	int result = 0;

	if (asked->count == 0)
		return 0;
	if (!plan_has_namespace(plan, CLONE_NEWNET))
		return err_say(err, EINVAL,
			       "/linux/netDevices: needs a network namespace in "
			       "/linux/namespaces");
	plan->net_devices = arena_array(arena, asked->count, sizeof(*plan->net_devices));
	if (plan->net_devices == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < asked->count && result == 0; i++)
		result = plan_one(&asked->items[i], plan, err);
	return result;
}
