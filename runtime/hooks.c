// SPDX-License-Identifier: Apache-2.0
/*
 * Lifecycle hooks.
 * Should: end with the hook's process group gone, whatever the hook does with its pipe or its time.
 * Must not: leave a descriptor of ours in the hook.
 */
#include "runtime/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/host.h"
#include "runtime/interrupt.h"
#include "runtime/setup/setup.h"

static int redirect(const struct hook_output *output)
{
	if (output == NULL)
		return 0;
	if (output->out >= 0 && dup2(output->out, STDOUT_FILENO) < 0)
		return -errno;
	return output->errors >= 0 && dup2(output->errors, STDERR_FILENO) < 0 ? -errno : 0;
}

/* In the hook's process. Reports a failure to exec through `report`, which exec closes. */
static _Noreturn void become_hook(const struct spec_hook *hook, int input, int report,
				  const struct hook_output *output)
{
	static const char *const no_environment[] = { NULL };
	const char *const *env = hook->env.count > 0 ? hook->env.items : no_environment;
	const char *own_name[] = { hook->path, NULL };
	const char *const *args = hook->args.count > 0 ? hook->args.items : own_name;
	struct err err = { 0 };
	sigset_t none;
	int number;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	(void) signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	/* Whoever ends us by force ends the hook. */
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(input, STDIN_FILENO) >= 0 && redirect(output) == 0 &&
	    setup_descriptors(3, &err) == 0)
		execve(hook->path, (char *const *) (uintptr_t) args,
		       (char *const *) (uintptr_t) env);
	number = errno;
	(void) fd_write_full(report, &number, sizeof(number));
	_exit(127);
}

/* Feeds the state while the hook reads; a hook that does not read it is no error. */
static void feed(int *pipe_end, const char **rest)
{
	ssize_t put = write(*pipe_end, *rest, strlen(*rest));

	if (put > 0)
		*rest += put;
	if ((put < 0 && errno != EAGAIN && errno != EINTR) || **rest == '\0')
		fd_close(pipe_end);
}

/* One hook that runs. */
struct running {
	int pidfd;
	int *input;		/* where the state goes */
	const char *state;	/* what is left of it */
	uint64_t deadline_usec; /* 0: none */
	int interrupt;		/* -1: none */
};

/* Waits until the process has ended: 0; -ETIMEDOUT at the deadline, -EINTR when interrupted. */
static int wait_for_hook(struct running *running)
{
	const uint64_t deadline_usec = running->deadline_usec;

	for (;;) {
		struct pollfd slots[3] = { { .fd = running->pidfd, .events = POLLIN },
					   { .fd = *running->input, .events = POLLOUT },
					   { .fd = running->interrupt, .events = POLLIN } };
		uint64_t now = clock_monotonic_usec();
		int timeout_msec = -1;

		if (deadline_usec > 0 && now >= deadline_usec)
			return -ETIMEDOUT;
		if (deadline_usec > 0)
			timeout_msec = (int) ((deadline_usec - now) / 1000 % INT_MAX) + 1;
		if (poll(slots, 3, timeout_msec) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		if (slots[0].revents != 0)
			return 0;
		if (slots[2].revents != 0)
			return -EINTR;
		if (slots[1].revents != 0)
			feed(running->input, &running->state);
	}
}

static int judge(int status, struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return err_say(err, EIO, "exited with status %d", WEXITSTATUS(status));
	return err_say(err, EIO, "ended by signal %d (%s)", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
}

static int supervise(const struct spec_hook *hook, pid_t pid, struct running *running,
		     struct err *err)
{
	auto_fd int pidfd = host_pidfd(pid);
	int status = 0;
	int waited;

	running->pidfd = pidfd;
	if (hook->timeout.set)
		running->deadline_usec =
			clock_monotonic_usec() + (uint64_t) hook->timeout.value * 1000000;
	waited = pidfd < 0 ? pidfd : wait_for_hook(running);
	/* The group goes with its leader: what a hook leaves behind could hold our pipes. */
	if (waited < 0) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (waited == -ETIMEDOUT)
		return err_say(err, ETIMEDOUT, "did not end within its timeout of %lld s",
			       (long long) hook->timeout.value);
	if (waited == -EINTR)
		return interrupt_take(running->interrupt, err);
	if (waited < 0)
		return err_set(err, -waited, "wait");
	return judge(status, err);
}

static int run_one(const struct spec_hook *hook, const char *state,
		   const struct hook_output *output, struct err *err)
{
	int input[2] = { -1, -1 };
	struct running running = { .input = &input[1],
				   .state = state,
				   .interrupt = output != NULL ? output->interrupt : -1 };
	int report[2] = { -1, -1 };
	int number = 0;
	int result;
	pid_t pid;

	if (pipe2(input, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe");
	/* The writing end alone must not block: a hook may never read. */
	(void) fcntl(input[1], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (pid == 0)
		become_hook(hook, input[0], report[1], output);
	fd_close(&input[0]);
	fd_close(&report[1]);
	if (pid < 0)
		result = err_set(err, errno, "fork");
	else if (fd_read_full(report[0], &number, sizeof(number)) == sizeof(number)) {
		(void) waitpid(pid, NULL, 0);
		result = err_set(err, number, "exec");
	} else {
		result = supervise(hook, pid, &running, err);
	}
	fd_close(&input[1]);
	fd_close(&report[0]);
	return result;
}

int hooks_run(const char *name, const struct spec_hook_list *hooks, const char *state,
	      const struct hook_output *output, struct err *err)
{
	/* A hook that ends, or closes its standard input, without reading it must not end us. */
	void (*pipe_action)(int) = signal(SIGPIPE, SIG_IGN);
	int result = 0;
	size_t i;

	for (i = 0; i < hooks->count && result == 0; i++) {
		result = run_one(&hooks->items[i], state, output, err);
		if (result < 0)
			err_context(err, "hook %s[%zu] %s", name, i, hooks->items[i].path);
	}
	(void) signal(SIGPIPE, pipe_action);
	return result;
}

static int open_one(const struct spec_pairs *annotations, const char *key, int *fd, struct err *err)
{
	size_t i;

	for (i = 0; i < annotations->count; i++) {
		const char *path = annotations->items[i].value;

		if (strcmp(annotations->items[i].key, key) != 0)
			continue;
		*fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
		if (*fd < 0)
			return err_set(err, errno, "/annotations/%s: %s", key, path);
	}
	return 0;
}

int hooks_open_output(const struct spec_pairs *annotations, struct hook_output *output,
		      struct err *err)
{
	int result = open_one(annotations, "run.oci.hooks.stdout", &output->out, err);

	return result < 0 ? result
			  : open_one(annotations, "run.oci.hooks.stderr", &output->errors, err);
}

void hooks_close_output(struct hook_output *output)
{
	fd_close(&output->out);
	fd_close(&output->errors);
}
