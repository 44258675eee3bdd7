// SPDX-License-Identifier: Apache-2.0
/*
 * Descriptors: owning them, and moving bytes and other descriptors through them.
 * Should: be complete where read(2) and write(2) are partial.
 * Must not: open anything by a caller's path.
 */
#include "runtime/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

void fd_close_at_scope_end(int *fd)
{
	fd_close(fd);
}

void free_at_scope_end(void *pointer_to_pointer)
{
	free(*(void **) pointer_to_pointer);
}

int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

void fd_close(int *fd)
{
	int saved_errno = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved_errno;
}

ssize_t fd_read_full(int fd, void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = read(fd, (char *) buffer + done, size - done);

		if (got == 0)
			break;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		done += (size_t) got;
	}
	return (ssize_t) done;
}

int fd_write_full(int fd, const void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t put = write(fd, (const char *) buffer + done, size - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		done += (size_t) put;
	}
	return 0;
}

int fd_reopen(int fd, int flags)
{
	char path[64];
	int fresh;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fresh = open(path, flags | O_CLOEXEC);
	return fresh < 0 ? -errno : fresh;
}

static long long monotonic_msec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int fd_wait(int fd, short events, int timeout_msec)
{
	long long deadline = monotonic_msec() + timeout_msec;
	struct pollfd slot = { .fd = fd, .events = events };

	for (;;) {
		long long left = timeout_msec < 0 ? -1 : deadline - monotonic_msec();
		int ready = poll(&slot, 1, left < 0 && timeout_msec >= 0 ? 0 : (int) left);

		if (ready > 0)
			return slot.revents;
		if (ready == 0)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
}

int fd_send(int socket, int fd, const void *data, size_t size)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec body = { .iov_base = (void *) (uintptr_t) data, .iov_len = size };
	struct msghdr message = { .msg_iov = &body, .msg_iovlen = 1 };

	message.msg_control = control.space;
	message.msg_controllen = sizeof(control.space);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	for (;;) {
		if (sendmsg(socket, &message, MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
}

ssize_t fd_receive(int socket, int *fd, void *data, size_t size)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec body = { .iov_base = data, .iov_len = size };
	struct msghdr message = { .msg_iov = &body, .msg_iovlen = 1 };
	ssize_t got;

	*fd = -1;
	message.msg_control = control.space;
	message.msg_controllen = sizeof(control.space);
	do {
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	if (message.msg_controllen >= sizeof(struct cmsghdr) &&
	    control.header.cmsg_level == SOL_SOCKET && control.header.cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(&control.header), sizeof(int));
	return got;
}
