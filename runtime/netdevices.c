// SPDX-License-Identifier: Apache-2.0
/*
 * Network devices of the host that become the container's.
 * Should: know that a device can be moved before it is, and take it back if the create fails.
 * Must not: touch it once the container is created (config-linux.md, Namespace Lifecycle).
 */
#include "runtime/netdevices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/netlink.h"
#include "runtime/plan.h"

struct moved {
	const struct plan_net_device *device;
	int index; /* in the container */
	bool up;   /* on the host */
};

struct netdevices {
	struct netlink host;
	struct netlink container;
	struct moved *moved;
	size_t count;
};

/* One device on its way. */
struct transfer {
	const struct netlink *from;
	const struct netlink *to;
	int index;	  /* at first where it is, then where it got to */
	const char *name; /* there */
	bool up;	  /* there */
};

static bool is_listed(const int *indexes, size_t count, int index)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (indexes[i] == index)
			return true;
	return false;
}

/* The kernel may give it another index, and for a template a name that we do not know: it is the one
 * that was not there before. */
static int find_newcomer(const struct netlink *netlink, const int *before, size_t count, int *index)
{
	auto_free int *now = NULL;
	size_t now_count = 0;
	int result = netlink_list(netlink, &now, &now_count);
	size_t i;

	for (i = 0; result == 0 && i < now_count; i++) {
		if (is_listed(before, count, now[i]))
			continue;
		*index = now[i];
		return 0;
	}
	return result < 0 ? result : -ENODEV;
}

static int move_one(struct transfer *transfer, struct err *err)
{
	auto_free int *before = NULL;
	size_t count = 0;
	int result = netlink_list(transfer->to, &before, &count);

	if (result == 0)
		result = netlink_move(transfer->from, transfer->index, transfer->to->namespace,
				      transfer->name);
	if (result == 0)
		result = find_newcomer(transfer->to, before, count, &transfer->index);
	return result < 0 ? err_set(err, -result, "move") : 0;
}

/* The kernel takes a device down and its addresses away when it moves. */
static int transfer_device(struct transfer *transfer, struct err *err)
{
	auto_free struct netlink_address *addresses = NULL;
	size_t count = 0;
	size_t i;
	int result = netlink_addresses(transfer->from, transfer->index, &addresses, &count);

	if (result < 0)
		return err_set(err, -result, "list the addresses");
	result = move_one(transfer, err);
	for (i = 0; result == 0 && i < count; i++) {
		result = netlink_add_address(transfer->to, transfer->index, &addresses[i]);
		if (result < 0)
			result = err_set(err, -result, "give back an address");
	}
	if (result == 0 && transfer->up) {
		result = netlink_set_up(transfer->to, transfer->index);
		if (result < 0)
			result = err_set(err, -result, "set up");
	}
	return result;
}

static int check_free(const struct netlink *container, const char *name, struct err *err)
{
	struct netlink_device there = { 0 };
	int result;

	if (strchr(name, '%') != NULL)
		return 0;
	result = netlink_find(container, name, &there);
	if (result == -ENODEV)
		return 0;
	return result < 0 ? err_set(err, -result, "find %s", name)
			  : err_say(err, EEXIST, "the container has a device '%s' already", name);
}

static int move_device(struct netdevices *moves, const struct plan_net_device *device,
		       struct err *err)
{
	struct netlink_device here = { 0 };
	struct transfer transfer = {
		.from = &moves->host, .to = &moves->container, .name = device->name, .up = true
	};
	int result = check_free(&moves->container, device->name, err);

	if (result < 0)
		return result;
	result = netlink_find(&moves->host, device->host_name, &here);
	if (result < 0)
		return err_set(err, -result, "find %s", device->host_name);
	transfer.index = here.index;
	result = transfer_device(&transfer, err);
	/* Moved, but not complete: it is taken back too. */
	if (result == 0 || transfer.index != here.index)
		moves->moved[moves->count++] = (struct moved){ device, transfer.index, here.up };
	return result;
}

int netdevices_move(const struct plan *plan, pid_t pid, struct netdevices **moves, struct err *err)
{
	struct netdevices *made = calloc(1, sizeof(*made));
	char path[64];
	size_t i;
	int result;

	if (made == NULL)
		return err_set(err, ENOMEM, "netDevices");
	*moves = made;
	made->host = made->container = (struct netlink) NETLINK_NONE;
	made->moved = calloc(plan->net_device_count, sizeof(*made->moved));
	if (made->moved == NULL)
		return err_set(err, ENOMEM, "netDevices");
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int) pid);
	result = netlink_open(&made->host, "/proc/self/ns/net", err);
	if (result == 0)
		result = netlink_open(&made->container, path, err);
	for (i = 0; result == 0 && i < plan->net_device_count; i++) {
		result = move_device(made, &plan->net_devices[i], err);
		if (result < 0)
			return err_context(err, "/linux/netDevices/%s",
					   plan->net_devices[i].host_name);
	}
	return result;
}

void netdevices_return(struct netdevices *moves)
{
	while (moves != NULL && moves->count > 0) {
		const struct moved *moved = &moves->moved[--moves->count];
		struct transfer transfer = { .from = &moves->container,
					     .to = &moves->host,
					     .index = moved->index,
					     .name = moved->device->host_name,
					     .up = moved->up };

		(void) transfer_device(&transfer, NULL);
	}
}

void netdevices_close(struct netdevices *moves)
{
	if (moves == NULL)
		return;
	netlink_close(&moves->host);
	netlink_close(&moves->container);
	free(moves->moved);
	free(moves);
}
