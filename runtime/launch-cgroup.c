// SPDX-License-Identifier: Apache-2.0
/*
 * The container's cgroup.
 * Should: have all its limits before anybody lives in it.
 * Must not: claim one that it did not make.
 */
#include <string.h>

#include "cgroupfs/devices.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/launch.h"
#include "runtime/rdt.h"

int launch_make_cgroup(struct launch *launch, struct err *err)
{
	const struct plan_cgroup *plan = &launch->plan->cgroup;
	int result;

	if (plan->manager == CGROUP_MANAGER_DISABLED)
		return 0;
	result = cgroup_root_open(HOST_CGROUP_MOUNT, &launch->cgroup_rootfd, err);
	if (result == 0 && plan->manager == CGROUP_MANAGER_SYSTEMD)
		result = scope_make_cgroup(launch, err);
	else if (result == 0)
		result = cgroup_create(launch->cgroup_rootfd, plan->path, plan->controllers,
				       &launch->cgroup, err);
	/* A cgroup that could not be made here is not ours to remove; one that was is, and the state
	 * says so before anybody lives in it. */
	if (result < 0) {
		launch->container->state.cgroup_path[0] = '\0';
		return result;
	}
	memcpy(launch->container->state.cgroup_path, launch->cgroup.path, CGROUP_PATH_ROOM);
	launch->container->state.cgroup_made = true;
	result = state_write(launch->container->dir, &launch->container->state, err);
	if (result < 0)
		return result;
	result = cgroup_settings_apply(launch->cgroup.dirfd, &plan->settings, err);
	if (result == 0)
		result = devices_apply(launch->cgroup.dirfd, plan->device_rules,
				       plan->device_rule_count, err);
	if (result == 0 && plan->delegated)
		result = cgroup_delegate(&launch->cgroup,
					 host_delegated_files(&launch->container->arena),
					 plan->owner, err);
	return result < 0 ? err_context(err, "cgroup %s", plan->path) : 0;
}

static int keep_state(void *context, struct err *err)
{
	const struct container *container = context;

	return state_write(container->dir, &container->state, err);
}

int launch_enter_rdt(struct launch *launch, struct err *err)
{
	struct container *container = launch->container;
	const struct rdt_keeper keeper = { &container->state, keep_state, container };
	auto_fd int root = -1;

	if (launch->plan->rdt.group == NULL)
		return 0;
	root = rdt_open(err);
	return root < 0 ? root
			: rdt_enter(root, &launch->plan->rdt, container->state.pid, &keeper, err);
}
