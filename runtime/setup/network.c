// SPDX-License-Identifier: Apache-2.0
/*
 * The loopback interface of a new network namespace.
 * Should: bring it up, nothing else.
 * Must not: touch a network namespace that was joined.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>

#include "runtime/base/err.h"
#include "runtime/setup/setup.h"

#define LOOPBACK_INDEX 1 /* always the first interface of a namespace */

/* RTM_NEWLINK with IFF_UP for interface 1 (rtnetlink(7)). */
static int bring_up(struct mnl_socket *socket)
{
	char buffer[64] = { 0 }; /* a header of 16 bytes and an ifinfomsg of 16 */
	char answer[1024];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *link;
	ssize_t got;

	header->nlmsg_type = RTM_NEWLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	header->nlmsg_seq = 1;
	link = mnl_nlmsg_put_extra_header(header, sizeof(*link));
	link->ifi_family = AF_UNSPEC;
	link->ifi_index = LOOPBACK_INDEX;
	link->ifi_change = IFF_UP;
	link->ifi_flags = IFF_UP;
	if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -errno;
	got = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (got < 0)
		return -errno;
	return mnl_cb_run(answer, (size_t) got, 1, mnl_socket_get_portid(socket), NULL, NULL) < 0
		       ? -errno
		       : 0;
}

int setup_loopback(struct setup *setup, struct err *err)
{
	struct mnl_socket *socket;
	int result;

	if ((setup->plan->new_namespaces & CLONE_NEWNET) == 0)
		return 0;
	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (socket == NULL)
		return err_set(err, errno, "netlink socket");
	result = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : bring_up(socket);
	mnl_socket_close(socket);
	return result < 0 ? err_set(err, -result, "bring up lo") : 0;
}
