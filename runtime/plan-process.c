// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's process: ids, limits and privileges in the kernel's words.
 * Should: give exactly what was asked for; absent capabilities are none.
 * Must not: fail for a capability that this kernel or this caller does not have (config.md).
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "runtime/align/align.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/notify.h"
#include "runtime/plan.h"
#include "spec/load.h"

/* Where the config names none: the usual one, whatever the caller's is. */
#define DEFAULT_UMASK 0022

/* One set's words as bits. What this kernel does not know is a warning. */
static uint64_t capability_bits(const char *set, const struct spec_strings *words, uint64_t known,
				struct text *warnings)
{
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < words->count; i++) {
		cap_value_t number = -1;

		if (cap_from_name(words->items[i], &number) < 0 || number < 0 || number > 63 ||
		    (known & (1ULL << number)) == 0) {
			text_addf(
				warnings,
				"/process/capabilities/%s/%zu: capability '%s' is unknown to this "
				"kernel and left out\n",
				set, i, words->items[i]);
			continue;
		}
		bits |= 1ULL << number;
	}
	return bits;
}

/* What the kernel would refuse as a whole is brought into order set by set: permitted within
 * bounding is not required (a process may hold what exec takes away), effective within permitted
 * is, so is inheritable within bounding (capset(2)), and ambient within permitted and inheritable
 * (capabilities(7)). */
static void fit_sets(struct plan_capabilities *sets, struct text *warnings)
{
	uint64_t effective = sets->effective & sets->permitted;
	uint64_t inheritable = sets->inheritable & sets->bounding;
	uint64_t ambient = sets->ambient & sets->permitted & inheritable;

	if (inheritable != sets->inheritable)
		text_add(warnings, "/process/capabilities/inheritable: those not in bounding are "
				   "left out\n");
	if (effective != sets->effective)
		text_add(warnings, "/process/capabilities/effective: those not in permitted are "
				   "left out\n");
	if (ambient != sets->ambient)
		text_add(warnings, "/process/capabilities/ambient: those not in permitted and "
				   "inheritable are left out\n");
	sets->effective = effective;
	sets->inheritable = inheritable;
	sets->ambient = ambient;
}

static void plan_capabilities(const struct spec_process *process, uint64_t known,
			      struct plan_capabilities *sets, struct text *warnings)
{
	const struct spec_capabilities *asked = process->capabilities;

	*sets = (struct plan_capabilities){ 0 };
	if (asked == NULL)
		return;
	sets->effective = capability_bits("effective", &asked->effective, known, warnings);
	sets->bounding = capability_bits("bounding", &asked->bounding, known, warnings);
	sets->inheritable = capability_bits("inheritable", &asked->inheritable, known, warnings);
	sets->permitted = capability_bits("permitted", &asked->permitted, known, warnings);
	sets->ambient = capability_bits("ambient", &asked->ambient, known, warnings);
	fit_sets(sets, warnings);
}

static int plan_ids(struct arena *arena, const struct spec_user *user, struct plan_process *out,
		    struct err *err)
{
	size_t i;

	out->uid = (uid_t) user->uid;
	out->gid = (gid_t) user->gid;
	out->umask = user->umask.set ? (mode_t) user->umask.value : DEFAULT_UMASK;
	out->groups = arena_array(arena, user->additional_gids.count, sizeof(*out->groups));
	if (out->groups == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < user->additional_gids.count; i++)
		out->groups[i] = (gid_t) user->additional_gids.items[i];
	out->group_count = user->additional_gids.count;
	return 0;
}

#define KEEP_GROUPS_ANNOTATION "run.oci.keep_original_groups"

/* For files that only a group of the caller's may read, which a user namespace cannot map. */
static int plan_keep_groups(const struct plan_request *request, struct plan_process *out,
			    struct err *err)
{
	const char *asked = spec_annotation(request->spec, KEEP_GROUPS_ANNOTATION);

	if (asked == NULL || strcmp(asked, "0") == 0 || strcmp(asked, "false") == 0)
		return 0;
	if (strcmp(asked, "1") != 0 && strcmp(asked, "true") != 0)
		return err_say(err, EINVAL,
			       "/annotations/" KEEP_GROUPS_ANNOTATION ": neither 1 nor 0: '%.64s'",
			       asked);
	out->keep_groups = true;
	if (out->group_count > 0)
		text_add(request->warnings, "/process/user/additionalGids: of no effect with the "
					    "annotation " KEEP_GROUPS_ANNOTATION "\n");
	return 0;
}

static int plan_rlimits(struct arena *arena, const struct spec_rlimits *limits,
			struct plan_process *out, struct err *err)
{
	size_t i;

	out->rlimits = arena_array(arena, limits->count, sizeof(*out->rlimits));
	if (out->rlimits == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < limits->count; i++)
		out->rlimits[i] =
			(struct plan_rlimit){ (int) limits->items[i].type, limits->items[i].soft,
					      limits->items[i].hard };
	out->rlimit_count = limits->count;
	return 0;
}

static bool has_variable(const struct spec_strings *env, const char *name)
{
	size_t length = strlen(name);
	size_t i;

	for (i = 0; i < env->count; i++)
		if (strncmp(env->items[i], name, length) == 0 && env->items[i][length] == '=')
			return true;
	return false;
}

/* What the caller's descriptors are, nobody but the runtime knows. */
static bool is_of_activation(const char *variable)
{
	return text_starts(variable, "LISTEN_FDS=") || text_starts(variable, "LISTEN_PID=") ||
	       text_starts(variable, "LISTEN_FDNAMES=");
}

/* sd_listen_fds(3). The pid is known to the process alone. */
static bool add_activation(const struct plan_request *request, struct plan_process *out,
			   const char **all, size_t *count)
{
	const char *number = arena_printf(request->arena, "LISTEN_FDS=%u", request->fds.listening);

	out->listen_pid = arena_alloc(request->arena, FDS_LISTEN_PID_ROOM);
	if (number == NULL || out->listen_pid == NULL)
		return false;
	memcpy(out->listen_pid, "LISTEN_PID=1", sizeof("LISTEN_PID=1"));
	all[(*count)++] = number;
	all[(*count)++] = out->listen_pid;
	if (request->fds.names == NULL)
		return true;
	all[*count] = arena_printf(request->arena, "LISTEN_FDNAMES=%s", request->fds.names);
	return all[(*count)++] != NULL;
}

#define NOTIFY_ELSEWHERE "/run/notify" /* for a socket whose name is no path */

/* Where the caller's socket has its name, there is a directory with one for the program. A socket that
 * the config names is the engine's own affair. */
static void plan_notify(const struct plan_request *request, struct plan *plan)
{
	const char *socket = request->notify_socket;

	if (socket == NULL || !plan_has_namespace(plan, CLONE_NEWNS) ||
	    has_variable(&request->spec->process->env, "NOTIFY_SOCKET"))
		return;
	plan->notify_directory = socket[0] == '/' ? socket : NOTIFY_ELSEWHERE;
}

/* What is set already was left alone when it was chosen. */
static bool add_alignment(const struct plan_request *request, const struct alignment *alignment,
			  const char **all, size_t *count)
{
	size_t i;

	for (i = 0; alignment != NULL && i < alignment->count; i++) {
		const struct align_variable *variable = &alignment->variables[i];

		if (variable->value == NULL)
			continue;
		all[*count] =
			arena_printf(request->arena, "%s=%s", variable->name, variable->value);
		if (all[(*count)++] == NULL)
			return false;
	}
	return true;
}

/* The environment, and with a contract the variable of systemd's memory pressure protocol
 * (https://systemd.io/MEMORY_PRESSURE): an explicit one of the image wins. HOME is last: what the plan prints
 * ends before it. */
static int plan_environment(const struct plan_request *request, const struct spec_strings *env,
			    const struct plan *plan, struct plan_process *out, struct err *err)
{
	/* MEMORY_PRESSURE_WATCH, NOTIFY_SOCKET, HOME, three of the socket activation, and the end. */
	const char **all =
		arena_array(request->arena, env->count + ALIGN_VARIABLES + 7, sizeof(*all));
	size_t count = 0;
	size_t i;

	if (all == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < env->count; i++)
		if (request->fds.listening == 0 || !is_of_activation(env->items[i]))
			all[count++] = env->items[i];
	if (request->fds.listening > 0 && !add_activation(request, out, all, &count))
		return err_set(err, ENOMEM, "plan");
	if (plan->memory.contract && !has_variable(env, "MEMORY_PRESSURE_WATCH"))
		all[count++] = "MEMORY_PRESSURE_WATCH=/run/weir/pressure";
	if (!add_alignment(request, plan->memory.alignment, all, &count))
		return err_set(err, ENOMEM, "plan");
	if (plan->notify_directory != NULL) {
		all[count] = arena_printf(request->arena, "NOTIFY_SOCKET=%s/" NOTIFY_NAME,
					  plan->notify_directory);
		if (all[count++] == NULL)
			return err_set(err, ENOMEM, "plan");
	}
	if (!has_variable(env, "HOME")) {
		out->home = arena_alloc(request->arena, PLAN_HOME_ROOM);
		if (out->home == NULL)
			return err_set(err, ENOMEM, "plan");
		memcpy(out->home, "HOME=/", sizeof("HOME=/"));
		all[count++] = out->home;
	}
	out->envp = (char *const *) (uintptr_t) all;
	return 0;
}

int plan_process(const struct plan_request *request, struct plan *plan, struct err *err)
{
	static const char *const no_words[] = { NULL };
	const struct spec_process *process = request->spec->process;
	struct plan_process *out = &plan->process;
	struct arena *arena = request->arena;
	int result;

	out->argv = out->envp = (char *const *) (uintptr_t) no_words;
	out->cwd = "/";
	if (process == NULL)
		return 0;
	plan->has_process = true;
	out->no_new_privileges = process->no_new_privileges;
	out->oom_score_adj_set = process->oom_score_adj.set;
	out->oom_score_adj = (int) process->oom_score_adj.value;
	out->passed_fds = request->fds.listening + request->fds.preserved;
	out->terminal = process->terminal;
	if (process->console_size != NULL) {
		out->terminal_rows = (unsigned short) process->console_size->height;
		out->terminal_columns = (unsigned short) process->console_size->width;
	}
	out->cwd = process->cwd;
	out->argv = (char *const *) (uintptr_t) process->args.items;
	out->apparmor_profile = process->apparmor_profile;
	out->selinux_label = process->selinux_label;
	plan_capabilities(process, request->kernel_capabilities, &out->capabilities,
			  request->warnings);
	result = plan_ids(arena, &process->user, out, err);
	if (result == 0)
		result = plan_keep_groups(request, out, err);
	if (result == 0)
		result = plan_rlimits(arena, &process->rlimits, out, err);
	plan_notify(request, plan);
	if (result == 0)
		result = plan_environment(request, &process->env, plan, out, err);
	if (result == 0)
		result = plan_scheduling(arena, request->spec, out, err);
	return result;
}
