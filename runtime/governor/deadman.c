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
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

/* A line that is full has the deadman behind it: stopped, or swapped out. */
#define GIVE_MSEC 1000

static void clear(struct undo *undo)
{
	int file;

	for (file = 0; file < UNDO_FILES; file++) {
		undo->files[file].due = false;
		undo->files[file].fd = -1;
	}
}

int deadman_open(struct deadman *deadman, size_t count, struct err *err)
{
	*deadman = DEADMAN_NONE;
	deadman->undos = mmap(NULL, count * sizeof(*deadman->undos), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (deadman->undos == MAP_FAILED) {
		deadman->undos = NULL;
		return err_set(err, errno, "deadman");
	}
	deadman->count = count;
	return 0;
}

struct undo *deadman_take_place(struct deadman *deadman)
{
	size_t i;

	for (i = 0; i < deadman->taken && deadman->undos[i].used; i++)
		;
	if (i == deadman->count)
		return NULL;
	if (i == deadman->taken)
		deadman->taken++;
	deadman->undos[i].used = true;
	clear(&deadman->undos[i]);
	return &deadman->undos[i];
}

/* ---- in the deadman ---- */

/* What it has: the undos, and its own descriptors for them. */
struct standing {
	const struct undo *undos;
	size_t count; /* room */
	size_t taken;
	int (*fds)[UNDO_FILES]; /* one more than each; 0: none, which untouched memory is */
	int governor;		/* its pidfd */
	int line;
};

/* A cgroup that is gone refuses, and needs nothing any more. */
static void undo(const struct undo *undo, const int fds[UNDO_FILES])
{
	int file;

	for (file = 0; file < UNDO_FILES; file++) {
		char text[24] = "max";

		if (fds[file] == 0 || !undo->files[file].due)
			continue;
		if (undo->files[file].value != MEMORY_NO_LIMIT)
			snprintf(text, sizeof(text), "%llu",
				 (unsigned long long) undo->files[file].value);
		if (pwrite(fds[file] - 1, text, strlen(text), 0) < 0)
			continue;
	}
}

static int compare(const void *one, const void *other)
{
	return *(const int *) one - *(const int *) other;
}

/* Everything else goes, stdio first: whoever waits for an end of file must not wait for us. */
static void close_others(const struct standing *standing)
{
	size_t room = standing->taken * UNDO_FILES + 2;
	int *kept = calloc(room, sizeof(*kept));
	size_t count = 0;
	unsigned from = 0;
	size_t i;

	if (kept == NULL)
		_exit(1);
	kept[count++] = standing->governor;
	kept[count++] = standing->line;
	for (i = 0; i < standing->taken * UNDO_FILES; i++)
		if (standing->fds[i / UNDO_FILES][i % UNDO_FILES] > 0)
			kept[count++] = standing->fds[i / UNDO_FILES][i % UNDO_FILES] - 1;
	qsort(kept, count, sizeof(*kept), compare);
	for (i = 0; i < count; i++) {
		if ((unsigned) kept[i] > from)
			(void) close_range(from, (unsigned) kept[i] - 1, 0);
		from = (unsigned) kept[i] + 1;
	}
	(void) close_range(from, ~0U, 0);
	free(kept);
}

/* A place's number comes with the descriptors that it has; `has` says which. */
struct gift {
	size_t place;
	bool has[UNDO_FILES];
};

union gift_control {
	struct cmsghdr header;
	char room[CMSG_SPACE(UNDO_FILES * sizeof(int))];
};

/* False: the governor ends. */
static bool take_gift(struct standing *standing)
{
	union gift_control control = { 0 };
	struct gift gift = { 0 };
	struct iovec piece = { &gift, sizeof(gift) };
	struct msghdr message = { .msg_iov = &piece,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(standing->line, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	const struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	const unsigned char *next = header != NULL ? CMSG_DATA(header) : NULL;
	int file;

	if (got <= 0)
		return got < 0 && (errno == EAGAIN || errno == EINTR);
	if (gift.place >= standing->count)
		return true;
	if (gift.place >= standing->taken)
		standing->taken = gift.place + 1;
	for (file = 0; file < UNDO_FILES; file++) {
		int *fd = &standing->fds[gift.place][file];

		if (*fd > 0)
			close(*fd - 1);
		*fd = 0;
		if (!gift.has[file] || next == NULL)
			continue;
		memcpy(fd, next, sizeof(int));
		++*fd;
		next += sizeof(int);
	}
	return true;
}

static _Noreturn void stand_by(struct standing *standing)
{
	struct pollfd slots[] = { { .fd = standing->governor, .events = POLLIN },
				  { .fd = standing->line, .events = POLLIN } };
	bool stands = true;
	size_t i;

	/* Not of the terminal's: neither its interrupt nor its hang-up is for us. */
	(void) setsid();
	/* Nobody's file system is busy because of us. */
	if (chdir("/") < 0)
		_exit(1);
	(void) prctl(PR_SET_NAME, "weir-deadman");
	(void) prctl(PR_SET_DUMPABLE, 0);
	close_others(standing);
	while (stands) {
		if (poll(slots, 2, -1) < 0)
			continue;
		/* What it gave with its last breath counts. */
		if (slots[1].revents != 0)
			stands = take_gift(standing);
		else
			stands = slots[0].revents == 0;
	}
	for (i = 0; i < standing->taken; i++)
		undo(&standing->undos[i], standing->fds[i]);
	_exit(0);
}

/* ---- in the governor ---- */

/* The deadman's own table; untouched pages of it cost nothing, so it is as long as the undos. */
static int stand(struct standing *standing, const struct deadman *deadman, struct err *err)
{
	size_t i;

	standing->undos = deadman->undos;
	standing->count = deadman->count;
	standing->fds = mmap(NULL, deadman->count * sizeof(*standing->fds), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (standing->fds == MAP_FAILED)
		return err_set(err, errno, "deadman");
	standing->taken = deadman->taken;
	for (i = 0; i < deadman->taken * UNDO_FILES; i++) {
		const struct undo *undo = &deadman->undos[i / UNDO_FILES];

		if (undo->used && undo->files[i % UNDO_FILES].fd >= 0)
			standing->fds[i / UNDO_FILES][i % UNDO_FILES] =
				undo->files[i % UNDO_FILES].fd + 1;
	}
	return 0;
}

static pid_t fork_it(struct standing *standing)
{
	sigset_t all;
	sigset_t before;
	pid_t pid;

	/* It ignores every signal from its first moment on, and so for good. */
	sigfillset(&all);
	(void) sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		stand_by(standing);
	(void) sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

int deadman_start(struct deadman *deadman, struct err *err)
{
	auto_fd int self = pidfd_open(getpid(), 0);
	auto_fd int its_end = -1;
	struct standing standing = { 0 };
	int pair[2];
	int result;

	if (self < 0)
		return err_set(err, errno, "deadman: pidfd_open");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, errno, "deadman: socketpair");
	fd_close(&deadman->line);
	deadman->line = pair[0];
	its_end = pair[1];
	result = stand(&standing, deadman, err);
	if (result < 0)
		return result;
	standing.governor = self;
	standing.line = its_end;
	deadman->pid = fork_it(&standing);
	munmap(standing.fds, standing.count * sizeof(*standing.fds));
	if (deadman->pid < 0)
		return err_set(err, errno, "deadman: fork");
	deadman->pidfd = pidfd_open(deadman->pid, 0);
	return deadman->pidfd < 0 ? err_set(err, errno, "deadman: pidfd_open") : 0;
}

int deadman_give(const struct deadman *deadman, const struct undo *undo, struct err *err)
{
	union gift_control control = { 0 };
	struct gift gift = { .place = (size_t) (undo - deadman->undos) };
	struct iovec piece = { &gift, sizeof(gift) };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1 };
	int fds[UNDO_FILES];
	size_t count = 0;
	int file;

	for (file = 0; file < UNDO_FILES; file++) {
		gift.has[file] = undo->files[file].fd >= 0;
		if (gift.has[file])
			fds[count++] = undo->files[file].fd;
	}
	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	if (fd_wait(deadman->line, POLLOUT, GIVE_MSEC) <= 0 ||
	    sendmsg(deadman->line, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return err_set(err, errno, "deadman");
	return 0;
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
	/* Not by closing it: a child of ours that has not called execve(2) yet holds a copy. */
	if (deadman->pid > 0 && shutdown(deadman->line, SHUT_WR) < 0)
		(void) kill(deadman->pid, SIGKILL);
	deadman_reap(deadman);
	fd_close(&deadman->line);
	if (deadman->undos != NULL)
		munmap(deadman->undos, deadman->count * sizeof(*deadman->undos));
	*deadman = DEADMAN_NONE;
}
