// SPDX-License-Identifier: Apache-2.0
/*
 * Requests to rtnetlink(7).
 * Should: end each with the kernel's own answer.
 * Must not: leave the caller in another network namespace.
 */
#include "runtime/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"

#define REQUEST_ROOM 512 /* headers of 16 and up to 16 bytes, a name of 16, three addresses of 16 */

int netlink_open(struct netlink *netlink, const char *path, struct err *err)
{
	auto_fd int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int number = 0;

	netlink->namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (own < 0 || netlink->namespace < 0)
		return err_set(err, errno, "%s", path);
	if (setns(netlink->namespace, CLONE_NEWNET) < 0)
		return err_set(err, errno, "setns %s", path);
	netlink->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (netlink->socket == NULL || mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		number = errno;
	if (setns(own, CLONE_NEWNET) < 0)
		return err_set(err, errno, "return to the network namespace");
	return number != 0 ? err_set(err, number, "netlink socket") : 0;
}

void netlink_close(struct netlink *netlink)
{
	if (netlink->socket != NULL)
		mnl_socket_close(netlink->socket);
	netlink->socket = NULL;
	fd_close(&netlink->namespace);
}

/* Sends, and gives each answer to `each` until the last. */
static int ask(const struct netlink *netlink, struct nlmsghdr *header, mnl_cb_t each, void *data)
{
	unsigned port = mnl_socket_get_portid(netlink->socket);
	char answer
		[16384]; /* libmnl: MNL_SOCKET_DUMP_SIZE is 32 KiB, the kernel fills what it gets */
	int result = 1;

	header->nlmsg_seq = 1;
	if (mnl_socket_sendto(netlink->socket, header, header->nlmsg_len) < 0)
		return -errno;
	while (result > 0) {
		ssize_t got = mnl_socket_recvfrom(netlink->socket, answer, sizeof(answer));

		if (got < 0)
			return -errno;
		result = mnl_cb_run(answer, (size_t) got, 1, port, each, data);
		if (result < 0)
			return -errno;
	}
	return 0;
}

static struct nlmsghdr *begin(char *room, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(room);

	header->nlmsg_type = type;
	header->nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags);
	return header;
}

static struct ifinfomsg *put_link(struct nlmsghdr *header, int index)
{
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(header, sizeof(*link));

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = index;
	return link;
}

static int take_device(const struct nlmsghdr *header, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(header);
	struct netlink_device *device = data;

	device->index = link->ifi_index;
	device->up = (link->ifi_flags & IFF_UP) != 0;
	return MNL_CB_OK;
}

int netlink_find(const struct netlink *netlink, const char *name, struct netlink_device *device)
{
	char room[REQUEST_ROOM] = { 0 };
	struct nlmsghdr *header = begin(room, RTM_GETLINK, NLM_F_ACK);

	(void) put_link(header, 0);
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	return ask(netlink, header, take_device, device);
}

/* A list that grows by one item at a time. */
struct list {
	void *items;
	size_t count;
	size_t size; /* of an item */
	int index;   /* the device asked for */
};

static void *grow(struct list *list)
{
	void *more = realloc(list->items, (list->count + 1) * list->size);

	if (more == NULL)
		return NULL;
	list->items = more;
	return (char *) more + list->size * list->count++;
}

static int take_index(const struct nlmsghdr *header, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(header);
	int *slot = grow(data);

	if (slot == NULL)
		return MNL_CB_ERROR;
	*slot = link->ifi_index;
	return MNL_CB_OK;
}

int netlink_list(const struct netlink *netlink, int **indexes, size_t *count)
{
	struct list list = { .size = sizeof(**indexes) };
	char room[REQUEST_ROOM] = { 0 };
	struct nlmsghdr *header = begin(room, RTM_GETLINK, NLM_F_DUMP);
	int result;

	(void) put_link(header, 0);
	result = ask(netlink, header, take_index, &list);
	*indexes = list.items;
	*count = list.count;
	return result;
}

static size_t copy_address(const struct nlattr *attribute, unsigned char room[16])
{
	size_t bytes = mnl_attr_get_payload_len(attribute);

	if (bytes > 16)
		return 0;
	memcpy(room, mnl_attr_get_payload(attribute), bytes);
	return bytes;
}

static int take_attribute(const struct nlattr *attribute, void *data)
{
	struct netlink_address *address = data;

	switch (mnl_attr_get_type(attribute)) {
	case IFA_ADDRESS:
		address->address_bytes = copy_address(attribute, address->address);
		break;
	case IFA_LOCAL:
		address->local_bytes = copy_address(attribute, address->local);
		break;
	case IFA_BROADCAST:
		address->broadcast_bytes = copy_address(attribute, address->broadcast);
		break;
	case IFA_FLAGS:
		address->flags = mnl_attr_get_u32(attribute);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int take_address(const struct nlmsghdr *header, void *data)
{
	const struct ifaddrmsg *message = mnl_nlmsg_get_payload(header);
	struct netlink_address address = { .message = *message, .flags = message->ifa_flags };
	struct list *list = data;
	struct netlink_address *slot;

	(void) mnl_attr_parse(header, sizeof(*message), take_attribute, &address);
	/* config-linux.md: RT_SCOPE_UNIVERSE and IFA_F_PERMANENT are what is to be kept. */
	if ((int) message->ifa_index != list->index || message->ifa_scope != RT_SCOPE_UNIVERSE ||
	    (address.flags & IFA_F_PERMANENT) == 0)
		return MNL_CB_OK;
	slot = grow(list);
	if (slot == NULL)
		return MNL_CB_ERROR;
	*slot = address;
	return MNL_CB_OK;
}

int netlink_addresses(const struct netlink *netlink, int index, struct netlink_address **addresses,
		      size_t *count)
{
	struct list list = { .size = sizeof(**addresses), .index = index };
	char room[REQUEST_ROOM] = { 0 };
	struct nlmsghdr *header = begin(room, RTM_GETADDR, NLM_F_DUMP);
	int result;

	(void) mnl_nlmsg_put_extra_header(header, sizeof(struct ifaddrmsg));
	result = ask(netlink, header, take_address, &list);
	*addresses = list.items;
	*count = list.count;
	return result;
}

int netlink_add_address(const struct netlink *netlink, int index,
			const struct netlink_address *address)
{
	/* What the kernel finds out by itself. */
	const uint32_t own = IFA_F_PERMANENT | IFA_F_TENTATIVE | IFA_F_SECONDARY | IFA_F_DADFAILED;
	char room[REQUEST_ROOM] = { 0 };
	struct nlmsghdr *header =
		begin(room, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
	struct ifaddrmsg *message = mnl_nlmsg_put_extra_header(header, sizeof(*message));

	*message = address->message;
	message->ifa_index = (unsigned) index;
	message->ifa_flags = 0;
	if (address->address_bytes > 0)
		mnl_attr_put(header, IFA_ADDRESS, address->address_bytes, address->address);
	if (address->local_bytes > 0)
		mnl_attr_put(header, IFA_LOCAL, address->local_bytes, address->local);
	if (address->broadcast_bytes > 0)
		mnl_attr_put(header, IFA_BROADCAST, address->broadcast_bytes, address->broadcast);
	mnl_attr_put_u32(header, IFA_FLAGS, address->flags & ~own);
	return ask(netlink, header, NULL, NULL);
}

int netlink_move(const struct netlink *netlink, int index, int namespace, const char *name)
{
	char room[REQUEST_ROOM] = { 0 };
	struct nlmsghdr *header = begin(room, RTM_NEWLINK, NLM_F_ACK);

	(void) put_link(header, index);
	mnl_attr_put_u32(header, IFLA_NET_NS_FD, (uint32_t) namespace);
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	return ask(netlink, header, NULL, NULL);
}

int netlink_set_up(const struct netlink *netlink, int index)
{
	char room[REQUEST_ROOM] = { 0 };
	struct nlmsghdr *header = begin(room, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *link = put_link(header, index);

	link->ifi_change = IFF_UP;
	link->ifi_flags = IFF_UP;
	return ask(netlink, header, NULL, NULL);
}
