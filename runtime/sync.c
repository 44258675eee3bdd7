// SPDX-License-Identifier: Apache-2.0
/*
 * The conversation between runtime and child.
 * Should: carry a whole error across, and notice when the other side is gone.
 * Must not: believe lengths or kinds without a look: the peer may be a container's process.
 */
#include "runtime/sync.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"

struct sync_packet {
	int kind;
	struct err err; /* SYNC_FAILED */
};

static const char *const names[] = {
	[SYNC_FAILED] = "FAILED",
	[SYNC_ID_MAPS_WRITTEN] = "ID_MAPS_WRITTEN",
	[SYNC_TIME_UNSHARED] = "TIME_UNSHARED",
	[SYNC_TIME_OFFSETS_WRITTEN] = "TIME_OFFSETS_WRITTEN",
	[SYNC_NETWORK_READY] = "NETWORK_READY",
	[SYNC_DEVICES_MOVED] = "DEVICES_MOVED",
	[SYNC_TERMINAL] = "TERMINAL",
	[SYNC_MOUNTED] = "MOUNTED",
	[SYNC_HOOKS_DONE] = "HOOKS_DONE",
	[SYNC_READY] = "READY",
	[SYNC_CREATED] = "CREATED",
	[SYNC_START] = "START",
	[SYNC_LISTENER] = "LISTENER",
	[SYNC_LISTENER_TAKEN] = "LISTENER_TAKEN",
};

int sync_pair(int pair[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "socketpair");
	return 0;
}

static int send_packet(int socket, const void *packet, size_t size)
{
	ssize_t put;

	do {
		put = send(socket, packet, size, MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	return put < 0 ? -errno : 0;
}

int sync_send(int socket, enum sync_message message, struct err *err)
{
	int kind = (int) message;
	int result = send_packet(socket, &kind, sizeof(kind));

	if (result < 0)
		return err_set(err, -result, "sync: send %s", names[message]);
	return 0;
}

void sync_send_failure(int socket, const struct err *failure)
{
	struct sync_packet packet = { .kind = SYNC_FAILED, .err = *failure };

	(void) send_packet(socket, &packet, sizeof(packet));
}

static int send_with(int socket, enum sync_message message, int fd, struct err *err)
{
	const int kind = (int) message;
	int result = fd_send(socket, fd, &kind, sizeof(kind));

	return result < 0 ? err_set(err, -result, "sync: send %s", names[message]) : 0;
}

int sync_send_terminal(int socket, int terminal, struct err *err)
{
	return send_with(socket, SYNC_TERMINAL, terminal, err);
}

/* The kind of the next message; 0 at end of file; or -errno, which may be the peer's failure. *fd is
 * the descriptor that came with it, or -1. */
static int receive(int socket, int *fd, struct err *err)
{
	struct sync_packet packet;
	ssize_t got = fd_receive(socket, fd, &packet, sizeof(packet));

	if (got < 0)
		return err_set(err, (int) -got, "sync: receive");
	if (got == 0)
		return 0;
	if ((size_t) got == sizeof(packet) && packet.kind == SYNC_FAILED && packet.err.number > 0 &&
	    packet.err.text[0] != '\0') {
		packet.err.text[ERR_TEXT_SIZE - 1] = '\0';
		if (err != NULL)
			*err = packet.err;
		return -packet.err.number;
	}
	if ((size_t) got != sizeof(packet.kind) || packet.kind <= SYNC_FAILED ||
	    packet.kind > SYNC_LISTENER_TAKEN)
		return err_say(err, EPROTO, "sync: malformed message of %zd bytes", got);
	return packet.kind;
}

static int expect(int socket, enum sync_message expected, int *fd, struct err *err)
{
	int kind = receive(socket, fd, err);

	if (kind < 0)
		return kind;
	if (kind == 0)
		return err_say(err, ECONNRESET, "the other side ended");
	if (kind != (int) expected)
		return err_say(err, EPROTO, "sync: expected %s, received %s", names[expected],
			       names[kind]);
	return 0;
}

int sync_expect(int socket, enum sync_message expected, struct err *err)
{
	auto_fd int none = -1;

	return expect(socket, expected, &none, err);
}

int sync_expect_terminal(int socket, int *fd, struct err *err)
{
	auto_fd int terminal = -1;
	int result = expect(socket, SYNC_TERMINAL, &terminal, err);

	if (result == 0 && terminal < 0)
		return err_say(err, EPROTO, "sync: TERMINAL without a descriptor");
	if (result == 0)
		*fd = take_fd(&terminal);
	return result;
}

int sync_die_with_parent(int socket, struct err *err)
{
	struct pollfd parent = { .fd = socket, .events = 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_set(err, errno, "PR_SET_PDEATHSIG");
	/* It may have gone just before: then its end of the socket has too. */
	if (poll(&parent, 1, 0) > 0 && (parent.revents & POLLHUP) != 0)
		return err_say(err, ECONNRESET, "the supervisor ended");
	return 0;
}

int sync_send_listener(int socket, int listener, struct err *err)
{
	return send_with(socket, SYNC_LISTENER, listener, err);
}

static int take(int socket, int listener, const struct sync_taker *taker, struct err *err)
{
	int result;

	if (listener < 0)
		return err_say(err, EPROTO, "sync: LISTENER without a descriptor");
	result = taker->take(taker->context, listener, err);
	return result < 0 ? result : sync_send(socket, SYNC_LISTENER_TAKEN, err);
}

int sync_take_listener(int socket, const struct sync_taker *taker, struct err *err)
{
	auto_fd int listener = -1;
	int result = expect(socket, SYNC_LISTENER, &listener, err);

	if (result < 0)
		return result;
	return take(socket, listener, taker, err);
}

int sync_expect_exec(int socket, const struct sync_taker *taker, struct err *err)
{
	for (;;) {
		auto_fd int listener = -1;
		int kind = receive(socket, &listener, err);
		int result;

		if (kind <= 0)
			return kind;
		if (kind != SYNC_LISTENER)
			return err_say(err, EPROTO,
				       "sync: expected the program to start, received %s",
				       names[kind]);
		result = take(socket, listener, taker, err);
		if (result < 0)
			return result;
	}
}
