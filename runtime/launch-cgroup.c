// SPDX-License-Identifier: Apache-2.0
/*
 * The container's cgroup.
 * Should: have all its limits before anybody lives in it.
 * Must not: claim one that it did not make.
 */
#include <string.h>

#include "cgroupfs/devices.h"
#include "runtime/base/err.h"
#include "runtime/launch.h"

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
