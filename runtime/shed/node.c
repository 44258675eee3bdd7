// SPDX-License-Identifier: Apache-2.0
/*
 * Node.js, by its inspector where that is open (the DevTools protocol over a WebSocket, RFC 6455).
 * Should: ask for a collection, and close.
 * Must not: open the inspector: a port that runs code is nothing to open in somebody's container.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/shed/shed.h"

#define PORT 9229 /* node's default */

/* The path of "ws://127.0.0.1:9229/UUID" in the list of targets. */
static bool find_path(unsigned port, char path[128])
{
	static const char key[] = "\"webSocketDebuggerUrl\"";
	auto_fd int fd = talk_tcp(port);
	char request[128];
	char answer[4096];
	const char *at;

	if (fd < 0)
		return false;
	snprintf(request, sizeof(request),
		 "GET /json/list HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n",
		 port);
	if (!talk_send(fd, request, strlen(request)))
		return false;
	(void) talk_receive(fd, answer, sizeof(answer), "} ]");
	at = strstr(answer, key);
	at = at != NULL ? strstr(at, "ws://") : NULL;
	at = at != NULL ? strchr(at + strlen("ws://"), '/') : NULL;
	if (at == NULL || strcspn(at, "\"") >= 128)
		return false;
	snprintf(path, 128, "%.*s", (int) strcspn(at, "\""), at);
	return true;
}

static bool shake_hands(int fd, unsigned port, const char *path)
{
	char request[384];
	char answer[1024];

	/* The key need not be a secret: it only keeps caches away. */
	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nSec-WebSocket-Key: d2VpcndlaXJ3ZWlyd2Vpcg==\r\n"
		 "Sec-WebSocket-Version: 13\r\n\r\n",
		 path, port);
	if (!talk_send(fd, request, strlen(request)))
		return false;
	(void) talk_receive(fd, answer, sizeof(answer), "\r\n\r\n");
	return strstr(answer, " 101 ") != NULL;
}

/* One text frame, masked by zeros (a client's has to be masked); its answer has the same id. */
bool node_ask(int fd, const char *text)
{
	size_t length = strlen(text);
	unsigned char frame[6 + 126] = { 0x81 };

	if (length > 125)
		return false;
	frame[1] = (unsigned char) (0x80 | length);
	memcpy(frame + 6, text, length);
	return talk_send(fd, frame, 6 + length);
}

static bool collect(int fd)
{
	char answer[512];

	if (!node_ask(fd, "{\"id\":1,\"method\":\"HeapProfiler.collectGarbage\"}"))
		return false;
	(void) talk_receive(fd, answer, sizeof(answer), "\"id\":1");
	/* Behind the frame's own two bytes, one of which may be NUL for nobody: text of ours is short. */
	return strstr(answer, "\"id\":1") != NULL && strstr(answer, "\"error\"") == NULL;
}

int node_connect(const struct shed_target *target)
{
	unsigned port = talk_port(target, "--inspect=", PORT);
	auto_fd int fd = -1;
	char path[128];

	if (!find_path(port, path))
		return -1;
	fd = talk_tcp(port);
	return fd >= 0 && shake_hands(fd, port, path) ? take_fd(&fd) : -1;
}

int shed_node(const struct shed_target *target, char said[SHED_SAID])
{
	auto_fd int fd = node_connect(target);

	if (fd < 0) {
		snprintf(said, SHED_SAID, "its inspector is not open");
		return -1;
	}
	if (!collect(fd)) {
		snprintf(said, SHED_SAID, "its inspector does not answer");
		return -1;
	}
	snprintf(said, SHED_SAID, "HeapProfiler.collectGarbage");
	return 0;
}
