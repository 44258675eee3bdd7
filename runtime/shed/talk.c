// SPDX-License-Identifier: Apache-2.0
/*
 * Short conversations with somebody who may not answer.
 * Should: give up.
 * Must not: trust a length, or a terminating NUL, of the other side's.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/number.h"
#include "runtime/shed/shed.h"

static int open_socket(int family)
{
	/* A full collection of a large heap takes its time; the governor's patience is 5 s in all. */
	const struct timeval patience = { .tv_sec = 4 };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

static int connect_to(int family, const void *address, socklen_t size)
{
	auto_fd int fd = open_socket(family);

	if (fd < 0 || connect(fd, address, size) < 0)
		return -1;
	return take_fd(&fd);
}

int talk_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect_to(AF_UNIX, &address, sizeof(address));
}

int talk_tcp(unsigned port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons((in_port_t) port),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return connect_to(AF_INET, &address, sizeof(address));
}

void talk_patience(int fd, int seconds)
{
	const struct timeval patience = { .tv_sec = seconds };

	(void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

bool talk_send(int fd, const void *data, size_t size)
{
	const char *left = data;

	while (size > 0) {
		ssize_t sent = send(fd, left, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		left += sent;
		size -= (size_t) sent;
	}
	return true;
}

size_t talk_receive(int fd, char *buffer, size_t size, const char *until)
{
	size_t length = 0;

	buffer[0] = '\0';
	while (length + 1 < size) {
		ssize_t got = recv(fd, buffer + length, size - 1 - length, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t) got;
		buffer[length] = '\0';
		if (until != NULL && strstr(buffer, until) != NULL)
			break;
	}
	return length;
}

unsigned talk_port(const struct shed_target *target, const char *key, unsigned otherwise)
{
	const char *at = strstr(target->cmdline, key);
	const char *colon;
	uint64_t port = 0;
	size_t length;

	if (at == NULL)
		return otherwise;
	at += strlen(key);
	/* "127.0.0.1:9230", "*:6379" */
	length = strcspn(at, " ");
	colon = memchr(at, ':', length);
	if (colon != NULL)
		at = colon + 1;
	return number_u64_next(&at, &port) && port > 0 && port < 65536 ? (unsigned) port
								       : otherwise;
}
