// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_TESTS_NATIVE_H
#define WEIR_TESTS_NATIVE_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/file.h"

/*
 * For test programs that use real cgroups (root, a cgroup2 mount): TAP lines, and one cgroup of
 * the program's own, /weir-test-PID, that is removed at the end with all that was left in it.
 */
struct native {
	int rootfd;
	char top[64];
	int number;
	int failed;
	struct err err; /* of the last call; printed when a check fails */
};

#define WANT(needed, wished) ((struct cgroup_controllers){ needed, wished })

#define WAIT_MSEC 10000 /* what is there to be waited for takes milliseconds */

__attribute__((format(printf, 3, 4))) static inline void check(struct native *native, bool good,
							       const char *format, ...)
{
	va_list args;

	native->number++;
	native->failed += good ? 0 : 1;
	printf("%sok %d - ", good ? "" : "not ", native->number);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	if (!good)
		printf("# error: %s\n", native->err.text);
	fflush(stdout);
	err_clear(&native->err);
}

/* "/weir-test-PID/NAME", in a buffer for each of the last four calls. */
static inline const char *in_top(const struct native *native, const char *name)
{
	static char paths[4][CGROUP_PATH_ROOM];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, CGROUP_PATH_ROOM, "%s/%s", native->top, name);
	return path;
}

static inline bool exists(const struct native *native, const char *path)
{
	return faccessat(native->rootfd, path + 1, F_OK, 0) == 0;
}

static inline struct cgroup make(struct native *native, const char *name)
{
	struct cgroup cgroup = CGROUP_NONE;

	if (cgroup_create(native->rootfd, in_top(native, name), WANT(0, 0), &cgroup, &native->err) <
	    0) {
		printf("Bail out! %s\n", native->err.text);
		exit(1);
	}
	return cgroup;
}

/* A child in `cgroup` (NULL: where we are) that runs `work` and exits with its result. */
static inline pid_t spawn(const struct cgroup *cgroup, int (*work)(void *), void *argument)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	if (cgroup != NULL && cgroup_join(cgroup, 0, NULL) < 0)
		_exit(100);
	_exit(work(argument));
}

static inline int sleep_on(void *unused)
{
	(void) unused;
	for (;;)
		pause();
	return 0;
}

/* Exit status, or 128 + signal. */
static inline int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Waits until the cgroup and those below it hold `count` processes: only to prepare a test. */
static inline bool grow_to(const struct cgroup *cgroup, size_t count)
{
	uint64_t give_up = clock_monotonic_usec() + WAIT_MSEC * 1000ULL;
	size_t seen = 0;

	while (seen < count && clock_monotonic_usec() < give_up) {
		pid_t *pids = NULL;

		if (cgroup_pids(cgroup, &pids, &seen, NULL) < 0)
			return false;
		free(pids);
		usleep(1000);
	}
	return seen >= count;
}

/* Take it into a variable before check(): arguments are evaluated in no order. */
static inline unsigned msec_since(uint64_t begin_usec)
{
	return (unsigned) ((clock_monotonic_usec() - begin_usec) / 1000);
}

/* Bounds in time are for real processors: QEMU's emulated one is 10 to 20 times slower. */
static inline unsigned bound_msec(unsigned msec)
{
	static char text[65536];

	(void) file_read_at(AT_FDCWD, "/proc/cpuinfo", text, sizeof(text), NULL);
	return strstr(text, "TCG") != NULL ? msec * 20 : msec;
}

static inline void begin(struct native *native, const char *mountpoint)
{
	static const char *const usual[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	int result = -ENODEV;
	size_t i;

	*native = (struct native){ .rootfd = -1 };
	if (mountpoint != NULL)
		result = cgroup_root_open(mountpoint, &native->rootfd, &native->err);
	for (i = 0; mountpoint == NULL && result < 0 && i < 2; i++)
		result = cgroup_root_open(usual[i], &native->rootfd, &native->err);
	if (result < 0) {
		printf("Bail out! %s\n", native->err.text);
		exit(1);
	}
	err_clear(&native->err);
	snprintf(native->top, sizeof(native->top), "/weir-test-%d", (int) getpid());
}

static inline int end(struct native *native)
{
	struct cgroup top = CGROUP_NONE;

	if (cgroup_open(native->rootfd, native->top, &top, NULL) == 0)
		(void) cgroup_kill(&top, NULL);
	cgroup_close(&top);
	(void) cgroup_remove(native->rootfd, native->top, WAIT_MSEC, &native->err);
	check(native, !exists(native, native->top), "nothing is left behind");
	close(native->rootfd);
	printf("1..%d\n", native->number);
	return native->failed > 0 ? 1 : 0;
}

#endif
