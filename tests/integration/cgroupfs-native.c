// SPDX-License-Identifier: Apache-2.0
/*
 * cgroupfs against the kernel: makes, freezes, kills and removes real cgroups below one of its own.
 * Needs root and a cgroup2 mount (the argument, or one of the usual places); TAP on stdout.
 */
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "tests/integration/native.h"

#define STORM	  300
#define BREADTH	  1000
#define DEPTH	  1000
#define FEW_FILES 32 /* descriptors allowed while 1,000 levels are removed */

static void test_root(struct native *native)
{
	int fd = -1;

	check(native, cgroup_root_open("/proc", &fd, &native->err) == -ENODEV, "/proc is no root");
	check(native, cgroup_root_open("/", &fd, &native->err) == -ENODEV && fd == -1,
	      "/ is no root");
}

static void test_create(struct native *native)
{
	struct cgroup cgroup = make(native, "a/b/c");
	struct cgroup again = CGROUP_NONE;
	struct cgroup limited = make(native, "limited");
	int result;

	check(native, exists(native, in_top(native, "a/b/c/cgroup.procs")), "levels are made");
	check(native, fcntl(cgroup.dirfd, F_GETFD) == FD_CLOEXEC,
	      "the descriptor is not inherited");
	check(native, cgroup_is_populated(&cgroup, &native->err) == 0, "a new cgroup is empty");
	result = cgroup_create(native->rootfd, in_top(native, "a/b/c"), WANT(0, 0), &again,
			       &native->err);
	check(native, result == 0, "an empty leftover is taken over");
	cgroup_close(&again);
	file_write_at(limited.dirfd, "cgroup.max.descendants", "2", NULL);
	result = cgroup_create(native->rootfd, in_top(native, "limited/x/y/z"), WANT(0, 0), &again,
			       &native->err);
	check(native, result == -EAGAIN && strstr(native->err.text, "cgroup.max.descendants"),
	      "the kernel's bound on cgroups is told: %s", native->err.text);
	check(native, !exists(native, in_top(native, "limited/x")) && again.dirfd == -1,
	      "a failure half-way leaves nothing");
	check(native, exists(native, limited.path), "but what was there before");
	cgroup_close(&limited);
	cgroup_close(&cgroup);
}

/* A controller that is available at the root (a bit), and one that is not; 0 if there is none. */
static void choose_controllers(const struct native *native, unsigned *there, unsigned *missing)
{
	char words[1024] = "";
	unsigned bits;

	(void) file_read_at(native->rootfd, "cgroup.controllers", words, sizeof(words), NULL);
	bits = cgroup_controllers_parse(words);
	*missing = ~bits & (unsigned) (CGROUP_DMEM * 2 - 1);
	*missing &= ~*missing + 1;
	*there = bits & ~(unsigned) (CGROUP_CPU | CGROUP_CPUSET); /* domain controllers only */
	*there &= ~*there + 1;
}

static void test_missing_controller(struct native *native, unsigned missing)
{
	struct cgroup cgroup = CGROUP_NONE;
	char expected[128];
	int result;

	if (missing == 0) {
		printf("# this kernel has every controller: none can be missing\n");
		return;
	}
	snprintf(expected, sizeof(expected), "controller '%s' is not available in /",
		 cgroup_controller_name(missing));
	result = cgroup_create(native->rootfd, in_top(native, "m"), WANT(missing, 0), &cgroup,
			       &native->err);
	check(native, result == -EOPNOTSUPP && strstr(native->err.text, expected), "named: %s",
	      native->err.text);
	check(native, !exists(native, in_top(native, "m")), "and nothing is made");
	result = cgroup_create(native->rootfd, in_top(native, "m"), WANT(0, missing), &cgroup,
			       &native->err);
	check(native, result == 0, "wished only, it may be missing");
	cgroup_close(&cgroup);
}

static void test_inner_process(struct native *native, unsigned controller)
{
	struct cgroup inner = make(native, "inner");
	struct cgroup leaf = CGROUP_NONE;
	pid_t pid = spawn(&inner, sleep_on, NULL);
	char expected[192];
	int result;

	grow_to(&inner, 1);
	result = cgroup_create(native->rootfd, in_top(native, "inner/leaf"), WANT(controller, 0),
			       &leaf, &native->err);
	snprintf(expected, sizeof(expected),
		 "in %s/inner: processes live in that cgroup itself "
		 "(pid %d",
		 native->top, (int) pid);
	check(native, result == -EBUSY && strstr(native->err.text, expected),
	      "a process in the way is named: %s", native->err.text);
	check(native, !exists(native, in_top(native, "inner/leaf")), "and nothing is made");
	kill(pid, SIGKILL);
	reap(pid);
	result = cgroup_create(native->rootfd, in_top(native, "inner/leaf"), WANT(controller, 0),
			       &leaf, &native->err);
	check(native, result == 0, "without it the controller is passed on");
	result = cgroup_join(&inner, 0, &native->err);
	check(native, result == -EBUSY && strstr(native->err.text, "passes controllers on"),
	      "and now nobody may live there: %s", native->err.text);
	cgroup_close(&leaf);
	cgroup_close(&inner);
}

static void test_controllers(struct native *native)
{
	char before[1024] = "";
	char take_back[64];
	unsigned missing;
	unsigned there;

	choose_controllers(native, &there, &missing);
	test_missing_controller(native, missing);
	if (there == 0) {
		printf("# no domain controller here: nothing to enable\n");
		return;
	}
	(void) file_read_at(native->rootfd, "cgroup.subtree_control", before, sizeof(before), NULL);
	test_inner_process(native, there);
	/* As it was: what is enabled at the root outlives this program. */
	(void) cgroup_remove(native->rootfd, in_top(native, "inner"), WAIT_MSEC, NULL);
	if ((cgroup_controllers_parse(before) & there) != 0)
		return;
	snprintf(take_back, sizeof(take_back), "-%s", cgroup_controller_name(there));
	(void) file_write_at(native->rootfd, in_top(native, "cgroup.subtree_control") + 1,
			     take_back, NULL);
	(void) file_write_at(native->rootfd, "cgroup.subtree_control", take_back, NULL);
}

static pid_t clone_into(const struct cgroup *cgroup)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
				   .exit_signal = SIGCHLD,
				   .cgroup = (unsigned) cgroup->dirfd };
	pid_t pid;

	fflush(stdout);
	pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(sleep_on(NULL));
	return pid;
}

static void test_clone_into(struct native *native)
{
	struct cgroup cgroup = make(native, "clone");
	struct cgroup again = CGROUP_NONE;
	char path[CGROUP_PATH_ROOM] = "";
	char text[4096] = "";
	char proc[64];
	pid_t *pids = NULL;
	size_t count = 0;
	pid_t pid = clone_into(&cgroup);

	snprintf(proc, sizeof(proc), "/proc/%d/cgroup", (int) pid);
	(void) file_read_at(AT_FDCWD, proc, text, sizeof(text), &native->err);
	check(native, cgroup_path_of_text(text, path) == 0 && strcmp(path, cgroup.path) == 0,
	      "clone3 puts a child into the descriptor's cgroup");
	(void) cgroup_pids(&cgroup, &pids, &count, &native->err);
	check(native, count == 1 && pids[0] == pid, "and it is listed there");
	free(pids);
	check(native, cgroup_is_populated(&cgroup, &native->err) == 1, "which is populated");
	check(native,
	      cgroup_create(native->rootfd, cgroup.path, WANT(0, 0), &again, &native->err) ==
		      -EBUSY,
	      "and not to be taken over: %s", native->err.text);
	kill(pid, SIGKILL);
	reap(pid);
	cgroup_close(&cgroup);
}

static void test_end(struct native *native)
{
	struct cgroup cgroup = make(native, "end");
	pid_t pid = clone_into(&cgroup);
	uint64_t start = clock_monotonic_usec();
	int result = cgroup_wait_empty(&cgroup, 50, &native->err);
	unsigned took = msec_since(start);

	check(native,
	      result == -ETIMEDOUT && took >= 50 && took < 1000 &&
		      strstr(native->err.text, "left after 50 ms: 1"),
	      "waiting ends at the deadline, after %u ms: %s", took, native->err.text);
	check(native, cgroup_remove(native->rootfd, cgroup.path, 50, &native->err) == -EBUSY,
	      "removing too: %s", native->err.text);
	check(native, kill(pid, 0) == 0, "neither harms who lives there");
	check(native, cgroup_kill(&cgroup, &native->err) == 0, "it is killed");
	start = clock_monotonic_usec();
	result = cgroup_wait_empty(&cgroup, WAIT_MSEC, &native->err);
	took = msec_since(start);
	check(native, result == 0 && took < 1000, "gone in %u ms", took);
	check(native, reap(pid) == 128 + SIGKILL, "by SIGKILL");
	check(native, cgroup_remove(native->rootfd, cgroup.path, 0, &native->err) == 0, "removed");
	check(native,
	      cgroup_kill(&cgroup, &native->err) == 0 &&
		      cgroup_is_populated(&cgroup, &native->err) == 0 &&
		      cgroup_wait_empty(&cgroup, 0, &native->err) == 0,
	      "a cgroup that is gone is empty");
	cgroup_close(&cgroup);
}

static void test_freeze(struct native *native)
{
	struct cgroup outer = make(native, "outer");
	struct cgroup inner = make(native, "outer/in/ner");
	pid_t deep = spawn(&inner, sleep_on, NULL);
	pid_t pid = spawn(&outer, sleep_on, NULL);
	struct cgroup again = CGROUP_NONE;
	uint64_t start;
	unsigned took;
	int result;

	grow_to(&outer, 2);
	check(native, cgroup_is_frozen(&outer, &native->err) == 0, "running");
	check(native, cgroup_freeze(&inner, true, WAIT_MSEC, &native->err) == 0,
	      "an inner one is frozen");
	check(native, cgroup_is_frozen(&outer, &native->err) == 0, "the outer one is not");
	check(native,
	      cgroup_freeze(&outer, true, WAIT_MSEC, &native->err) == 0 &&
		      cgroup_is_frozen(&outer, &native->err) == 1,
	      "now it is");
	check(native,
	      cgroup_freeze(&outer, false, WAIT_MSEC, &native->err) == 0 &&
		      cgroup_is_frozen(&inner, &native->err) == 1,
	      "thawed; the inner one stays as it asked to be");
	cgroup_freeze(&outer, true, WAIT_MSEC, &native->err);
	start = clock_monotonic_usec();
	result = cgroup_kill(&outer, &native->err);
	if (result == 0)
		result = cgroup_wait_empty(&outer, WAIT_MSEC, &native->err);
	took = msec_since(start);
	check(native, result == 0 && took < 1000, "frozen ones die like others, in %u ms", took);
	check(native, reap(pid) == 128 + SIGKILL && reap(deep) == 128 + SIGKILL, "both");
	check(native,
	      cgroup_create(native->rootfd, outer.path, WANT(0, 0), &again, &native->err) ==
			      -EBUSY &&
		      strstr(native->err.text, "frozen"),
	      "an empty frozen one is not taken over: %s", native->err.text);
	check(native,
	      cgroup_remove(native->rootfd, outer.path, WAIT_MSEC, &native->err) == 0 &&
		      !exists(native, outer.path),
	      "removed with what is in it");
	cgroup_close(&inner);
	cgroup_close(&outer);
}

static void limit_descriptors(rlim_t most, struct rlimit *before)
{
	struct rlimit few;

	getrlimit(RLIMIT_NOFILE, before);
	few = *before;
	few.rlim_cur = most;
	setrlimit(RLIMIT_NOFILE, &few);
}

/* `levels` cgroups, each in the one before. */
static bool nest(const struct cgroup *cgroup, int levels)
{
	int fd = fcntl(cgroup->dirfd, F_DUPFD_CLOEXEC, 0);
	int i;

	for (i = 0; i < levels && fd >= 0; i++) {
		int child = -1;

		if (mkdirat(fd, "level-with-a-name-of-some-length", 0755) == 0)
			child = openat(fd, "level-with-a-name-of-some-length",
				       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = child;
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* `count` cgroups beside each other. */
static bool spread(const struct cgroup *cgroup, int count)
{
	char name[32];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		if (mkdirat(cgroup->dirfd, name, 0755) < 0)
			return false;
	}
	return true;
}

/* Removes it and prints how long that took, which must be less than `bound_msec`. */
static void remove_in(struct native *native, const struct cgroup *cgroup, uint64_t start,
		      unsigned bound_msec, const char *what)
{
	int result = cgroup_remove(native->rootfd, cgroup->path, WAIT_MSEC, &native->err);
	unsigned took = msec_since(start);

	check(native, result == 0 && !exists(native, cgroup->path) && took < bound_msec,
	      "%s in %u ms", what, took);
}

static void test_many(struct native *native)
{
	struct cgroup cgroup = make(native, "many");
	struct rlimit before;

	check(native, spread(&cgroup, BREADTH), "%d cgroups beside each other", BREADTH);
	check(native, nest(&cgroup, DEPTH), "and %d inside each other", DEPTH);
	limit_descriptors(FEW_FILES, &before);
	remove_in(native, &cgroup, clock_monotonic_usec(), WAIT_MSEC, "go with 32 descriptors");
	setrlimit(RLIMIT_NOFILE, &before);
	cgroup_close(&cgroup);
}

/* Hands its place on to a child, for ever: a list of pids is out of date before it is read. */
static int hop(void *unused)
{
	(void) unused;
	for (;;) {
		pid_t pid = fork();

		if (pid > 0)
			_exit(0);
	}
	return 0;
}

/* All wait for `gate` to be closed before they begin. */
static int storm(void *gate)
{
	int *ends = gate;
	char byte;
	int i;

	close(ends[1]);
	signal(SIGCHLD, SIG_IGN);
	for (i = 1; i < STORM; i++) {
		if (fork() == 0 && read(ends[0], &byte, 1) == 0)
			_exit(hop(NULL));
	}
	return sleep_on(NULL);
}

static void test_storm(struct native *native)
{
	struct cgroup cgroup = make(native, "storm");
	int gate[2] = { -1, -1 };
	uint64_t start;

	spread(&cgroup, BREADTH);
	/* Those whose parent died before them are ours now, and must not pile up. */
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	check(native, pipe(gate) == 0 && spawn(&cgroup, storm, gate) > 0, "a storm gathers");
	close(gate[0]);
	check(native, grow_to(&cgroup, STORM), "%d processes that never rest", STORM);
	close(gate[1]);
	usleep(50000); /* let them run */
	start = clock_monotonic_usec();
	check(native, cgroup_kill(&cgroup, &native->err) == 0, "are killed");
	remove_in(native, &cgroup, start, bound_msec(2000),
		  "and their cgroup goes, with 1,000 below it,");
	signal(SIGCHLD, SIG_DFL);
	cgroup_close(&cgroup);
}

/* Makes cgroups as fast as it can, until there is nothing left to make them in. */
static int make_on(void *cgroup)
{
	int dirfd = ((struct cgroup *) cgroup)->dirfd;
	unsigned i;

	for (i = 0; i < 10000000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "r%u", i);
		if (mkdirat(dirfd, name, 0755) < 0)
			return errno == ENOENT || errno == ENODEV || errno == EAGAIN ? 0 : 1;
	}
	return 2;
}

static void test_race(struct native *native)
{
	struct cgroup cgroup = make(native, "race");
	pid_t pid = spawn(NULL, make_on, &cgroup);
	uint64_t start = clock_monotonic_usec();

	while (!exists(native, in_top(native, "race/r99")) && msec_since(start) < WAIT_MSEC)
		usleep(1000);
	start = clock_monotonic_usec();
	remove_in(native, &cgroup, start, WAIT_MSEC, "one that is filled meanwhile goes");
	if (exists(native, cgroup.path))
		kill(pid, SIGKILL);
	check(native, reap(pid) == 0, "and who filled it sees that");
	cgroup_close(&cgroup);
}

static int end_soon(void *unused)
{
	(void) unused;
	usleep(100000);
	return 0;
}

static void test_waiting(struct native *native)
{
	struct cgroup outer = make(native, "wait");
	struct cgroup inner = make(native, "wait/in/ner");
	pid_t pid = spawn(NULL, end_soon, NULL);
	uint64_t start = clock_monotonic_usec();
	unsigned took;
	int result;

	check(native, cgroup_join(&inner, pid, &native->err) == 0, "another process is moved in");
	check(native, cgroup_is_populated(&outer, &native->err) == 1, "and seen from above");
	result = cgroup_wait_empty(&outer, -1, &native->err);
	took = msec_since(start);
	check(native, result == 0 && took >= 90 && took < 1000, "its end is heard after %u ms",
	      took);
	check(native, cgroup_remove(native->rootfd, outer.path, 0, &native->err) == 0,
	      "unreaped it does not keep the cgroup");
	reap(pid);
	check(native, cgroup_join(&outer, 0, &native->err) == -ENOENT,
	      "none joins what is gone: %s", native->err.text);
	cgroup_close(&inner);
	cgroup_close(&outer);
}

int main(int argc, char **argv)
{
	struct native native;

	begin(&native, argc > 1 ? argv[1] : NULL);
	test_root(&native);
	test_create(&native);
	test_controllers(&native);
	test_clone_into(&native);
	test_end(&native);
	test_freeze(&native);
	test_waiting(&native);
	test_many(&native);
	test_storm(&native);
	test_race(&native);
	return end(&native);
}
