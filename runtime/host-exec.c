// SPDX-License-Identifier: Apache-2.0
/*
 * A program of the host, for a rung.
 * Should: give it nothing of ours: no descriptor, no privilege, no memory beyond its bounds.
 * Must not: outlive whoever governs; be reached by anything a container's author wrote.
 */
#include "runtime/host-exec.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/join.h"
#include "runtime/policy/policy.h"

static int silence(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return -EBADF;
	return close_range(3, ~0U, 0);
}

/* The groups first: without CAP_SETGID they could not be given up any more. A change from uid 0 takes
 * every capability away (capabilities(7)). */
static int become(const struct policy_host_exec *who)
{
	const gid_t gid = (gid_t) who->gid;
	const uid_t uid = (uid_t) who->uid;

	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static _Noreturn void run(const struct policy_host_exec *who, const char *const words[],
			  const char *const env[])
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t none;

	(void) prctl(PR_SET_DUMPABLE, 0);
	(void) setsid();
	join_reset_signals();
	/* The governor's own is low: the program is to be killed before what it is to help. */
	(void) file_write_at(AT_FDCWD, "/proc/self/oom_score_adj", "0", NULL);
	(void) setrlimit(RLIMIT_CORE, &no_core);
	(void) umask(0022);
	if (silence() < 0 || chdir("/") < 0 || become(who) < 0)
		_exit(126);
	/* After the change of ids, which resets it (prctl(2)). */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		_exit(126);
	sigemptyset(&none);
	(void) sigprocmask(SIG_SETMASK, &none, NULL);
	execve(words[0], (char *const *) (uintptr_t) words, (char *const *) (uintptr_t) env);
	_exit(127);
}

int host_exec_start(const struct join *join, const char *const words[], const char *const env[],
		    int *pidfd, struct err *err)
{
	struct clone_args args = { .flags = CLONE_PIDFD, .exit_signal = SIGCHLD };
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };
	int fd = -1;
	long pid;

	args.pidfd = (uint64_t) (uintptr_t) &fd;
	if (join_open_cgroup(join, &cgroup, err) < 0)
		return err_context(err, "host-exec %s", words[0]);
	args.flags |= CLONE_INTO_CGROUP;
	args.cgroup = (unsigned) cgroup.dirfd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		run(join->host, words, env);
	if (pid < 0)
		return err_set(err, errno, "host-exec %s: clone3", words[0]);
	*pidfd = fd;
	return 0;
}
