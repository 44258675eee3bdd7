// SPDX-License-Identifier: Apache-2.0
/*
 * Redis and its kin: MEMORY PURGE gives back what the allocator keeps.
 * Should: ask at the port that its process title names.
 * Must not: try a password.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/shed/shed.h"

int shed_redis(const struct shed_target *target, char said[SHED_SAID])
{
	/* "redis-server 127.0.0.1:6379" */
	auto_fd int fd = talk_tcp(talk_port(target, "-server ", 6379));
	static const char purge[] = "MEMORY PURGE\r\n";
	char answer[128];

	if (fd < 0) {
		snprintf(said, SHED_SAID, "it does not listen on the loopback");
		return -1;
	}
	if (!talk_send(fd, purge, sizeof(purge) - 1))
		return -1;
	(void) talk_receive(fd, answer, sizeof(answer), "\r\n");
	answer[strcspn(answer, "\r\n")] = '\0';
	snprintf(said, SHED_SAID, "MEMORY PURGE: %.80s", answer);
	return strcmp(answer, "+OK") == 0 ? 0 : -1;
}
