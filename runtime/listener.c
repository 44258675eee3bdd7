// SPDX-License-Identifier: Apache-2.0
/*
 * Handing a seccomp listener to its agent.
 * Should: fail, and with it the container's start, when the agent does not take it.
 * Must not: wait for an agent without an end.
 */
#include "runtime/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/container.h"
#include "runtime/plan.h"

#define AGENT_TIMEOUT_SEC 10 /* an agent only has to accept and to read some KiB */

/* By way of a descriptor: sun_path holds 108 bytes, a path may be longer. */
static int connect_agent(const char *path, struct err *err)
{
	const struct timeval patience = { .tv_sec = AGENT_TIMEOUT_SEC };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_fd int place = open(path, O_PATH | O_CLOEXEC);
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(err, errno, "socket");
	if (place < 0)
		return err_set(err, errno, "%s", path);
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		return err_set(err, errno, "connect to %s", path);
	return take_fd(&fd);
}

static void emit_process_state(const struct listener_delivery *delivery, const struct spec *spec,
			       struct emit *emit)
{
	const struct spec_seccomp *profile = spec->linux_config.seccomp;
	pid_t pid = delivery->pid != 0 ? delivery->pid : delivery->container->state.pid;

	emit_open(emit, false);
	emit_object(emit, NULL);
	emit_string(emit, "ociVersion", WEIR_OCI_VERSION);
	emit_array(emit, "fds");
	emit_string(emit, NULL, "seccompFd");
	emit_array_end(emit);
	emit_i64(emit, "pid", pid);
	emit_string(emit, "metadata", profile != NULL ? profile->listener_metadata : NULL);
	container_emit_state_as(delivery->container, "state", delivery->status, emit);
	emit_object_end(emit);
}

/* The descriptor goes with the first byte (config-linux.md); then the rest, however often it takes. */
static int send_all(int socket, int listener, const char *text, struct err *err)
{
	int result = fd_send(socket, listener, text, 1);
	size_t length = strlen(text);
	size_t sent = 1;

	while (result == 0 && sent < length) {
		ssize_t put = send(socket, text + sent, length - sent, MSG_NOSIGNAL);

		if (put >= 0)
			sent += (size_t) put;
		else if (errno != EINTR)
			result = -errno;
	}
	return result < 0 ? err_set(err, -result, "send to the agent") : 0;
}

static int deliver(void *context, int listener, struct err *err)
{
	struct listener_delivery *delivery = context;
	const struct spec *spec = delivery->spec;
	auto_emit struct emit emit = { 0 };
	struct spec kept = { 0 };
	auto_fd int agent = -1;
	const char *path;
	int result = 0;

	if (spec == NULL) {
		result = container_load_spec(delivery->read_spec, &kept, err);
		spec = &kept;
	}
	if (result < 0)
		return result;
	path = plan_listener_path(spec);
	if (path == NULL)
		return err_say(err, EPROTO, "/linux/seccomp/listenerPath: missing");
	emit_process_state(delivery, spec, &emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, "seccomp listener");
	agent = connect_agent(path, err);
	result = agent < 0 ? agent : send_all(agent, listener, emit_text(&emit), err);
	return result < 0 ? err_context(err, "/linux/seccomp/listenerPath") : 0;
}

struct sync_taker listener_taker(struct listener_delivery *delivery)
{
	return (struct sync_taker){ .take = deliver, .context = delivery };
}
