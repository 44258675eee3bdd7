// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's process as JSON.
 * Should: print an empty capability set as an empty list: none is a decision.
 * Must not: need libcap's table to be as new as the kernel.
 */
#include <stdio.h>
#include <sys/capability.h>
#include <sys/resource.h>

#include "runtime/base/emit.h"
#include "runtime/plan-print.h"
#include "runtime/plan.h"
#include "spec/names.h"

static void print_capability(unsigned number, struct emit *emit)
{
	char *name = cap_to_name((cap_value_t) number);
	char text[40];
	char *letter;

	snprintf(text, sizeof(text), "%s", name != NULL ? name : "?");
	(void) cap_free(name);
	for (letter = text; *letter != '\0'; letter++)
		if (*letter >= 'a' && *letter <= 'z')
			*letter = (char) (*letter - 'a' + 'A');
	emit_string(emit, NULL, text);
}

static void print_set(const char *key, uint64_t bits, struct emit *emit)
{
	unsigned number;

	emit_array(emit, key);
	for (number = 0; number < 64; number++)
		if ((bits >> number & 1) != 0)
			print_capability(number, emit);
	emit_array_end(emit);
}

static void print_capabilities(const struct plan_capabilities *sets, struct emit *emit)
{
	emit_object(emit, "capabilities");
	print_set("bounding", sets->bounding, emit);
	print_set("permitted", sets->permitted, emit);
	print_set("effective", sets->effective, emit);
	print_set("inheritable", sets->inheritable, emit);
	print_set("ambient", sets->ambient, emit);
	emit_object_end(emit);
}

static void print_limit(const char *key, uint64_t limit, struct emit *emit)
{
	if (limit == RLIM_INFINITY)
		emit_string(emit, key, "unlimited");
	else
		emit_u64(emit, key, limit);
}

static void print_rlimits(const struct plan_process *process, struct emit *emit)
{
	size_t i;

	if (process->rlimit_count == 0)
		return;
	emit_array(emit, "rlimits");
	for (i = 0; i < process->rlimit_count; i++) {
		const struct plan_rlimit *limit = &process->rlimits[i];

		emit_object(emit, NULL);
		emit_string(emit, "type", names_word(names_rlimits, limit->resource));
		print_limit("soft", limit->soft, emit);
		print_limit("hard", limit->hard, emit);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

/* Up to `end`, if it is there. */
static void print_vector(const char *key, char *const *words, const char *end, struct emit *emit)
{
	emit_array(emit, key);
	for (; *words != NULL && *words != end; words++)
		emit_string(emit, NULL, *words);
	emit_array_end(emit);
}

static void print_user(const struct plan_process *process, struct emit *emit)
{
	size_t i;

	emit_u64(emit, "uid", process->uid);
	emit_u64(emit, "gid", process->gid);
	emit_array(emit, "groups");
	for (i = 0; i < process->group_count; i++)
		emit_u64(emit, NULL, process->groups[i]);
	emit_array_end(emit);
	if (process->keep_groups)
		emit_bool(emit, "keepGroups", true);
	plan_print_octal(emit, "umask", process->umask);
}

static void print_terminal(const struct plan_process *process, struct emit *emit)
{
	if (!process->terminal)
		return;
	emit_object(emit, "terminal");
	if (process->terminal_rows != 0)
		emit_u64(emit, "rows", process->terminal_rows);
	if (process->terminal_columns != 0)
		emit_u64(emit, "columns", process->terminal_columns);
	emit_object_end(emit);
}

void plan_print_process(const struct plan *plan, struct emit *emit)
{
	const struct plan_process *process = &plan->process;

	if (!plan->has_process)
		return;
	emit_object(emit, "process");
	print_vector("args", process->argv, NULL, emit);
	/* Whose HOME it gets, the image decides. */
	print_vector("env", process->envp, process->home, emit);
	emit_string(emit, "cwd", process->cwd);
	print_terminal(process, emit);
	print_user(process, emit);
	print_capabilities(&process->capabilities, emit);
	print_rlimits(process, emit);
	emit_bool(emit, "noNewPrivileges", process->no_new_privileges);
	if (process->oom_score_adj_set)
		emit_i64(emit, "oomScoreAdj", process->oom_score_adj);
	plan_print_schedule(process, emit);
	emit_string(emit, "apparmorProfile", process->apparmor_profile);
	emit_string(emit, "selinuxLabel", process->selinux_label);
	emit_object_end(emit);
}
