// SPDX-License-Identifier: Apache-2.0
/*
 * What the parent puts into the child's new namespaces: id maps, clocks, network devices.
 * Should: do it while nobody of the container is there to see it half done.
 * Must not: be done by the child, who has no privilege for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/launch.h"
#include "runtime/netdevices.h"
#include "runtime/sync.h"

int launch_expect(const struct launch *launch, enum sync_message message, struct err *err)
{
	int result = interrupt_wait(&launch->interrupt, launch->sync, err);

	return result < 0 ? result : sync_expect(launch->sync, message, err);
}

int launch_write_maps(const struct launch *launch, struct err *err)
{
	char path[64];
	int result;

	if (launch->plan->uid_map == NULL)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int) launch->container->state.pid);
	result = file_write_at(AT_FDCWD, path, launch->plan->uid_map, err);
	if (result < 0)
		return err_context(err, "/linux/uidMappings");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", (int) launch->container->state.pid);
	result = file_write_at(AT_FDCWD, path, launch->plan->gid_map, err);
	if (result < 0)
		return err_context(err, "/linux/gidMappings");
	return sync_send(launch->sync, SYNC_ID_MAPS_WRITTEN, err);
}

/* Of the parent, for the reason that launch_oom_score_adj() has; and before anybody is in the namespace,
 * which ends the setting of its clocks (time_namespaces(7)). */
static int write_time_offsets(const struct launch *launch, struct err *err)
{
	char path[64];
	int result;

	if (launch->plan->time_offsets == NULL)
		return 0;
	result = launch_expect(launch, SYNC_TIME_UNSHARED, err);
	if (result < 0)
		return result;
	snprintf(path, sizeof(path), "/proc/%d/timens_offsets", (int) launch->container->state.pid);
	/* Its error would repeat the lines written, which are more than one. */
	result = file_write_at(AT_FDCWD, path, launch->plan->time_offsets, NULL);
	if (result < 0)
		return err_set(err, -result, "/linux/timeOffsets: write %s", path);
	return sync_send(launch->sync, SYNC_TIME_OFFSETS_WRITTEN, err);
}

static int move_net_devices(struct launch *launch, struct err *err)
{
	int result;

	if (launch->plan->net_device_count == 0)
		return 0;
	result = launch_expect(launch, SYNC_NETWORK_READY, err);
	if (result == 0)
		result = netdevices_move(launch->plan, launch->container->state.pid,
					 &launch->net_moves, err);
	return result < 0 ? result : sync_send(launch->sync, SYNC_DEVICES_MOVED, err);
}

int launch_fill_namespaces(struct launch *launch, struct err *err)
{
	int result = write_time_offsets(launch, err);

	return result < 0 ? result : move_net_devices(launch, err);
}
