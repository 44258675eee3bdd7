// SPDX-License-Identifier: Apache-2.0
/*
 * governor-scale: many cgroups under one `weir governor`, and what that costs. Needs root and the memory controller.
 *
 *	governor-scale ROOT TEMPLATE NUMBER CROSSING
 *
 * TEMPLATE is a container of ROOT that weir created with a ladder whose first rung is 50:signal:USR1. Its state, with
 * another id, process and cgroup, makes NUMBER more, each a cgroup of 8 MiB with one process in it (this program,
 * forked): so the time of making containers is not in what is measured. They are registered one by one with the
 * service that listens in ROOT; CROSSING of them then go over their rung at the same moment.
 *
 * Should: print one `name value` a line, for a table.
 * Must not: be run on a machine that matters.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

#define CGROUPS	     "/sys/fs/cgroup/weir-scale"
#define LIMIT	     "8388608"
#define TOUCH_BYTES  (5U << 20) /* of which the half of the limit is crossed on the way */
#define MOST	     8192
#define IDLE_SECONDS 21 /* two sweeps */

/* What each child tells, in memory that all share. */
struct member {
	pid_t pid;
	volatile uint64_t crossed_usec; /* half of the limit is its own */
	volatile uint64_t heard_usec;
};

static struct member *members;
static size_t own;
static const char *root;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "governor-scale: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

static void write_file(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fd_write_full(fd, text, strlen(text)) < 0)
		fail(path);
}

/* ---- the children ---- */

static void on_signal(int number)
{
	(void) number;
	if (members[own].heard_usec == 0)
		members[own].heard_usec = now_usec();
}

static _Noreturn void live(void)
{
	static const size_t page = 4096;
	struct sigaction action = { .sa_handler = on_signal };
	char *memory =
		mmap(NULL, TOUCH_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigset_t set;
	size_t at;
	int number;

	if (memory == MAP_FAILED || madvise(memory, TOUCH_BYTES, MADV_NOHUGEPAGE) < 0)
		_exit(1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigaction(SIGUSR1, &action, NULL);
	(void) sigwait(&set, &number);
	for (at = 0; at < TOUCH_BYTES; at += page) {
		memory[at] = 1;
		if (at == 4U << 20)
			members[own].crossed_usec = now_usec();
	}
	for (;;)
		pause();
}

static void make_cgroup(size_t i)
{
	char path[96];

	snprintf(path, sizeof(path), CGROUPS "/c%zu", i);
	if (mkdir(path, 0755) < 0)
		fail(path);
	snprintf(path, sizeof(path), CGROUPS "/c%zu/memory.max", i);
	write_file(path, LIMIT);
}

static void make_process(size_t i)
{
	char file[96];
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		own = i;
		snprintf(file, sizeof(file), CGROUPS "/c%zu/cgroup.procs", i);
		write_file(file, "0");
		live();
	}
	members[i].pid = pid;
}

/* ---- their states ---- */

static void start_of(pid_t pid, char start[24])
{
	char path[32];
	char stat[1024];
	const char *cursor;
	uint64_t value = 0;
	int field;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
	if (file_read_at(AT_FDCWD, path, stat, sizeof(stat), NULL) < 0)
		fail(path);
	/* starttime is field 22 (proc(5)); behind the name in brackets comes field 3. */
	cursor = strrchr(stat, ')') + 2;
	for (field = 3; field < 22; field++)
		cursor = strchr(cursor, ' ') + 1;
	(void) number_u64_next(&cursor, &value);
	snprintf(start, 24, "%llu", (unsigned long long) value);
}

/* The text with the value of `"key": ` replaced. */
static void put(struct text *text, const char *key, const char *value)
{
	struct text next = { 0 };
	char name[64];
	const char *at;

	snprintf(name, sizeof(name), "\"%s\": ", key);
	at = strstr(text_string(text), name);
	if (at == NULL)
		fail(key);
	at += strlen(name);
	text_add_bytes(&next, text_string(text), (size_t) (at - text_string(text)));
	text_add(&next, value);
	text_add(&next, at + strcspn(at, ",\n"));
	text_free(text);
	*text = next;
}

static void make_state(size_t i, const char *template)
{
	auto_text struct text text = { 0 };
	char path[256];
	char value[64];

	text_add(&text, template);
	snprintf(value, sizeof(value), "\"s%zu\"", i);
	put(&text, "id", value);
	snprintf(value, sizeof(value), "\"/weir-scale/c%zu\"", i);
	put(&text, "cgroupPath", value);
	snprintf(value, sizeof(value), "%d", (int) members[i].pid);
	put(&text, "pid", value);
	start_of(members[i].pid, value);
	put(&text, "pidStart", value);
	snprintf(path, sizeof(path), "%s/s%zu", root, i);
	if (mkdir(path, 0700) < 0)
		fail(path);
	snprintf(path, sizeof(path), "%s/s%zu/state.json", root, i);
	write_file(path, text_string(&text));
	snprintf(path, sizeof(path), "%s/s%zu/contract", root, i);
	if (mkdir(path, 0755) < 0)
		fail(path);
	snprintf(path, sizeof(path), "%s/s%zu/contract/pressure", root, i);
	if (mkfifo(path, 0600) < 0)
		fail(path);
}

/* ---- what it costs ---- */

/* A number of a file of /proc, behind `key`; 0 if there is none. */
static uint64_t value_of(const char *path, const char *key)
{
	char text[8192];
	const char *at;
	uint64_t value = 0;

	if (file_read_at(AT_FDCWD, path, text, sizeof(text), NULL) < 0)
		return 0;
	at = strstr(text, key);
	if (at == NULL)
		return 0;
	at += strlen(key);
	at += strspn(at, " \t");
	(void) number_u64_next(&at, &value);
	return value;
}

struct cost {
	uint64_t rss, pss, own; /* KiB */
	uint64_t wakeups;
	uint64_t slab; /* KiB, of the whole machine */
};

static void measure(pid_t pid, struct cost *cost)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int) pid);
	cost->rss = value_of(path, "Rss:");
	cost->pss = value_of(path, "Pss:");
	cost->own = value_of(path, "Private_Dirty:");
	snprintf(path, sizeof(path), "/proc/%d/status", (int) pid);
	cost->wakeups = value_of(path, "\nvoluntary_ctxt_switches:");
	cost->slab = value_of("/proc/meminfo", "Slab:");
}

static void print_cost(const char *when, const struct cost *cost)
{
	printf("%s: rss_kib %llu pss_kib %llu private_dirty_kib %llu slab_kib %llu\n", when,
	       (unsigned long long) cost->rss, (unsigned long long) cost->pss,
	       (unsigned long long) cost->own, (unsigned long long) cost->slab);
}

static int compare(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *) one;
	uint64_t b = *(const uint64_t *) other;

	return a < b ? -1 : a > b;
}

static void print_times(const char *what, uint64_t usec[], size_t count)
{
	qsort(usec, count, sizeof(*usec), compare);
	printf("%s: usec p50 %llu p99 %llu max %llu\n", what, (unsigned long long) usec[count / 2],
	       (unsigned long long) usec[count * 99 / 100], (unsigned long long) usec[count - 1]);
}

/* ---- the stages ---- */

static void ask(size_t i)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char text[512] = "";
	ssize_t got;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.governor", root);
	snprintf(text, sizeof(text), "weir1 govern s%zu", i);
	if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ||
	    send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		fail("the service");
	got = recv(fd, text, sizeof(text) - 1, 0);
	text[got > 0 ? got : 0] = '\0';
	if (strcmp(text, "ok") != 0) {
		fprintf(stderr, "governor-scale: s%zu: %s\n", i, text);
		exit(1);
	}
}

static void register_all(size_t number)
{
	uint64_t *usec = calloc(number, sizeof(*usec));
	uint64_t began = now_usec();
	size_t i;

	if (usec == NULL)
		fail("memory");
	for (i = 0; i < number; i++) {
		uint64_t at = now_usec();

		ask(i);
		usec[i] = now_usec() - at;
	}
	printf("registered: %zu in %llu ms\n", number,
	       (unsigned long long) (now_usec() - began) / 1000);
	print_times("registration", usec, number);
	free(usec);
}

static void cross(size_t number)
{
	uint64_t *late = calloc(number, sizeof(*late));
	uint64_t began = now_usec();
	uint64_t last = 0;
	size_t heard = 0;
	size_t i;

	if (late == NULL)
		fail("memory");
	for (i = 0; i < number; i++)
		kill(members[i].pid, SIGUSR2);
	while (heard < number && now_usec() - began < 20000000) {
		usleep(1000);
		for (heard = 0; heard < number && members[heard].heard_usec > 0;)
			heard++;
	}
	for (i = 0; i < number; i++) {
		uint64_t at = members[i].heard_usec;
		uint64_t crossed = members[i].crossed_usec;

		late[i] = at > crossed && crossed > 0 ? at - crossed : 0;
		last = at > last ? at : last;
	}
	printf("crossings: %zu of %zu heard, the last %llu ms after the first was let go\n", heard,
	       number, (unsigned long long) (last - began) / 1000);
	print_times("crossing to handler", late, number);
	free(late);
}

static void end_all(size_t number)
{
	size_t i;

	for (i = 0; i < number; i++)
		kill(members[i].pid, SIGKILL);
	for (i = 0; i < number; i++)
		waitpid(members[i].pid, NULL, 0);
}

static void make_all(size_t number, const char *template_id)
{
	auto_text struct text template = { 0 };
	char path[256];
	size_t i;

	snprintf(path, sizeof(path), "%s/%s/state.json", root, template_id);
	if (file_load_at(AT_FDCWD, path, 1 << 20, &template, NULL) < 0)
		fail(path);
	if (mkdir(CGROUPS, 0755) < 0 && errno != EEXIST)
		fail(CGROUPS);
	write_file(CGROUPS "/cgroup.subtree_control", "+memory");
	for (i = 0; i < number; i++) {
		make_cgroup(i);
		make_process(i);
		make_state(i, text_string(&template));
	}
}

static void bench(pid_t service, size_t number, size_t crossing)
{
	struct cost before;
	struct cost after;

	measure(service, &before);
	print_cost("empty", &before);
	register_all(number);
	measure(service, &after);
	print_cost("all", &after);
	printf("each: private_dirty_bytes %llu slab_bytes %llu\n",
	       (unsigned long long) (after.own - before.own) * 1024 / number,
	       (unsigned long long) (after.slab > before.slab ? after.slab - before.slab : 0) *
		       1024 / number);
	sleep(1);
	measure(service, &before);
	sleep(IDLE_SECONDS);
	measure(service, &after);
	printf("idle: %llu wakeups in %d s\n",
	       (unsigned long long) (after.wakeups - before.wakeups), IDLE_SECONDS);
	cross(crossing);
}

int main(int argc, char **argv)
{
	char path[256];
	char pid[16];
	uint64_t service = 0;
	uint64_t number = 0;
	uint64_t crossing = 0;

	if (argc != 5 || !number_u64(argv[3], &number) || !number_u64(argv[4], &crossing) ||
	    number == 0 || number > MOST || crossing == 0 || crossing > number) {
		fprintf(stderr, "usage: governor-scale ROOT TEMPLATE NUMBER CROSSING\n");
		return 2;
	}
	root = argv[1];
	snprintf(path, sizeof(path), "%s/.governor.lock", root);
	if (file_read_at(AT_FDCWD, path, pid, sizeof(pid), NULL) < 0)
		fail(path);
	pid[strcspn(pid, "\n")] = '\0';
	if (!number_u64(pid, &service))
		fail(path);
	members = mmap(NULL, number * sizeof(*members), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (members == MAP_FAILED)
		fail("memory");
	setvbuf(stdout, NULL, _IOLBF, 0);
	make_all(number, argv[2]);
	bench((pid_t) service, number, crossing);
	end_all(number);
	return 0;
}
