// SPDX-License-Identifier: Apache-2.0
/*
 * Running a program inside a running container.
 * Should: give it exactly the privileges of the container's process, and no memory of its limit.
 * Must not: let go of it: who kills the descriptor kills the program.
 */
#include "runtime/join.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroupfs/devices.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/fds.h"
#include "runtime/schedule.h"
#include "runtime/setup/setup.h"

/* Bounds of the cgroup for hooks: enough for a shell, a client and its reply (governor.md 6.4). */
#define HOOK_MEMORY_BYTES (32ULL << 20)
#define HOOK_PIDS	  16
#define HOOK_CPU_USEC	  50000 /* of 100 ms: half of one CPU */
#define HOOK_PERIOD_USEC  100000

void join_cgroup_path(const char *container_cgroup_path, char out[CGROUP_PATH_ROOM])
{
	snprintf(out, CGROUP_PATH_ROOM, "%.*s.hook", CGROUP_PATH_ROOM - 6, container_cgroup_path);
}

int join_open_cgroup(const struct join *join, struct cgroup *cgroup, struct err *err)
{
	const struct cgroup_settings bounds = {
		.memory_max_bytes = { CGROUP_LIMIT_VALUE, HOOK_MEMORY_BYTES },
		.pids_max = { CGROUP_LIMIT_VALUE, HOOK_PIDS },
	};
	const struct cgroup_settings slow = {
		.cpu_quota_usec = { CGROUP_LIMIT_VALUE, HOOK_CPU_USEC },
		.cpu_period_usec = { CGROUP_LIMIT_VALUE, HOOK_PERIOD_USEC },
	};
	const struct cgroup_controllers wanted = { .needed = cgroup_settings_controllers(&bounds),
						   .wished = CGROUP_CPU };
	char path[CGROUP_PATH_ROOM];
	int result;

	join_cgroup_path(join->cgroup_path, path);
	/* That it is not there yet is no error to remember. */
	result = cgroup_open(join->cgroup_rootfd, path, cgroup, NULL);
	if (result < 0)
		result = cgroup_create(join->cgroup_rootfd, path, wanted, cgroup, err);
	if (result < 0)
		return result;
	/* Each time: one that was left without its bounds gets them now. */
	result = cgroup_settings_apply(cgroup->dirfd, &bounds, err);
	/* The devices program is inherited from above only: beside the container there is none. Without
	 * a plan it is a program of the host that is to run, whose user is not root. */
	if (result == 0 && join->plan != NULL)
		result = devices_apply(cgroup->dirfd, join->plan->cgroup.device_rules,
				       join->plan->cgroup.device_rule_count, err);
	/* Not everywhere is the CPU to be had, and it takes nothing from anybody else's limit. */
	if (result == 0)
		(void) cgroup_settings_apply(cgroup->dirfd, &slow, NULL);
	return result;
}

void join_end(int cgroup_rootfd, const char *container_cgroup_path)
{
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	char path[CGROUP_PATH_ROOM];

	join_cgroup_path(container_cgroup_path, path);
	if (cgroup_rootfd >= 0 && cgroup_open(cgroup_rootfd, path, &cgroup, NULL) == 0)
		(void) cgroup_kill(&cgroup, NULL);
}

/* The namespaces the container does not share with us. */
static int namespaces_of(const struct plan *plan)
{
	unsigned flags = plan->new_namespaces;
	size_t i;

	for (i = 0; i < plan->join_count; i++)
		flags |= (unsigned) plan->joins[i].type;
	return (int) flags;
}

static char **environment(const struct plan *plan, const char *const added[])
{
	size_t own = 0;
	size_t more = 0;
	char **all;

	while (plan->process.envp[own] != NULL)
		own++;
	while (added != NULL && added[more] != NULL)
		more++;
	all = calloc(own + more + 1, sizeof(*all));
	if (all == NULL)
		return NULL;
	memcpy(all, plan->process.envp, own * sizeof(*all));
	memcpy(all + own, added, more * sizeof(*all));
	return all;
}

static void silence(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int fd;

	for (fd = 0; fd < 3; fd++) {
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	}
}

void join_reset_signals(void)
{
	int number;

	for (number = 1; number < NSIG; number++)
		(void) signal(number, SIG_DFL);
}

/* Without a mount namespace of its own the container's root is one it was put in (chroot). */
static int enter_root(int root, struct err *err)
{
	if (fchdir(root) < 0 || chroot(".") < 0)
		return err_set(err, errno, "enter the container's root");
	return 0;
}

int join_enter(const struct plan *plan, int init_pidfd, struct err *err)
{
	int namespaces = namespaces_of(plan);
	auto_fd int root = -1;

	if ((namespaces & CLONE_NEWNS) == 0) {
		root = open(plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return err_set(err, errno, "/root/path: %s", plan->rootfs);
	}
	/* All in one: the kernel takes the user namespace first, with whose privileges the others
	 * can be entered (setns(2)). */
	if (namespaces != 0 && setns(init_pidfd, namespaces) < 0) {
		if (errno == ESRCH)
			return err_say(err, ESRCH, "container not running: it has just ended");
		return err_set(err, errno, "setns");
	}
	return root < 0 ? 0 : enter_root(root, err);
}

/* Which the host's root is not in a user namespace; one that maps no root has none. */
static int become_root(const struct plan *plan, struct err *err)
{
	if ((namespaces_of(plan) & CLONE_NEWUSER) == 0)
		return 0;
	if ((setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) && errno != EINVAL)
		return err_set(err, errno, "become root of the user namespace");
	return 0;
}

int join_become(struct setup *setup, char *executable, size_t size, struct err *err)
{
	int result;

	setup->forks_once_more = true;
	result = become_root(setup->plan, err);
	if (result == 0)
		setup_stdio(setup);
	if (result == 0)
		result = setup_keyring(setup, err);
	if (result == 0)
		result = setup_limits(setup, err);
	if (result == 0)
		result = setup_scheduling(setup, err);
	if (result == 0)
		result = schedule_on(&setup->plan->process.final_cpus,
				     "/process/execCPUAffinity/final", err);
	/* As root, and where that was refused, as the user (setup.h). */
	if (result == 0)
		result = setup_working_directory(setup, err);
	setup_home(setup);
	if (result == 0)
		result = setup_identity(setup, err);
	if (result == 0)
		result = setup_working_directory(setup, err);
	if (result == 0 && executable != NULL)
		result = setup_find_executable(setup, executable, size, err);
	if (result == 0)
		result = setup_verify(setup, err);
	/* Joining and changing ids may have set it to the sysctl's value (proc(5),
	 * suid_dumpable). */
	if (result == 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
		result = err_set(err, errno, "PR_SET_DUMPABLE");
	return result;
}

static int confine(struct setup *setup, struct err *err)
{
	const struct plan_process *process = &setup->plan->process;
	sigset_t none;
	int result;

	/* Its leader is to be a process that the container sees. */
	if (setsid() < 0)
		return err_set(err, errno, "setsid");
	result = process->terminal ? setup_controlling_terminal(setup, err) : 0;
	if (result == 0)
		result = setup_process_limit(setup, err);
	if (result == 0)
		result = fds_hand_over(process->passed_fds, process->listen_pid, err);
	/* Last: from here on only what the profile allows. */
	if (result == 0)
		result = setup_seccomp(setup, err);
	if (result < 0)
		return result;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return 0;
}

int join_execute(struct setup *setup, const char *executable, struct err *err)
{
	const struct plan_process *process = &setup->plan->process;
	int result = confine(setup, err);

	if (result < 0)
		return result;
	execve(executable, process->argv, process->envp);
	return err_set(err, errno, "exec '%s'", executable);
}

/* Its score is the container's; raising ours to it needs no privilege, and where lowering would
 * it is left as it is: the program is a helper, and bounded. */
static void take_oom_score(const struct join *join)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", join->oom_score_adj);
	(void) file_write_at(AT_FDCWD, "/proc/self/oom_score_adj", number, NULL);
}

/* What is to be run inside: a program, or a function of ours. */
struct task {
	const char *const *words;
	const char *const *env;
	const struct join_work *work; /* NULL: words */
	int output;		      /* becomes stdout; -1: it is /dev/null */
};

static _Noreturn void run_task(struct setup *setup, const struct task *task, const char *executable)
{
	/* A child starts without. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		_exit(127);
	if (task->work == NULL)
		(void) join_execute(setup, executable, NULL);
	else if (confine(setup, NULL) == 0)
		_exit(task->work->function(task->work->context) < 0);
	_exit(127);
}

/* A pid namespace is entered by the next child only: so we fork once more, stay until the program
 * has ended, and end as it did. */
static _Noreturn void enter(const struct join *join, const struct task *task)
{
	struct plan as_planned = *join->plan;
	struct setup setup = SETUP_NONE;
	char executable[PATH_MAX];
	int status = 0;
	pid_t pid;

	setup.plan = &as_planned;
	as_planned.process.terminal = false;
	as_planned.process.passed_fds = 0;
	as_planned.process.listen_pid = NULL;
	as_planned.process.argv = (char *const *) (uintptr_t) task->words;
	as_planned.process.envp = environment(join->plan, task->env);
	join_reset_signals();
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void) prctl(PR_SET_DUMPABLE, 0);
	silence();
	if (task->output >= 0 && dup2(task->output, STDOUT_FILENO) < 0)
		_exit(126);
	/* By way of the host's /proc, while it is ours. */
	take_oom_score(join);
	/* Nothing of the host may be open when the program is looked up in the container
	 * (CVE-2024-21626). */
	if (as_planned.process.envp == NULL || setup_labels_outside(&setup, NULL) < 0 ||
	    join_enter(join->plan, join->init_pidfd, NULL) < 0 || close_range(3, ~0U, 0) < 0)
		_exit(126);
	if (join_become(&setup, task->work == NULL ? executable : NULL, sizeof(executable), NULL) <
	    0)
		_exit(127);
	/* Once more: a change of ids resets it (prctl(2)). */
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	pid = fork();
	if (pid == 0)
		run_task(&setup, task, executable);
	if (pid < 0)
		_exit(126);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static int start(const struct join *join, const struct task *task, int *pidfd, struct err *err)
{
	struct clone_args args = { .flags = CLONE_PIDFD, .exit_signal = SIGCHLD };
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };
	int fd = -1;
	long pid;
	int result = 0;

	args.pidfd = (uint64_t) (uintptr_t) &fd;
	if (join->cgroup_rootfd >= 0)
		result = join_open_cgroup(join, &cgroup, err);
	if (result < 0)
		return result;
	if (cgroup.dirfd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned) cgroup.dirfd;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		enter(join, task);
	if (pid < 0)
		return err_set(err, errno, "clone3");
	*pidfd = fd;
	return 0;
}

int join_exec(const struct join *join, const char *const words[], const char *const env[],
	      int *pidfd, struct err *err)
{
	const struct task task = { .words = words, .env = env, .output = -1 };
	int result = start(join, &task, pidfd, err);

	return result < 0 ? err_context(err, "exec %s", words[0]) : 0;
}

int join_call(const struct join *join, const struct join_work *work, int *pidfd, int *output,
	      struct err *err)
{
	static const char *const no_words[] = { NULL };
	struct task task = { .words = no_words, .work = work };
	auto_fd int reading = -1;
	auto_fd int writing = -1;
	int pair[2];
	int result;

	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, errno, "pipe");
	reading = pair[0];
	writing = pair[1];
	task.output = writing;
	result = start(join, &task, pidfd, err);
	if (result == 0)
		*output = take_fd(&reading);
	return result;
}
