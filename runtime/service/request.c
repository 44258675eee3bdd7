// SPDX-License-Identifier: Apache-2.0
/*
 * The conversation with the governor's service: both sides of it.
 * Should: take one short packet of our own user, or root, and nothing else.
 * Must not: wait for a peer that says nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/service/service.h"

/* Whoever creates a container waits for an answer no longer than this, and has a keeper then. */
#define ANSWER_SEC 2
#define BACKLOG	   128

static const char *const verbs[SERVICE_VERBS] = {
	[SERVICE_GOVERN] = "weir1 govern ",
	[SERVICE_HOSTS] = "weir1 hosts ",
};

/* By way of the root's descriptor: sun_path holds 108 bytes, a root may be longer. */
static struct sockaddr_un address_of(int rootfd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SERVICE_SOCKET,
		 rootfd);
	return address;
}

/* ---- who asks ---- */

static int connect_to(int rootfd)
{
	struct sockaddr_un address = address_of(rootfd);
	const struct timeval patience = { .tv_sec = ANSWER_SEC };
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&fd);
}

static int take_answer(int connection, struct err *err)
{
	char answer[SERVICE_ANSWER_ROOM];
	ssize_t got = recv(connection, answer, sizeof(answer) - 1, 0);

	/* Closed without a word, or too late: if it took the container after all, it lets go of it when
	 * it finds nobody to tell. */
	if (got <= 0)
		return 0;
	answer[got] = '\0';
	if (strcmp(answer, "ok") == 0)
		return 1;
	if (strcmp(answer, "no") == 0)
		return 0;
	return err_say(err, EREMOTEIO, "%s", answer);
}

int service_ask(int rootfd, enum service_verb verb, const char *id, struct err *err)
{
	char request[SERVICE_REQUEST_ROOM];
	auto_fd int connection = connect_to(rootfd);
	int length = snprintf(request, sizeof(request), "%s%s", verbs[verb], id);

	if (connection < 0 || length >= (int) sizeof(request) ||
	    send(connection, request, (size_t) length, MSG_NOSIGNAL) < 0)
		return 0;
	return take_answer(connection, err);
}

/* ---- who answers ---- */

static int check_peer(int connection, struct err *err)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return err_set(err, errno, "SO_PEERCRED");
	if (peer.uid != 0 && peer.uid != geteuid())
		return err_say(err, EPERM, "user %u may not ask", (unsigned) peer.uid);
	return 0;
}

int service_read_request(int connection, enum service_verb *verb, char id[SERVICE_REQUEST_ROOM],
			 struct err *err)
{
	char request[SERVICE_REQUEST_ROOM];
	int result = check_peer(connection, err);
	/* MSG_TRUNC: the packet's own length, however much of it there is room for. */
	ssize_t got = recv(connection, request, sizeof(request) - 1, MSG_DONTWAIT | MSG_TRUNC);
	int i;

	if (result < 0)
		return result;
	if (got <= 0)
		return err_say(err, EPROTO, "a request without words");
	if ((size_t) got >= sizeof(request) || memchr(request, '\0', (size_t) got) != NULL)
		return err_say(err, EPROTO, "a request that is none");
	request[got] = '\0';
	for (i = 0; i < SERVICE_VERBS; i++) {
		if (!text_starts(request, verbs[i]))
			continue;
		*verb = (enum service_verb) i;
		snprintf(id, SERVICE_REQUEST_ROOM, "%s", request + strlen(verbs[i]));
		return container_check_id(id, err);
	}
	return err_say(err, EPROTO, "an unknown request");
}

int service_answer(int connection, int result, const struct err *err)
{
	char answer[SERVICE_ANSWER_ROOM];

	if (result < 0)
		snprintf(answer, sizeof(answer), "no: %.480s", err->text);
	else
		snprintf(answer, sizeof(answer), "%s", result > 0 ? "ok" : "no");
	return send(connection, answer, strlen(answer), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno
											 : 0;
}

static int take_lock(int rootfd, int *lock, struct err *err)
{
	auto_fd int fd =
		openat(rootfd, SERVICE_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(err, errno, SERVICE_LOCK);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? err_say(err, EBUSY, "another governor has this root already")
			       : err_set(err, errno, SERVICE_LOCK);
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int) getpid()) < 0)
		return err_set(err, errno, SERVICE_LOCK);
	*lock = take_fd(&fd);
	return 0;
}

int service_listen(int rootfd, int *lock, int *listener, struct err *err)
{
	struct sockaddr_un address = address_of(rootfd);
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int result = take_lock(rootfd, lock, err);

	if (result < 0)
		return result;
	/* With the lock, what is there belongs to one that was killed. */
	(void) unlinkat(rootfd, SERVICE_SOCKET, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ||
	    fchmodat(rootfd, SERVICE_SOCKET, 0600, 0) < 0 || listen(fd, BACKLOG) < 0)
		return err_set(err, errno, SERVICE_SOCKET);
	*listener = take_fd(&fd);
	return 0;
}
