// SPDX-License-Identifier: Apache-2.0
/*
 * The memory policy of a bundle.
 * Should: look at the host and at the program for what was asked for, and at nothing else.
 * Must not: decide: the plan does.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/memory.h"
#include "config.h"
#include "runtime/align/align.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/cmd/cmd.h"
#include "runtime/host.h"
#include "runtime/policy/policy.h"

#define POLICY_DIRECTORY WEIR_SYSCONFDIR "/weir/memory.d"

/* Where the container will be; "" if nobody makes it a cgroup. */
static int find_cgroup(const struct plan_request *request, char path[CGROUP_PATH_ROOM],
		       struct err *err)
{
	const char *asked = request->spec->linux_config.cgroups_path;
	struct unit_names names;
	int result;

	path[0] = '\0';
	if (request->manager == CGROUP_MANAGER_DISABLED)
		return 0;
	if (request->manager == CGROUP_MANAGER_CGROUPFS)
		return plan_cgroup_path(request->spec, request->id, path, err);
	result = unit_names_of(asked, request->id, request->rootless, &names, err);
	return result < 0 ? result : unit_leaf_path(&names, path, err);
}

static int find_policy(struct call *call, struct plan_request *request, const char *cgroup,
		       struct err *err)
{
	const struct options *options = &call->options;
	const struct spec_process *process = request->spec->process;
	struct policy *policy = arena_alloc(&call->arena, sizeof(*policy));
	const struct policy_places places = {
		.directory = options->memory_policy_dir != NULL ? options->memory_policy_dir
								: POLICY_DIRECTORY,
		.given = options->memory_policy,
	};
	struct policy_rules host = { 0 };
	struct policy_rules given = { 0 };
	const struct policy_request asked = {
		.arena = &call->arena,
		.host = &host,
		.given = &given,
		.subject = { .annotations = &request->spec->annotations,
			     .cgroup = cgroup,
			     .program = process != NULL ? process->args.items[0] : NULL },
		.flags = { [POLICY_LADDER] = options->ladder, [POLICY_ALIGN] = options->align },
	};
	int result;

	if (policy == NULL)
		return err_set(err, ENOMEM, "memory policy");
	result = policy_load(&call->arena, &places, &host, &given, err);
	if (result == 0)
		result = policy_resolve(&asked, policy, err);
	request->policy = policy;
	return result;
}

/* The tightest limit of what is there already; the container's own cgroup is not. 0: none. A host
 * without cgroup v2 is told of when the container is made. */
static uint64_t limit_above(const char *cgroup)
{
	auto_fd int rootfd = -1;
	char path[CGROUP_PATH_ROOM];
	char holder[CGROUP_PATH_ROOM];
	uint64_t bytes = 0;
	char *slash;

	if (cgroup[0] == '\0' || cgroup_root_open(HOST_CGROUP_MOUNT, &rootfd, NULL) < 0)
		return 0;
	memcpy(path, cgroup, strlen(cgroup) + 1);
	while ((slash = strrchr(path, '/')) != NULL) {
		*(slash == path ? slash + 1 : slash) = '\0';
		if (memory_effective_limit(rootfd, path, &bytes, holder, NULL) == 0)
			return bytes == MEMORY_NO_LIMIT ? 0 : bytes;
		if (slash == path)
			break;
	}
	return 0;
}

/* A root that cannot be opened is told of when the container is made. */
static int find_program(struct call *call, struct plan_request *request, struct err *err)
{
	const struct spec *spec = request->spec;
	const struct align_program program = { &spec->process->args, &spec->process->env,
					       spec->process->cwd };
	struct align_found *found = arena_alloc(&call->arena, sizeof(*found));
	const char *path =
		spec->root.path[0] == '/'
			? spec->root.path
			: arena_printf(&call->arena, "%s/%s", request->bundle, spec->root.path);
	auto_fd int root = -1;

	if (found == NULL || path == NULL)
		return err_set(err, ENOMEM, "memory policy");
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return 0;
	request->found = found;
	return align_detect(&call->arena, root, &program, found, err);
}

int bundle_memory(struct call *call, struct plan_request *request, struct err *err)
{
	char cgroup[CGROUP_PATH_ROOM];
	const struct policy_value *values;
	int result = find_cgroup(request, cgroup, err);

	if (result == 0)
		result = find_policy(call, request, cgroup, err);
	if (result < 0)
		return result;
	values = request->policy->values;
	if (values[POLICY_LADDER].text != NULL || values[POLICY_ALIGN].text != NULL)
		request->ancestor_limit_bytes = limit_above(cgroup);
	return values[POLICY_ALIGN].text != NULL && request->spec->process != NULL
		       ? find_program(call, request, err)
		       : 0;
}

void bundle_log_alignment(const struct call *call, const struct alignment *alignment)
{
	size_t i;

	for (i = 0; alignment != NULL && i < alignment->count; i++) {
		const struct align_variable *variable = &alignment->variables[i];

		if (variable->value != NULL)
			log_info(&call->log, "align: %s=%s (%s: %s)", variable->name,
				 variable->value, align_kind_name(alignment->found.kind),
				 alignment->source);
		else
			log_info(&call->log, "align: %s: %s", variable->name, variable->note);
	}
}
