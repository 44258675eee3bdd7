// SPDX-License-Identifier: Apache-2.0
/*
 * The proc connector: who ended by SIGKILL.
 * Should: wake nobody: a filter in the kernel drops all else, and what is left waits in the socket.
 * Must not: be asked where a better witness is permitted.
 */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/governor/witness.h"

/* Where the filter looks: behind the headers of netlink and of the connector. */
#define EVENT_AT     (sizeof(struct nlmsghdr) + sizeof(struct cn_msg))
#define WHAT_AT	     (EVENT_AT + offsetof(struct proc_event, what))
#define EXIT_CODE_AT (EVENT_AT + offsetof(struct proc_event, event_data.exit.exit_code))

/* Only an exit whose code says SIGKILL (wait(2): the low seven bits). Loads are in network order. */
static bool filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WHAT_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXIT), 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, EXIT_CODE_AT),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, htonl(0x7f)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(SIGKILL), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static bool ask(struct mnl_socket *socket, enum proc_cn_mcast_op operation)
{
	char buffer[sizeof(struct nlmsghdr) + sizeof(struct cn_msg) + sizeof(operation)] = { 0 };
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct cn_msg *message =
		mnl_nlmsg_put_extra_header(header, sizeof(*message) + sizeof(operation));

	header->nlmsg_type = NLMSG_DONE;
	message->id.idx = CN_IDX_PROC;
	message->id.val = CN_VAL_PROC;
	message->len = sizeof(operation);
	memcpy(message + 1, &operation, sizeof(operation));
	return mnl_socket_sendto(socket, header, header->nlmsg_len) > 0;
}

bool witness_exits_open(struct witness *witness)
{
	struct mnl_socket *socket =
		mnl_socket_open2(NETLINK_CONNECTOR, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (socket == NULL)
		return false;
	if (!filter(mnl_socket_get_fd(socket)) ||
	    mnl_socket_bind(socket, CN_IDX_PROC, MNL_SOCKET_AUTOPID) < 0 ||
	    !ask(socket, PROC_CN_MCAST_LISTEN)) {
		mnl_socket_close(socket);
		return false;
	}
	witness->exits = socket;
	return true;
}

/* Kernels before 6.6 count those who asked, and not the sockets that are open. */
void witness_exits_close(struct witness *witness)
{
	if (witness->exits == NULL)
		return;
	if (witness->owner == getpid())
		(void) ask(witness->exits, PROC_CN_MCAST_IGNORE);
	mnl_socket_close(witness->exits);
	witness->exits = NULL;
}

/* The kernel's time is CLOCK_MONOTONIC in ns. A thread that is not the last one is no process's end. */
bool witness_exits_parse(const void *message, size_t length, struct witness_exit *end)
{
	struct proc_event event = { 0 };
	size_t room = offsetof(struct proc_event, event_data) + sizeof(event.event_data.exit);

	if (length < EVENT_AT + room)
		return false;
	memcpy(&event, (const char *) message + EVENT_AT, room);
	if (event.what != PROC_EVENT_EXIT ||
	    event.event_data.exit.process_pid != event.event_data.exit.process_tgid ||
	    (event.event_data.exit.exit_code & 0x7f) != SIGKILL)
		return false;
	*end = (struct witness_exit){ .at_usec = event.timestamp_ns / 1000,
				      .pid = event.event_data.exit.process_pid,
				      .parent_pid = event.event_data.exit.parent_tgid };
	return true;
}

bool witness_exits_wait(const struct witness *witness, int timeout_msec)
{
	struct pollfd slot = { .fd = mnl_socket_get_fd(witness->exits), .events = POLLIN };

	return poll(&slot, 1, timeout_msec) > 0;
}

size_t witness_exits_read(const struct witness *witness, struct witness_exit ends[], size_t room)
{
	char message[512]; /* an event has 80 bytes */
	size_t count = 0;

	while (count < room) {
		ssize_t length = mnl_socket_recvfrom(witness->exits, message, sizeof(message));

		if (length <= 0)
			break;
		count += witness_exits_parse(message, (size_t) length, &ends[count]);
	}
	return count;
}
