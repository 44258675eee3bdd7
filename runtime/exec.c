// SPDX-License-Identifier: Apache-2.0
/*
 * One more process in a running container: the parent's side, and the helper in between.
 * Should: charge the container for all of it, from the first instruction on.
 * Must not: show the container anything of the host, or a privilege that it does not have.
 */
#include "runtime/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/attend.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/console.h"
#include "runtime/fds.h"
#include "runtime/join.h"
#include "runtime/launch.h"
#include "runtime/listener.h"
#include "runtime/rdt.h"
#include "runtime/schedule.h"
#include "runtime/setup/setup.h"
#include "runtime/start.h"
#include "runtime/sync.h"

/* What exec_start() holds while the program is not there yet. */
struct birth {
	const struct exec *exec;
	int init_pidfd;
	struct cgroup cgroup; /* dirfd -1: the caller's */
	int sync, child_sync;
	int news, child_news; /* a pipe: the helper tells the program's pid */
	pid_t helper;
};

static int check_state(const struct exec *exec, int *init_pidfd, struct err *err)
{
	const char *id = exec->container->state.id;
	enum state_status status = container_status(exec->container, init_pidfd);

	if (status == STATUS_PAUSED && !exec->ignore_paused)
		return err_say(err, EBUSY,
			       "cannot exec in a paused container '%s' (see --ignore-paused)", id);
	if (status == STATUS_STOPPED || status == STATUS_CREATING || *init_pidfd < 0)
		return err_say(err, ESRCH, "container not running: '%s' is %s", id,
			       state_status_name(status));
	return 0;
}

/* Where the first process is, if that is below the container's cgroup: an init that divides it lives
 * in a part of it, because a cgroup that passes controllers on holds no process. */
static int find_init_cgroup(const struct container *container, char path[CGROUP_PATH_ROOM],
			    struct err *err)
{
	const char *own = container->state.cgroup_path;
	char name[64];
	char text[2 * CGROUP_PATH_ROOM];

	snprintf(name, sizeof(name), "/proc/%d/cgroup", (int) container->state.pid);
	if (file_read_at(AT_FDCWD, name, text, sizeof(text), err) < 0)
		return -err->number;
	if (cgroup_path_of_text(text, path) < 0 || strncmp(path, own, strlen(own)) != 0 ||
	    (path[strlen(own)] != '/' && path[strlen(own)] != '\0'))
		return err_say(err, EXDEV, "the first process left the container's cgroup");
	return 0;
}

/* "cpu,memory:path" is how cgroup v1 was said; in v2 all controllers are in one place. */
static int asked_path(const struct exec *exec, char path[CGROUP_PATH_ROOM], struct err *err)
{
	const char *colon = strchr(exec->cgroup, ':');
	const char *below = colon != NULL ? colon + 1 : exec->cgroup;
	int length = snprintf(path, CGROUP_PATH_ROOM, "%s/%s", exec->container->state.cgroup_path,
			      below);

	if (length >= CGROUP_PATH_ROOM)
		return err_set(err, ENAMETOOLONG, "--cgroup");
	/* It refuses "..". */
	if (cgroup_path_normalise(path, path, err) < 0)
		return err_context(err, "--cgroup %s", exec->cgroup);
	return 0;
}

static int open_cgroup(struct birth *birth, bool as_init, struct err *err)
{
	const struct exec *exec = birth->exec;
	char path[CGROUP_PATH_ROOM];
	auto_fd int rootfd = -1;
	int result = 0;

	if (exec->container->state.cgroup_path[0] == '\0')
		return exec->cgroup == NULL
			       ? 0
			       : err_say(err, EINVAL, "--cgroup: the container has no cgroup");
	memcpy(path, exec->container->state.cgroup_path, sizeof(path));
	if (exec->cgroup != NULL)
		result = asked_path(exec, path, err);
	else if (as_init)
		result = find_init_cgroup(exec->container, path, err);
	if (result == 0)
		result = cgroup_root_open(HOST_CGROUP_MOUNT, &rootfd, err);
	if (result < 0)
		return result;
	cgroup_close(&birth->cgroup);
	birth->cgroup = CGROUP_NONE;
	return cgroup_open(rootfd, path, &birth->cgroup, err);
}

/* Nothing of the host may be open when the program is looked up in the container
 * (CVE-2024-21626): only stdio, what the caller passes on, and the two lines to the parent. */
static int close_others(const struct birth *birth, struct err *err)
{
	unsigned first = FDS_FIRST + birth->exec->plan->process.passed_fds;
	unsigned low = (unsigned) birth->child_sync;
	unsigned high = (unsigned) birth->child_news;

	if (low > high) {
		low = high;
		high = (unsigned) birth->child_sync;
	}
	if ((low > first && close_range(first, low - 1, 0) < 0) ||
	    (high > low + 1 && close_range(low + 1, high - 1, 0) < 0) ||
	    close_range(high + 1, ~0U, 0) < 0)
		return err_set(err, errno, "close_range");
	return 0;
}

/* While we are the container's root, in its mount namespace. */
static int open_terminal(const struct birth *birth, struct setup *setup, struct err *err)
{
	auto_fd int master = -1;

	setup->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (setup->root < 0)
		return err_set(err, errno, "/");
	master = setup_terminal(setup, err);
	fd_close(&setup->root);
	return master < 0 ? master : sync_send_terminal(birth->child_sync, master, err);
}

static int become(const struct birth *birth, struct setup *setup, char *executable, struct err *err)
{
	int result = setup_labels_outside(setup, err);

	if (result == 0)
		result = join_enter(birth->exec->plan, birth->init_pidfd, err);
	if (result == 0)
		result = close_others(birth, err);
	if (result == 0 && birth->exec->plan->process.terminal)
		result = open_terminal(birth, setup, err);
	if (result == 0)
		result = join_become(setup, executable, PATH_MAX, err);
	if (result == 0)
		result = sync_send(birth->child_sync, SYNC_READY, err);
	if (result == 0)
		result = sync_expect(birth->child_sync, SYNC_START, err);
	return result;
}

static _Noreturn void fail(int sync, const struct err *err)
{
	sync_send_failure(sync, err);
	_exit(1);
}

static _Noreturn void run_program(const struct birth *birth, struct setup *setup,
				  const char *executable)
{
	struct err err = { 0 };
	int result = setup_descriptors(3, &err);

	setup->listener_socket = birth->child_sync;
	if (result == 0 && !birth->exec->detached)
		result = sync_die_with_parent(birth->child_sync, &err);
	if (result == 0)
		(void) join_execute(setup, executable, &err);
	fail(birth->child_sync, &err);
}

/* The program is born beside the helper, as a child of ours. */
static _Noreturn void help(const struct birth *birth)
{
	struct clone_args args = { .flags = CLONE_PARENT };
	struct setup setup = SETUP_NONE;
	char executable[PATH_MAX];
	struct err err = { 0 };
	pid_t pid;

	setup.plan = birth->exec->plan;
	join_reset_signals();
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void) prctl(PR_SET_DUMPABLE, 0);
	if (become(birth, &setup, executable, &err) < 0)
		fail(birth->child_sync, &err);
	pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		run_program(birth, &setup, executable);
	if (pid < 0) {
		(void) err_set(&err, errno, "clone3");
		fail(birth->child_sync, &err);
	}
	_exit(fd_write_full(birth->child_news, &pid, sizeof(pid)) < 0);
}

static int open_lines(struct birth *birth, struct err *err)
{
	int pair[2];
	int result = sync_pair(pair, err);

	if (result < 0)
		return result;
	birth->sync = pair[0];
	birth->child_sync = pair[1];
	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe");
	birth->news = pair[0];
	birth->child_news = pair[1];
	return 0;
}

static void close_lines(struct birth *birth)
{
	fd_close(&birth->sync);
	fd_close(&birth->child_sync);
	fd_close(&birth->news);
	fd_close(&birth->child_news);
	fd_close(&birth->init_pidfd);
	cgroup_close(&birth->cgroup);
}

static pid_t clone_helper(const struct birth *birth)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	pid_t pid;

	if (birth->cgroup.dirfd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned) birth->cgroup.dirfd;
	}
	pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		help(birth);
	return pid < 0 ? -errno : pid;
}

static int make_helper(struct birth *birth, struct err *err)
{
	const struct plan_process *process = &birth->exec->plan->process;
	cpu_set_t before[8]; /* of 1,024 bits each: the 8,192 CPUs of the largest kernels */
	bool moved = process->initial_cpus.words != NULL;
	pid_t pid;

	/* config.md: before the transition to the container's cgroup, which clone3 is. */
	if (moved && sched_getaffinity(0, sizeof(before), before) < 0)
		return err_set(err, errno, "sched_getaffinity");
	if (schedule_on(&process->initial_cpus, "/process/execCPUAffinity/initial", err) < 0)
		return -err->number;
	pid = clone_helper(birth);

	/* -EBUSY: the cgroup passes controllers on (cgroup-v2.rst, No Internal Process Constraint). */
	if (pid == -EBUSY && birth->exec->cgroup == NULL) {
		int result = open_cgroup(birth, true, err);

		if (result < 0)
			return result;
		pid = clone_helper(birth);
	}
	if (moved)
		(void) sched_setaffinity(0, sizeof(before), before);
	if (pid < 0)
		return err_set(err, -pid, "clone3 into cgroup %s", birth->cgroup.path);
	birth->helper = pid;
	/* Only the child holds them now: its death is an end of file here. */
	fd_close(&birth->child_sync);
	fd_close(&birth->child_news);
	fds_close_passed(process->passed_fds);
	return 0;
}

/* How many processes of the container were killed for its memory. */
static uint64_t oom_kills(const struct birth *birth)
{
	struct memory_events events;

	return birth->cgroup.dirfd >= 0 &&
			       memory_events_read(birth->cgroup.dirfd, false, &events, NULL) == 0
		       ? events.oom_kill
		       : 0;
}

static int let_go(struct birth *birth, struct exec *exec, struct err *err)
{
	struct listener_delivery delivery = { .container = exec->container,
					      .spec = exec->plan->spec,
					      .status = "running" };
	const struct sync_taker taker = listener_taker(&delivery);
	pid_t pid = 0;
	int result = 0;

	if (exec->plan->process.terminal)
		result = console_take(birth->sync, exec->console_socket, &exec->relay.master, err);
	if (result == 0)
		result = sync_expect(birth->sync, SYNC_READY, err);
	/* The program inherits it from the helper. */
	if (result == 0)
		result = launch_oom_score_adj(&exec->plan->process, birth->helper, err);
	if (result == 0)
		result = schedule_helper(&exec->plan->process, birth->helper, err);
	if (result == 0)
		result = sync_send(birth->sync, SYNC_START, err);
	if (result < 0)
		return result;
	if (fd_read_full(birth->news, &pid, sizeof(pid)) == (ssize_t) sizeof(pid))
		delivery.pid = exec->pid = pid;
	/* Not before: the pid is ours to reap, however exec goes. */
	result = sync_expect_exec(birth->sync, &taker, err);
	if (result == 0 && exec->pid == 0)
		result = err_say(err, ECONNRESET, "the other side ended");
	if (result == 0)
		result = schedule_child(&exec->plan->process, exec->pid, err);
	if (result < 0)
		return result;
	exec->pidfd = host_pidfd(exec->pid);
	if (exec->pidfd < 0)
		return err_set(err, -exec->pidfd, "pidfd of the process");
	if (exec->pidfd_socket != NULL)
		result = console_send("--pidfd-socket", exec->pidfd_socket, exec->pidfd, "pidfd",
				      err);
	if (result < 0)
		return result;
	return exec->pid_file != NULL ? start_write_pid_file(exec->pid_file, exec->pid, err) : 0;
}

/* Whoever is left is a child of ours, so its pid is still its own. */
static void undo(struct birth *birth, struct exec *exec)
{
	if (birth->helper > 0) {
		(void) kill(birth->helper, SIGKILL);
		(void) attend_status(birth->helper);
	}
	if (exec->pid > 0) {
		(void) kill(exec->pid, SIGKILL);
		(void) attend_status(exec->pid);
	}
	fd_close(&exec->pidfd);
}

static int give_birth(struct birth *birth, struct exec *exec, struct err *err)
{
	uint64_t kills;
	int result = make_helper(birth, err);

	/* The program inherits it from the helper. */
	if (result == 0)
		result = rdt_join(&exec->container->state, birth->helper, err);
	if (result < 0) {
		undo(birth, exec);
		return result;
	}
	kills = oom_kills(birth);
	result = let_go(birth, exec, err);
	if (result == 0) {
		(void) attend_status(birth->helper);
		return 0;
	}
	undo(birth, exec);
	if (err->number != ECONNRESET)
		return result;
	if (oom_kills(birth) > kills)
		return err_say(err, ENOMEM,
			       "the process was OOM-killed before it could start: the container "
			       "is at its memory limit");
	return err_say(err, ECONNRESET, "the process was killed before it could start");
}

int exec_start(struct exec *exec, struct err *err)
{
	struct birth birth = { .exec = exec,
			       .init_pidfd = -1,
			       .cgroup = CGROUP_NONE,
			       .sync = -1,
			       .child_sync = -1,
			       .news = -1,
			       .child_news = -1 };
	int result = check_state(exec, &birth.init_pidfd, err);

	if (result == 0)
		result = open_cgroup(&birth, false, err);
	if (result == 0)
		result = open_lines(&birth, err);
	if (result == 0)
		result = give_birth(&birth, exec, err);
	close_lines(&birth);
	return result;
}

void exec_close(struct exec *exec)
{
	fd_close(&exec->pidfd);
	relay_close(&exec->relay);
}
