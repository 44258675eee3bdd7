// SPDX-License-Identifier: Apache-2.0
/*
 * What is there before a container's first process is: the word of it in the state, its cgroup, and what the child takes
 * along.
 * Should: say what it is about to make before it makes it.
 * Must not: start anything, or undo anything (launch.c does).
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/hooks.h"
#include "runtime/host.h"
#include "runtime/idmap.h"
#include "runtime/kept-policy.h"
#include "runtime/launch.h"
#include "runtime/notify.h"
#include "runtime/setup/mountapi.h"
#include "runtime/start.h"

/* Written before there is anything, so that a create that is killed can be undone. */
static int write_intent(struct launch *launch, const char *config, struct err *err)
{
	struct container *container = launch->container;
	const struct plan *plan = launch->plan;
	struct state *state = &container->state;
	char boot_id[HOST_BOOT_ID_ROOM];
	bool zombie;
	int result = host_boot_id(boot_id, err);

	if (result < 0)
		return result;
	*state = (struct state){
		.id = plan->id,
		.bundle = plan->bundle,
		.rootfs = plan->rootfs,
		.oci_version = WEIR_OCI_VERSION,
		.boot_id = arena_string(&container->arena, boot_id),
		.owner = geteuid() == 0 ? "root" : arena_printf(&container->arena, "%u", geteuid()),
		.manager = plan_manager_name(plan->cgroup.manager),
		.scope = "",
		.rdt_group = "",
		.created_usec = clock_wall_usec(),
		.created_mono_usec = clock_monotonic_usec(),
		.creating = true,
		.creator_pid = getpid(),
		.annotations = plan->spec->annotations,
		.ladder = plan->memory.ladder_text != NULL ? plan->memory.ladder_text : "",
		.stop_signal = plan->memory.stop_signal,
	};
	/* Whom `delete --force` ends first. */
	(void) host_process_start(getpid(), &state->creator_start, &zombie);
	if (state->boot_id == NULL || state->owner == NULL)
		return err_set(err, ENOMEM, "state");
	if (plan->cgroup.manager == CGROUP_MANAGER_CGROUPFS)
		memcpy(state->cgroup_path, plan->cgroup.path, sizeof(state->cgroup_path));
	result = file_replace_at(container->dir, STATE_CONFIG_FILE, config, 0600, err);
	if (result == 0)
		result = policy_keep(container->dir, plan, err);
	return result < 0 ? result : state_write(container->dir, state, err);
}

/* Made here and not by the child: in a user namespace it could not reach our directories, and a
 * descriptor of our mount namespace cannot be copied in another (open_tree(2)). */
static int make_contract(struct launch *launch, struct err *err)
{
	int result;

	if (!launch->plan->memory.contract && !launch->plan->memory.publishes)
		return 0;
	result = govern_make_contract(&launch->govern, launch->container, launch->plan, err);
	if (result < 0)
		return result;
	launch->contract_mount = mount_copy(launch->govern.contract, 0, err);
	return launch->contract_mount < 0 ? err_context(err, STATE_CONTRACT) : 0;
}

/* Likewise. Of a detached container, `start` listens. */
static int make_notify(struct launch *launch, struct err *err)
{
	auto_fd int directory = -1;
	int result;

	if (launch->plan->notify_directory == NULL)
		return 0;
	result = notify_prepare(launch->container->dir, &directory, err);
	if (result == 0 && !launch->detached)
		result = notify_listen(launch->container->dir, &launch->notify, err);
	if (result < 0)
		return result;
	launch->notify_mount = mount_copy(directory, 0, err);
	return launch->notify_mount < 0 ? err_context(err, NOTIFY_DIRECTORY) : 0;
}

int launch_prepare(struct launch *launch, const char *config, int *listener, struct err *err)
{
	int result = write_intent(launch, config, err);

	if (result == 0)
		result = launch_make_cgroup(launch, err);
	if (result == 0)
		result = make_contract(launch, err);
	if (result == 0)
		result = make_notify(launch, err);
	if (result == 0)
		result = hooks_open_output(&launch->plan->spec->annotations, &launch->hook_output,
					   err);
	if (result == 0)
		result = idmap_sources(launch->plan, &launch->idmapped, err);
	if (result == 0 && launch->detached)
		result = start_listen(launch->container->dir, listener, err);
	return result;
}
