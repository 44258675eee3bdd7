// SPDX-License-Identifier: Apache-2.0
/*
 * System call filters, installed by the child.
 * Should: be able to hand over a listener whatever the filter says about the calls that this takes.
 * Must not: need libseccomp.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/setup.h"
#include "runtime/sync.h"

/* Newer than the oldest headers weir is built with. */
#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4) /* linux 5.7 */
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* linux 5.19 */
#endif

/* How long the filtered process waits for its helper, in turns of an empty loop: some seconds. The
 * helper answers in milliseconds, or has died. */
#define TURNS_MAX	 (1ULL << 33)
#define HELPER_TURN_NSEC 50000

static int install(const struct plan_seccomp *filter, unsigned flags, struct err *err)
{
	struct sock_fprog program = { .len = filter->count, .filter = filter->instructions };
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

	if (fd < 0)
		return err_set(err, errno, "/linux/seccomp: install the filter");
	return (int) fd;
}

/*
 * The listener's descriptor exists only once the filter does, and from then on any system call of ours,
 * sending it included, may wait for an agent that has no listener yet. So a helper, made before, that
 * shares our descriptors and not our filter sends it; and the two talk through shared memory, without
 * a system call on our side.
 */
enum talk { TALK_WAIT, TALK_INSTALLED, TALK_ABANDONED, TALK_SENT, TALK_FAILED };

struct handover {
	atomic_int talk;
	int listener;
	struct err err; /* of the helper, with TALK_FAILED */
};

/* In the helper. Closing the listener closes it for both: only the receiver keeps one. */
static _Noreturn void help(struct handover *shared, int socket)
{
	const struct timespec pause = { .tv_nsec = HELPER_TURN_NSEC };
	int result;

	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (atomic_load(&shared->talk) == TALK_WAIT)
		nanosleep(&pause, NULL);
	if (atomic_load(&shared->talk) == TALK_ABANDONED)
		_exit(0);
	result = sync_send_listener(socket, shared->listener, &shared->err);
	close(shared->listener);
	if (result == 0)
		result = sync_expect(socket, SYNC_LISTENER_TAKEN, &shared->err);
	atomic_store(&shared->talk, result == 0 ? TALK_SENT : TALK_FAILED);
	_exit(0);
}

/* Nobody waits for the helper: it is forgotten when it ends. execve(2) sets the flag back. */
static int forget_children(bool forget, struct err *err)
{
	struct sigaction action = { .sa_handler = SIG_DFL, .sa_flags = forget ? SA_NOCLDWAIT : 0 };

	return sigaction(SIGCHLD, &action, NULL) < 0 ? err_set(err, errno, "sigaction") : 0;
}

static int start_helper(struct handover *shared, int socket, struct err *err)
{
	struct clone_args args = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
	int result = forget_children(true, err);
	long pid;

	if (result < 0)
		return result;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		help(shared, socket);
	return pid < 0 ? err_set(err, errno, "/linux/seccomp: clone3") : 0;
}

/* No system call may be made from the installation of the filter to the end of this. */
static int wait_for_helper(struct handover *shared, struct err *err)
{
	unsigned long long turn;

	for (turn = 0; turn < TURNS_MAX; turn++) {
		int talk = atomic_load_explicit(&shared->talk, memory_order_acquire);

		if (talk == TALK_SENT)
			return 0;
		if (talk != TALK_FAILED)
			continue;
		*err = shared->err;
		return -EPROTO;
	}
	*err = (struct err){ .number = ETIMEDOUT, .text = "/linux/seccomp: the helper is gone" };
	return -ETIMEDOUT;
}

static int install_with_listener(struct setup *setup, unsigned flags, struct err *err)
{
	struct handover *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct err ignored;
	int result;

	if (shared == MAP_FAILED)
		return err_set(err, errno, "/linux/seccomp: mmap");
	/* With a listener the result is a descriptor and cannot be a thread's id too (seccomp(2)). */
	flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	if ((flags & SECCOMP_FILTER_FLAG_TSYNC) != 0)
		flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
	result = start_helper(shared, setup->listener_socket, err);
	if (result < 0)
		return result;
	result = install(&setup->plan->seccomp, flags, err);
	if (result < 0) {
		atomic_store(&shared->talk, TALK_ABANDONED);
		return result;
	}
	shared->listener = result;
	atomic_store(&shared->talk, TALK_INSTALLED);
	return wait_for_helper(shared, err != NULL ? err : &ignored);
}

int setup_seccomp(struct setup *setup, struct err *err)
{
	const struct plan_seccomp *filter = &setup->plan->seccomp;
	unsigned flags = filter->flags;
	int result;

	if (filter->count == 0)
		return 0;
	if (filter->notifies && setup->listener_socket >= 0)
		result = install_with_listener(setup, flags, err);
	else
		/* Nobody is notified: the flag is about how one waits for the answer, and refused
		 * by the kernel without a listener. A call that would notify fails with ENOSYS. */
		result = install(filter, flags & ~(unsigned) SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
				 err);
	if (result < 0)
		return result;
	setup->filtered = true;
	if (!setup->admin_until_filter)
		return 0;
	setup->admin_until_filter = false;
	return setup_capabilities(setup, err);
}

int setup_seccomp_settle(struct setup *setup, struct err *err)
{
	const struct plan_seccomp *filter = &setup->plan->seccomp;

	if (!filter->notifies || setup->listener_socket < 0)
		return 0;
	while (waitpid(-1, NULL, 0) >= 0 || errno == EINTR)
		;
	return forget_children(false, err);
}
