// SPDX-License-Identifier: Apache-2.0
/*
 * Telling systemd (sd_notify(3)): one datagram to the socket that it named.
 * Should: be as if nobody had asked, where nobody did.
 * Must not: need libsystemd.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "runtime/base/fd.h"
#include "runtime/service/service.h"

void service_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_fd int fd = -1;
	size_t length = path != NULL ? strlen(path) : 0;

	/* '@' stands for the NUL of the abstract namespace. */
	if (length < 2 || length > sizeof(address.sun_path) - 1 ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void) sendto(fd, state, strlen(state), MSG_NOSIGNAL,
			      (const struct sockaddr *) &address,
			      (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length));
}
