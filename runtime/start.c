// SPDX-License-Identifier: Apache-2.0
/*
 * Letting a created container's program run.
 * Should: never block on a first process that is gone, and bring its failure to exec back.
 * Must not: let two starts of one container both succeed.
 */
#include "runtime/start.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/hooks.h"
#include "runtime/listener.h"
#include "runtime/notify.h"
#include "runtime/sync.h"

/* An exec takes milliseconds; startContainer hooks may take any time, and are waited for. */
#define ANSWER_MSEC 1000

/* The address of exec.sock by way of the directory's descriptor: sun_path holds 108 bytes, a root
 * and an id may be longer. */
static struct sockaddr_un address_of(int dirfd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" STATE_SOCKET,
		 dirfd);
	return address;
}

int start_listen(int dirfd, int *listener, struct err *err)
{
	struct sockaddr_un address = address_of(dirfd);
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(err, errno, "socket");
	if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		return err_set(err, errno, "bind " STATE_SOCKET);
	/* One waits while another is served: the second is refused when the first is done. */
	if (listen(fd, 8) < 0)
		return err_set(err, errno, "listen on " STATE_SOCKET);
	*listener = take_fd(&fd);
	return 0;
}

static int connect_to(const struct container *container, int *connection, struct err *err)
{
	struct sockaddr_un address = address_of(container->dir);
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set(err, errno, "socket");
	if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		return err_say(err, ECONNREFUSED, "container '%s' does not wait for its start",
			       container->state.id);
	*connection = take_fd(&fd);
	return 0;
}

static int check_created(const struct container *container, int *pidfd, struct err *err)
{
	enum state_status status = container_status(container, pidfd);

	if (status == STATUS_CREATED)
		return 0;
	if (status == STATUS_STOPPED)
		return err_say(err, EINVAL, "cannot start a container that has stopped: '%s'",
			       container->state.id);
	return err_say(err, EINVAL, "cannot start container '%s': it is %s", container->state.id,
		       state_status_name(status));
}

static int run_poststart(struct container *container, struct err *err)
{
	auto_hook_output struct hook_output output = HOOK_OUTPUT_NONE;
	auto_emit struct emit state = { 0 };
	struct spec spec = { 0 };
	int result = container_load_spec(container, &spec, err);

	if (result < 0 || spec.hooks.poststart.count == 0)
		return result;
	result = hooks_open_output(&container->state.annotations, &output, err);
	if (result < 0)
		return result;
	emit_open(&state, false);
	container_emit_state(container, "running", &state);
	return hooks_run("poststart", &spec.hooks.poststart, emit_text(&state), &output, err);
}

/* A first process that was stopped by a signal would never answer. */
static int wait_for_exec(struct container *container, int connection, struct err *err)
{
	struct listener_delivery delivery = { .container = container,
					      .read_spec = container,
					      .status = "created" };
	const struct sync_taker taker = listener_taker(&delivery);

	for (;;) {
		char state;

		if (fd_wait(connection, POLLIN, ANSWER_MSEC) != 0)
			return sync_expect_exec(connection, &taker, err);
		if (host_process_state(container->state.pid, &state) == 0 && state == 'T')
			return err_say(err, EAGAIN,
				       "its first process is stopped by a signal; it goes on when "
				       "it gets SIGCONT");
	}
}

/* sd_notify(3): who started it wants to know that it is ready, or hears no more from us. */
static int wait_until_ready(struct container *container, struct notify *notify, int pidfd,
			    struct err *err)
{
	int result;

	notify->main_pid = container->state.pid;
	result = notify_wait(notify, pidfd, err);
	fd_close(&notify->socket);
	return result;
}

int container_start(struct container *container, struct err *err)
{
	struct notify notify = NOTIFY_NONE;
	auto_fd int connection = -1;
	auto_fd int pidfd = -1;
	int result = check_created(container, &pidfd, err);

	if (result == 0)
		result = connect_to(container, &connection, err);
	if (result == 0)
		result = notify_listen(container->dir, &notify, err);
	if (result < 0)
		return result;
	/* Before the word is given: killed in between, we leave a container that ends, not one
	 * that runs and is said to wait. */
	if (unlinkat(container->dir, STATE_SOCKET, 0) < 0)
		return err_set(err, errno, "remove " STATE_SOCKET);
	result = sync_send(connection, SYNC_START, err);
	/* Whoever wants to end it must not wait for us: its hooks may take their time. */
	container_unlock(container);
	if (result == 0)
		result = wait_for_exec(container, connection, err);
	if (result == 0 && container->state.poststart) {
		result = run_poststart(container, err);
		/* runtime.md, step 9: a poststart hook that fails stops the container. */
		if (result < 0)
			(void) container_kill(container, SIGKILL, false, NULL);
	}
	if (result == 0)
		result = wait_until_ready(container, &notify, pidfd, err);
	fd_close(&notify.socket);
	return result < 0 ? err_context(err, "start container '%s'", container->state.id) : 0;
}

int start_write_pid_file(const char *path, pid_t pid, struct err *err)
{
	auto_text struct text folder = { 0 };
	const char *slash = strrchr(path, '/');
	auto_fd int dir = -1;
	char number[16];

	if (slash != NULL)
		text_add_bytes(&folder, path, (size_t) (slash - path) + 1);
	else
		text_add(&folder, ".");
	dir = open(text_string(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(err, errno, "--pid-file %s", path);
	snprintf(number, sizeof(number), "%d", (int) pid);
	if (file_replace_at(dir, slash != NULL ? slash + 1 : path, number, 0644, err) < 0)
		return err_context(err, "--pid-file %s", path);
	return 0;
}
