// SPDX-License-Identifier: Apache-2.0
/*
 * config.md, Process.
 * Should: hold every property of a process, for config.json and for `exec --process`.
 * Must not: know whether the kernel has a capability; unknown ones are only warned about, later.
 */
#include <inttypes.h>

#include "runtime/base/json.h"
#include "spec/field.h"
#include "spec/names.h"
#include "spec/shapes.h"
#include "spec/spec.h"

#define STRING_MAX	131071U /* of args and env: MAX_ARG_STRLEN of <linux/binfmts.h>, less the NUL */
#define GROUPS_MAX	65536U	/* NGROUPS_MAX of <linux/limits.h> */
#define TERMINAL_MAX	65535U	/* struct winsize holds 16 bits */
#define OOM_SCORE_LOW	(-1000) /* OOM_SCORE_ADJ_MIN and _MAX of <linux/oom.h> */
#define OOM_SCORE_HIGH	1000
#define RT_PRIORITY_MAX 99 /* sched(7) */

static const struct field console_rows[] = {
	ROW_UINT(spec_console_size, height, "height", TERMINAL_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT(spec_console_size, width, "width", TERMINAL_MAX, .flags = FIELD_REQUIRED),
};
static const struct shape console_shape = SHAPE(spec_console_size, console_rows, NULL);

static const struct field user_rows[] = {
	ROW_UINT(spec_user, uid, "uid", SPEC_ID_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT(spec_user, gid, "gid", SPEC_ID_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT_IF_SET(spec_user, umask, "umask", 0777, ),
	ROW_NUMBERS(spec_user, additional_gids, "additionalGids", SPEC_ID_MAX, ),
	ROW_IGNORED("username"), /* Windows */
};

static int check_user(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_user *user = object;

	if (user->additional_gids.count > GROUPS_MAX)
		return field_refuse_member(loading, json, "additionalGids", "more than %u groups",
					   GROUPS_MAX);
	return 0;
}

static const struct shape user_shape = SHAPE(spec_user, user_rows, check_user);

static const struct field capabilities_rows[] = {
	ROW_STRINGS(spec_capabilities, effective, "effective", ),
	ROW_STRINGS(spec_capabilities, bounding, "bounding", ),
	ROW_STRINGS(spec_capabilities, inheritable, "inheritable", ),
	ROW_STRINGS(spec_capabilities, permitted, "permitted", ),
	ROW_STRINGS(spec_capabilities, ambient, "ambient", ),
};
static const struct shape capabilities_shape = SHAPE(spec_capabilities, capabilities_rows, NULL);

static const struct field rlimit_rows[] = {
	ROW_WORD(spec_rlimit, type, "type", names_rlimits, .flags = FIELD_REQUIRED),
	ROW_UINT(spec_rlimit, soft, "soft", UINT64_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT(spec_rlimit, hard, "hard", UINT64_MAX, .flags = FIELD_REQUIRED),
};

static int check_rlimit(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_rlimit *rlimit = object;

	if (rlimit->soft > rlimit->hard)
		return field_refuse_member(loading, json, "soft",
					   "%" PRIu64 " is more than the hard limit %" PRIu64,
					   rlimit->soft, rlimit->hard);
	return 0;
}

static const struct shape rlimit_shape = SHAPE(spec_rlimit, rlimit_rows, check_rlimit);

static const struct field scheduler_rows[] = {
	ROW_WORD(spec_scheduler, policy, "policy", names_scheduler_policies,
		 .flags = FIELD_REQUIRED),
	ROW_INT_IF_SET(spec_scheduler, nice, "nice", -20, 19, ),
	ROW_INT_IF_SET(spec_scheduler, priority, "priority", 0, RT_PRIORITY_MAX, ),
	ROW_WORDS(spec_scheduler, flags, "flags", names_scheduler_flags, ),
	ROW_UINT(spec_scheduler, runtime, "runtime", UINT64_MAX, ),
	ROW_UINT(spec_scheduler, deadline, "deadline", UINT64_MAX, ),
	ROW_UINT(spec_scheduler, period, "period", UINT64_MAX, ),
};
static const struct shape scheduler_shape = SHAPE(spec_scheduler, scheduler_rows, NULL);

static const struct field io_priority_rows[] = {
	ROW_WORD(spec_io_priority, class, "class", names_io_classes, .flags = FIELD_REQUIRED),
	ROW_INT(spec_io_priority, priority, "priority", 0, 7, .flags = FIELD_REQUIRED),
};
static const struct shape io_priority_shape = SHAPE(spec_io_priority, io_priority_rows, NULL);

static const struct field affinity_rows[] = {
	ROW_STRING(spec_cpu_affinity, initial, "initial", ),
	ROW_STRING(spec_cpu_affinity, final, "final", ),
};

static int check_affinity(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_cpu_affinity *affinity = object;
	int result = spec_check_list(loading, json, "initial", affinity->initial);

	return result < 0 ? result : spec_check_list(loading, json, "final", affinity->final);
}

static const struct shape affinity_shape = SHAPE(spec_cpu_affinity, affinity_rows, check_affinity);

static const struct field process_rows[] = {
	ROW_BOOL(spec_process, terminal, "terminal", ),
	ROW_POINTER(spec_process, console_size, "consoleSize", &console_shape, ),
	ROW_OBJECT(spec_process, user, "user", &user_shape, .flags = FIELD_REQUIRED),
	ROW_STRINGS(spec_process, args, "args", .flags = FIELD_REQUIRED | FIELD_FILLED,
		    .max = STRING_MAX),
	ROW_STRINGS(spec_process, env, "env", .max = STRING_MAX),
	ROW_STRING(spec_process, cwd, "cwd", .flags = FIELD_REQUIRED | FIELD_ABSOLUTE),
	ROW_POINTER(spec_process, capabilities, "capabilities", &capabilities_shape, ),
	ROW_LIST(spec_process, rlimits, "rlimits", &rlimit_shape, ),
	ROW_STRING(spec_process, apparmor_profile, "apparmorProfile", ),
	ROW_STRING(spec_process, selinux_label, "selinuxLabel", ),
	ROW_BOOL(spec_process, no_new_privileges, "noNewPrivileges", ),
	ROW_INT_IF_SET(spec_process, oom_score_adj, "oomScoreAdj", OOM_SCORE_LOW, OOM_SCORE_HIGH, ),
	ROW_POINTER(spec_process, scheduler, "scheduler", &scheduler_shape, ),
	ROW_POINTER(spec_process, io_priority, "ioPriority", &io_priority_shape, ),
	ROW_POINTER(spec_process, exec_cpu_affinity, "execCPUAffinity", &affinity_shape, ),
	ROW_IGNORED("commandLine"), /* Windows */
};

/* There are 16 kinds of limit, so the inner loop is short however long the list is. */
static int check_rlimits(struct loading *loading, const struct json *json,
			 const struct spec_rlimits *rlimits)
{
	size_t i;
	size_t j;

	for (i = 0; i < rlimits->count; i++)
		for (j = 0; j < i; j++)
			if (rlimits->items[i].type == rlimits->items[j].type)
				return field_refuse_member(
					loading, field_item(json, "rlimits", i), "type",
					"%s is listed twice",
					names_word(names_rlimits, rlimits->items[i].type));
	return 0;
}

static int check_process(struct loading *loading, const struct json *json, void *object)
{
	struct spec_process *process = object;
	int result;

	if (process->args.items[0][0] == '\0')
		return field_refuse(loading, field_item(json, "args", 0), "empty");
	/* config.md: MUST be ignored then */
	if (!process->terminal)
		process->console_size = NULL;
	result = spec_check_environment(loading, json, &process->env);
	return result < 0 ? result : check_rlimits(loading, json, &process->rlimits);
}

const struct shape shape_process = SHAPE(spec_process, process_rows, check_process);
