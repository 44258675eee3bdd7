// SPDX-License-Identifier: Apache-2.0
/* The deadman, on ordinary files: what it writes when, and what it holds meanwhile. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/base/fd.h"
#include "runtime/governor/deadman.h"
#include "tests/unit/unit.h"

static int temporary(void)
{
	FILE *file = tmpfile();

	CHECK(file != NULL);
	return file != NULL ? dup(fileno(file)) : -1;
}

static void check_content(int fd, const char *wanted)
{
	char seen[32] = "";

	CHECK(pread(fd, seen, sizeof(seen) - 1, 0) >= 0);
	CHECK_STRING(seen, wanted);
}

static void set_due(struct undo *undo, enum undo_file file, int fd, uint64_t value)
{
	undo->used = true;
	undo->files[file].fd = fd;
	undo->files[file].value = value;
	undo->files[file].due = true;
}

/* A governor in a process of its own, which tells by one byte that its deadman stands. */
static pid_t start_governor(int high, int freeze, int ready, int held)
{
	struct deadman deadman;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (deadman_open(&deadman, 1, NULL) < 0 || deadman_take_place(&deadman) == NULL)
		_exit(1);
	set_due(&deadman.undos[0], UNDO_HIGH, high, MEMORY_NO_LIMIT);
	set_due(&deadman.undos[0], UNDO_FREEZE, freeze, 0);
	if (deadman_start(&deadman, NULL) < 0)
		_exit(1);
	/* After the fork: what is due is read when it dies. */
	deadman.undos[0].files[UNDO_FREEZE].due = false;
	close(held);
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static bool grows_to(int fd, size_t bytes)
{
	int patience;
	char seen[32];

	for (patience = 0; patience < 200; patience++) {
		if (pread(fd, seen, sizeof(seen), 0) >= (ssize_t) bytes)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

TEST(a_killed_governor_is_undone)
{
	auto_fd int high = temporary();
	auto_fd int freeze = temporary();
	int ready[2];
	int held[2];
	char byte;
	pid_t pid;

	CHECK(pipe2(ready, O_CLOEXEC) == 0 && pipe2(held, O_CLOEXEC) == 0);
	pid = start_governor(high, freeze, ready[1], held[1]);
	CHECK(pid > 0);
	CHECK(read(ready[0], &byte, 1) == 1);
	close(held[1]);
	/* End of file while the deadman lives: it holds nothing of ours. */
	CHECK(fd_wait(held[0], POLLIN, 5000) > 0);
	CHECK(read(held[0], &byte, 1) == 0);
	check_content(high, "");
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(grows_to(high, 3));
	check_content(high, "max");
	check_content(freeze, "");
	close(ready[0]);
	close(ready[1]);
	close(held[0]);
}

TEST(one_that_ends_well_is_undone_and_leaves_nobody)
{
	auto_fd int max = temporary();
	struct deadman deadman;

	CHECK(deadman_open(&deadman, 2, NULL) == 0);
	CHECK(deadman_take_place(&deadman) == &deadman.undos[0]);
	CHECK(deadman_take_place(&deadman) == &deadman.undos[1]);
	CHECK(deadman_take_place(&deadman) == NULL);
	set_due(&deadman.undos[1], UNDO_MAX, max, 4096);
	CHECK(deadman_start(&deadman, NULL) == 0);
	deadman_close(&deadman);
	check_content(max, "4096");
	CHECK(waitpid(-1, NULL, WNOHANG) < 0);
}

TEST(signals_do_not_end_it_and_its_death_is_seen)
{
	auto_fd int high = temporary();
	struct deadman deadman;

	CHECK(deadman_open(&deadman, 1, NULL) == 0);
	CHECK(deadman_take_place(&deadman) == &deadman.undos[0]);
	set_due(&deadman.undos[0], UNDO_HIGH, high, 1);
	CHECK(deadman_start(&deadman, NULL) == 0);
	kill(deadman.pid, SIGTERM);
	kill(deadman.pid, SIGINT);
	kill(deadman.pid, SIGHUP);
	CHECK(fd_wait(deadman.pidfd, POLLIN, 100) == 0);
	CHECK(kill(deadman.pid, SIGKILL) == 0);
	CHECK(fd_wait(deadman.pidfd, POLLIN, 5000) > 0);
	deadman_reap(&deadman);
	check_content(high, "");
	CHECK(deadman_start(&deadman, NULL) == 0);
	deadman_close(&deadman);
	check_content(high, "1");
}

TEST(one_that_stands_by_takes_more_and_lets_go)
{
	auto_fd int first = temporary();
	auto_fd int second = temporary();
	auto_fd int third = temporary();
	struct deadman deadman;
	struct undo *undo;
	int held[2];
	char byte;

	CHECK(deadman_open(&deadman, 8, NULL) == 0);
	CHECK(deadman_start(&deadman, NULL) == 0);
	undo = deadman_take_place(&deadman);
	set_due(undo, UNDO_HIGH, first, 1);
	set_due(undo, UNDO_FREEZE, second, 0);
	CHECK(deadman_give(&deadman, undo, NULL) == 0);
	/* A pipe instead of a file shows when it lets go. */
	CHECK(pipe2(held, O_CLOEXEC) == 0);
	undo = deadman_take_place(&deadman);
	undo->files[UNDO_MAX].fd = held[1];
	CHECK(deadman_give(&deadman, undo, NULL) == 0);
	close(held[1]);
	CHECK(fd_wait(held[0], POLLIN, 50) == 0);
	undo->files[UNDO_MAX].fd = -1;
	CHECK(deadman_give(&deadman, undo, NULL) == 0);
	CHECK(fd_wait(held[0], POLLIN, 5000) > 0 && read(held[0], &byte, 1) == 0);
	set_due(undo, UNDO_MAX, third, 4096);
	CHECK(deadman_give(&deadman, undo, NULL) == 0);
	deadman_close(&deadman);
	check_content(first, "1");
	check_content(second, "0");
	check_content(third, "4096");
	close(held[0]);
}

UNIT_MAIN(UNIT_TEST(one_that_stands_by_takes_more_and_lets_go),
	  UNIT_TEST(a_killed_governor_is_undone),
	  UNIT_TEST(one_that_ends_well_is_undone_and_leaves_nobody),
	  UNIT_TEST(signals_do_not_end_it_and_its_death_is_seen))
