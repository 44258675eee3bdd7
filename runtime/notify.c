// SPDX-License-Identifier: Apache-2.0
/*
 * sd_notify(3) out of a container.
 * Should: pass on that the program is ready, and nothing else that it says.
 * Must not: let the program reach the caller's socket, or wait for it.
 */
#include "runtime/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"

#define MESSAGE_BYTES 4096
/* systemd answers in milliseconds; what is no systemd may never answer, and is not waited for. */
#define BARRIER_MSEC 5000

const char *notify_caller(void)
{
	const char *address = getenv("NOTIFY_SOCKET");

	return address != NULL && strchr("/@", address[0]) != NULL && strlen(address) > 1 ? address
											  : NULL;
}

int notify_prepare(int container_dir, int *directory, struct err *err)
{
	auto_fd int fd = -1;

	if (mkdirat(container_dir, NOTIFY_DIRECTORY, 0755) < 0)
		return err_set(err, errno, "mkdir " NOTIFY_DIRECTORY);
	fd = openat(container_dir, NOTIFY_DIRECTORY,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* The caller's umask must not take the way to the socket from the program. */
	if (fd < 0 || fchmod(fd, 0755) < 0)
		return err_set(err, errno, NOTIFY_DIRECTORY);
	*directory = take_fd(&fd);
	return 0;
}

/* By way of the descriptor: sun_path holds 108 bytes, a root and an id may be longer. */
static int bind_in(int directory, int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" NOTIFY_NAME,
		 directory);
	(void) unlinkat(directory, NOTIFY_NAME, 0);
	if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		return -errno;
	/* Whoever the program is. */
	return fchmodat(directory, NOTIFY_NAME, 0666, 0) < 0 ? -errno : 0;
}

int notify_listen(int container_dir, struct notify *notify, struct err *err)
{
	auto_fd int directory = -1;
	auto_fd int fd = -1;
	int result;

	if (notify_caller() == NULL)
		return 0;
	directory = openat(container_dir, NOTIFY_DIRECTORY,
			   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return errno == ENOENT ? 0 : err_set(err, errno, NOTIFY_DIRECTORY);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(err, errno, "socket");
	result = bind_in(directory, fd);
	if (result < 0)
		return err_set(err, -result, NOTIFY_DIRECTORY "/" NOTIFY_NAME);
	notify->socket = take_fd(&fd);
	return 0;
}

static int connect_to_caller(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	if (connect(fd, (struct sockaddr *) &address,
		    (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		return -errno;
	return take_fd(&fd);
}

/* Whoever calls us may forget what we said as soon as we have ended: he closes this pipe once he has
 * worked on all before it (sd_notify_barrier(3)). */
static void wait_until_heard(int caller)
{
	auto_fd int reading = -1;
	auto_fd int writing = -1;
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return;
	reading = pair[0];
	writing = pair[1];
	if (fd_send(caller, writing, "BARRIER=1", strlen("BARRIER=1")) < 0)
		return;
	fd_close(&writing);
	(void) fd_wait(reading, POLLIN, BARRIER_MSEC);
}

static int pass_on(const struct notify *notify, struct err *err)
{
	const char *name = notify_caller();
	auto_fd int caller = name != NULL ? connect_to_caller(name) : -ENOENT;
	char main_pid[32];

	if (caller < 0)
		return err_set(err, -caller, "NOTIFY_SOCKET %s", name != NULL ? name : "");
	if (send(caller, "READY=1", strlen("READY=1"), MSG_NOSIGNAL) < 0)
		return err_set(err, errno, "NOTIFY_SOCKET %s", name);
	if (notify->main_pid == 0)
		return 0;
	snprintf(main_pid, sizeof(main_pid), "MAINPID=%d", (int) notify->main_pid);
	if (send(caller, main_pid, strlen(main_pid), MSG_NOSIGNAL) < 0)
		return err_set(err, errno, "NOTIFY_SOCKET %s", name);
	wait_until_heard(caller);
	return 0;
}

/* One assignment a line. */
static bool says_ready(char *message)
{
	char *line;

	while ((line = text_next(&message, '\n')) != NULL)
		if (strcmp(line, "READY=1") == 0)
			return true;
	return false;
}

int notify_turn(struct notify *notify, struct err *err)
{
	char message[MESSAGE_BYTES + 1];
	ssize_t got;

	/* Read to its end, else the program's next word would have to wait. Descriptors that come
	 * with it are not taken. */
	while ((got = recv(notify->socket, message, MESSAGE_BYTES, 0)) >= 0) {
		message[got] = '\0';
		if (notify->ready || !says_ready(message))
			continue;
		notify->ready = true;
		return pass_on(notify, err);
	}
	return 0;
}

int notify_wait(struct notify *notify, int pidfd, struct err *err)
{
	struct pollfd slots[] = { { .fd = notify->socket, .events = POLLIN },
				  { .fd = pidfd, .events = POLLIN } };
	int result = 0;

	while (result == 0 && notify->socket >= 0 && !notify->ready) {
		if (poll(slots, 2, -1) < 0 && errno != EINTR)
			return err_set(err, errno, "poll");
		result = notify_turn(notify, err);
		if (slots[1].revents != 0)
			break;
	}
	return result;
}
