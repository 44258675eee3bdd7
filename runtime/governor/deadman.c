// SPDX-License-Identifier: Apache-2.0
/*
 * The deadman.
 * Should: need nothing when its moment comes: no memory, no path, no privilege, no other process.
 * Must not: hold what somebody waits for, or be seen by anybody while the governor lives.
 */
#include "runtime/governor/deadman.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

int deadman_open(struct deadman *deadman, size_t count, struct err *err)
{
	size_t i;
	int file;

	*deadman = DEADMAN_NONE;
	deadman->undos = mmap(NULL, count * sizeof(*deadman->undos), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (deadman->undos == MAP_FAILED) {
		deadman->undos = NULL;
		return err_set(err, errno, "deadman");
	}
	deadman->count = count;
	for (i = 0; i < count; i++)
		for (file = 0; file < UNDO_FILES; file++)
			deadman->undos[i].files[file].fd = -1;
	deadman->quit = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (deadman->quit < 0) {
		int result = err_set(err, errno, "deadman");

		deadman_close(deadman);
		return result;
	}
	return 0;
}

/* ---- in the deadman ---- */

/* A cgroup that is gone refuses, and needs nothing any more. */
static void undo(const struct undo *undo)
{
	int file;

	for (file = 0; file < UNDO_FILES; file++) {
		char text[24] = "max";

		if (undo->files[file].fd < 0 || !undo->files[file].due)
			continue;
		if (undo->files[file].value != MEMORY_NO_LIMIT)
			snprintf(text, sizeof(text), "%llu",
				 (unsigned long long) undo->files[file].value);
		if (pwrite(undo->files[file].fd, text, strlen(text), 0) < 0)
			continue;
	}
}

/* The lowest descriptor from `from` on that it keeps; -1: there is none. */
static int next_kept(const struct deadman *deadman, int governor, int from)
{
	int next = -1;
	size_t i;
	int file;

	for (i = 0; i < deadman->count; i++)
		for (file = 0; file < UNDO_FILES; file++) {
			int fd = deadman->undos[i].files[file].fd;

			if (fd >= from && (next < 0 || fd < next))
				next = fd;
		}
	if (governor >= from && (next < 0 || governor < next))
		next = governor;
	if (deadman->quit >= from && (next < 0 || deadman->quit < next))
		next = deadman->quit;
	return next;
}

/* Everything else goes, stdio first: whoever waits for an end of file must not wait for us. */
static void close_others(const struct deadman *deadman, int governor)
{
	int from = 0;
	int kept;

	while ((kept = next_kept(deadman, governor, from)) >= 0) {
		if (kept > from)
			(void) close_range((unsigned) from, (unsigned) kept - 1, 0);
		from = kept + 1;
	}
	(void) close_range((unsigned) from, ~0U, 0);
}

static _Noreturn void stand_by(const struct deadman *deadman, int governor)
{
	struct pollfd slots[] = { { .fd = governor, .events = POLLIN },
				  { .fd = deadman->quit, .events = POLLIN } };
	size_t i;

	/* Not of the terminal's: neither its interrupt nor its hang-up is for us. */
	(void) setsid();
	/* Nobody's file system is busy because of us. */
	if (chdir("/") < 0)
		_exit(1);
	(void) prctl(PR_SET_NAME, "weir-deadman");
	(void) prctl(PR_SET_DUMPABLE, 0);
	close_others(deadman, governor);
	while (poll(slots, 2, -1) < 0 && errno == EINTR)
		;
	for (i = 0; i < deadman->count; i++)
		undo(&deadman->undos[i]);
	_exit(0);
}

/* ---- in the governor ---- */

int deadman_start(struct deadman *deadman, struct err *err)
{
	auto_fd int self = pidfd_open(getpid(), 0);
	sigset_t all;
	sigset_t before;
	pid_t pid;

	if (self < 0)
		return err_set(err, errno, "deadman: pidfd_open");
	/* It ignores every signal from its first moment on, and so for good. */
	sigfillset(&all);
	(void) sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		stand_by(deadman, self);
	(void) sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return err_set(err, errno, "deadman: fork");
	deadman->pid = pid;
	deadman->pidfd = pidfd_open(pid, 0);
	return deadman->pidfd < 0 ? err_set(err, errno, "deadman: pidfd_open") : 0;
}

void deadman_reap(struct deadman *deadman)
{
	if (deadman->pid > 0)
		while (waitpid(deadman->pid, NULL, 0) < 0 && errno == EINTR)
			;
	deadman->pid = 0;
	fd_close(&deadman->pidfd);
}

void deadman_close(struct deadman *deadman)
{
	const uint64_t one = 1;

	if (deadman->pid > 0 && write(deadman->quit, &one, sizeof(one)) < 0)
		(void) kill(deadman->pid, SIGKILL);
	deadman_reap(deadman);
	fd_close(&deadman->quit);
	if (deadman->undos != NULL)
		munmap(deadman->undos, deadman->count * sizeof(*deadman->undos));
	*deadman = DEADMAN_NONE;
}
