// SPDX-License-Identifier: Apache-2.0
/*
 * The host of a detached container's governor.
 * Should: outlive the runtime, survive signals meant for others, and end with its container.
 * Must not: hold anything an engine waits for, or speak on anybody's descriptor.
 */
#include "runtime/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/host.h"
#include "runtime/launch.h"

#define OOM_SCORE_ADJ "-900" /* below whatever a pod got; -1000 would make it unkillable */

static void silence(void)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int fd;

	for (fd = 0; fd < 3; fd++) {
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	}
}

/* The lock belongs to whoever changes the container; we only write beside it. */
static int drop_lock(struct container *container)
{
	int dir = openat(container->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	fd_close(&container->dir);
	container->dir = dir;
	return dir < 0 ? -errno : 0;
}

/* A process of our own: session, descriptors, signals, privileges. What the caller of the runtime
 * left open was closed when the runtime began (main.c), so stdio and the conversation with the
 * child are all there is to let go. */
static int detach(struct launch *launch)
{
	const struct rlimit no_core = { 0, 0 };
	int number;

	(void) setsid();
	for (number = 1; number < NSIG; number++)
		(void) signal(number, number == SIGCHLD ? SIG_DFL : SIG_IGN);
	if (chdir("/") < 0)
		return -errno;
	silence();
	fd_close(&launch->sync);
	(void) prctl(PR_SET_NAME, "weir-keeper");
	(void) prctl(PR_SET_DUMPABLE, 0);
	(void) setrlimit(RLIMIT_CORE, &no_core);
	/* Without CAP_SYS_RESOURCE it may not be lowered: then we are as likely a victim as others. */
	(void) file_write_at(AT_FDCWD, "/proc/self/oom_score_adj", OOM_SCORE_ADJ, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return drop_lock(launch->container);
}

/* `ready` gets one byte once the keeper and its deadman stand. */
static _Noreturn void keep(struct launch *launch, int ready)
{
	/* Not our child: how init ended is its parent's to know. */
	const struct ending ending = { .kind = ENDING_UNKNOWN };
	struct govern *govern = &launch->govern;
	struct err err = { 0 };

	govern->speaks = false;
	if (detach(launch) < 0 || govern_guard(govern, &err) < 0 || fd_write_full(ready, "", 1) < 0)
		_exit(1);
	close(ready);
	while (governor_ended(govern->governor) == NULL) {
		if (fd_wait(governor_fd(govern->governor), POLLIN, -1) < 0)
			break;
		if (governor_dispatch(govern->governor, &err) < 0)
			break;
	}
	(void) govern_finish(govern, launch->container, &ending, NULL, &err);
	/* Reaps the deadman: the engine's subreaper is not to see a process it does not know. */
	govern_close(govern);
	_exit(0);
}

/* Only then is the container left to it. */
static int wait_for_it(int ready, struct err *err)
{
	char byte;

	if (fd_read_full(ready, &byte, 1) != 1)
		return err_say(err, ECHILD, "the keeper could not begin");
	return 0;
}

int keeper_fork(struct launch *launch, struct err *err)
{
	struct state *state = &launch->container->state;
	auto_fd int ready = -1;
	auto_fd int ready_end = -1;
	int pair[2];
	bool zombie;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe");
	ready = pair[0];
	ready_end = pair[1];
	pid = fork();
	if (pid == 0) {
		fd_close(&ready);
		keep(launch, ready_end);
	}
	if (pid < 0)
		return err_set(err, errno, "fork the keeper");
	/* The only one left is the keeper's: its death is an end of file here. */
	fd_close(&ready_end);
	state->keeper_pid = pid;
	if (host_process_start(pid, &state->keeper_start, &zombie) < 0)
		return err_say(err, ESRCH, "the keeper is gone");
	return wait_for_it(ready, err);
}
