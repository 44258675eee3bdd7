// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's class of service (Intel RDT).
 * Should: bring the lines of schemata into the order of config-linux.md.
 * Must not: know what the processor has.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/plan.h"

/* Names in the root of resctrl that are the kernel's. */
static bool is_group(const char *name)
{
	static const char *const taken[] = { ".",	 "..",	 "info",      "mon_groups",
					     "mon_data", "cpus", "cpus_list", "mode",
					     "schemata", "size", "tasks" };
	size_t i;

	if (name[0] == '\0' || strlen(name) > NAME_MAX || strpbrk(name, "/\n") != NULL)
		return false;
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strcmp(name, taken[i]) == 0)
			return false;
	return true;
}

static void add_line(struct plan_rdt *rdt, const char *line)
{
	if (line != NULL && line[0] != '\0')
		rdt->lines[rdt->line_count++] = line;
}

int plan_rdt(const struct plan_request *request, struct plan *plan, struct err *err)
{
	const struct spec_intel_rdt *asked = request->spec->linux_config.intel_rdt;
	struct plan_rdt *rdt = &plan->rdt;
	size_t i;

	if (asked == NULL)
		return 0;
	rdt->lasting = asked->clos_id != NULL && asked->clos_id[0] != '\0';
	rdt->group = rdt->lasting ? asked->clos_id : request->id;
	/* The default class is the root itself. */
	if (rdt->lasting && strcmp(rdt->group, "/") == 0)
		rdt->group = ".";
	else if (!is_group(rdt->group))
		return err_say(err, EINVAL,
			       "/linux/intelRdt/closID: '%.64s' cannot be the name of "
			       "a group of resctrl",
			       rdt->group);
	rdt->lines = arena_array(request->arena, asked->schemata.count + 2, sizeof(*rdt->lines));
	if (rdt->lines == NULL)
		return err_set(err, ENOMEM, "plan");
	add_line(rdt, asked->l3_cache_schema);
	add_line(rdt, asked->mem_bw_schema);
	rdt->compared_count = rdt->lasting ? rdt->line_count : 0;
	for (i = 0; i < asked->schemata.count; i++)
		add_line(rdt, asked->schemata.items[i]);
	rdt->monitored = asked->enable_monitoring;
	return 0;
}
