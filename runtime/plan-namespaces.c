// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's namespaces: which to make, which to join and when, and what is written to them.
 * Should: put each join where it can still be made.
 * Must not: look at any of the files: they may be gone or others when they are used.
 */
#include <errno.h>
#include <sched.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"

static bool joins(const struct plan *plan, int type)
{
	size_t i;

	for (i = 0; i < plan->join_count; i++)
		if (plan->joins[i].type == type)
			return true;
	return false;
}

bool plan_has_namespace(const struct plan *plan, int type)
{
	return joins(plan, type) || (plan->new_namespaces & (unsigned) type) != 0;
}

static int plan_entries(struct arena *arena, const struct spec_namespaces *namespaces,
			struct plan *plan, struct err *err)
{
	size_t i;

	plan->joins = arena_array(arena, namespaces->count, sizeof(*plan->joins));
	if (plan->joins == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < namespaces->count; i++) {
		const struct spec_namespace *namespace = &namespaces->items[i];

		if (namespace->path == NULL) {
			plan->new_namespaces |= (unsigned) namespace->type;
			continue;
		}
		plan->joins[plan->join_count++] = (struct plan_join){
			.type = (int) namespace->type,
			.path = namespace->path,
			.where = arena_printf(arena, "/linux/namespaces/%zu/path", i),
		};
	}
	return 0;
}

const char *plan_map_text(struct arena *arena, const struct spec_id_maps *maps)
{
	auto_text struct text text = { 0 };
	size_t i;

	for (i = 0; i < maps->count; i++)
		text_addf(&text, "%llu %llu %llu\n",
			  (unsigned long long) maps->items[i].container_id,
			  (unsigned long long) maps->items[i].host_id,
			  (unsigned long long) maps->items[i].size);
	return text_ok(&text) ? arena_string(arena, text_string(&text)) : NULL;
}

static int plan_id_maps(struct arena *arena, const struct spec_linux *asked, struct plan *plan,
			struct err *err)
{
	if ((plan->new_namespaces & CLONE_NEWUSER) == 0)
		return 0;
	plan->uid_map = plan_map_text(arena, &asked->uid_mappings);
	plan->gid_map = plan_map_text(arena, &asked->gid_mappings);
	return plan->uid_map == NULL || plan->gid_map == NULL ? err_set(err, ENOMEM, "plan") : 0;
}

static void add_offset(struct text *text, const char *clock, const struct spec_time_offset *offset)
{
	if (offset != NULL && (offset->secs != 0 || offset->nanosecs != 0))
		text_addf(text, "%s %lld %llu\n", clock, (long long) offset->secs,
			  (unsigned long long) offset->nanosecs);
}

/* time_namespaces(7): one line for each clock, all in one write. */
static int plan_time_offsets(struct arena *arena, const struct spec_time_offsets *offsets,
			     struct plan *plan, struct err *err)
{
	auto_text struct text text = { 0 };

	if (offsets == NULL)
		return 0;
	add_offset(&text, "monotonic", offsets->monotonic);
	add_offset(&text, "boottime", offsets->boottime);
	if (text.length == 0)
		return 0;
	if (text_ok(&text))
		plan->time_offsets = arena_string(arena, text_string(&text));
	return plan->time_offsets == NULL ? err_set(err, ENOMEM, "plan") : 0;
}

int plan_namespaces(struct arena *arena, const struct spec *spec, struct plan *plan,
		    struct err *err)
{
	const struct spec_linux *asked = &spec->linux_config;
	int result = plan_entries(arena, &asked->namespaces, plan, err);

	/* From inside a user namespace those of the host cannot be entered any more. */
	plan->joins_first = plan_has_namespace(plan, CLONE_NEWUSER) && plan->join_count > 0;
	plan->becomes_root = plan_has_namespace(plan, CLONE_NEWUSER);
	if (result == 0)
		result = plan_id_maps(arena, asked, plan, err);
	if (result == 0)
		result = plan_time_offsets(arena, asked->time_offsets, plan, err);
	return result;
}
