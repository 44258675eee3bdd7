// SPDX-License-Identifier: Apache-2.0
/*
 * Signals that end the making of a container.
 * Should: turn them into errors, which undo.
 * Must not: take one that the caller had ignored (nohup).
 */
#include "runtime/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"

/* A blocked signal is kept even where it is ignored (signal(7)): those are left out. */
static void signals_that_end(sigset_t *set)
{
	static const int all[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	struct sigaction action;
	size_t i;

	sigemptyset(set);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (sigaction(all[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(set, all[i]);
}

int interrupt_open(struct interrupt *interrupt, struct err *err)
{
	sigset_t set;

	signals_that_end(&set);
	if (sigprocmask(SIG_BLOCK, &set, &interrupt->before) < 0)
		return err_set(err, errno, "block signals");
	interrupt->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return interrupt->fd < 0 ? err_set(err, errno, "signalfd") : 0;
}

void interrupt_close(struct interrupt *interrupt)
{
	if (interrupt->fd < 0)
		return;
	fd_close(&interrupt->fd);
	(void) sigprocmask(SIG_SETMASK, &interrupt->before, NULL);
}

int interrupt_take(int fd, struct err *err)
{
	struct signalfd_siginfo info = { 0 };

	(void) fd_read_full(fd, &info, sizeof(info));
	return err_say(err, EINTR, "ended by SIG%s",
		       info.ssi_signo != 0 ? sigabbrev_np((int) info.ssi_signo) : "?");
}

int interrupt_wait(const struct interrupt *interrupt, int fd, struct err *err)
{
	struct pollfd slots[2] = { { .fd = fd, .events = POLLIN },
				   { .fd = interrupt->fd, .events = POLLIN } };

	while (poll(slots, 2, -1) < 0)
		if (errno != EINTR)
			return err_set(err, errno, "poll");
	return slots[1].revents != 0 ? interrupt_take(interrupt->fd, err) : 0;
}
