// SPDX-License-Identifier: Apache-2.0
/*
 * governor-host: hosts the governor for one program in a cgroup of its own, without the launcher.
 *
 * Should: show what the governor alone does, count how often it is woken, and print its report.
 * Must not: be a container: the program runs as it is, and hears through the real contract.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/memory.h"
#include "cgroupfs/settings.h"
#include "runtime/base/arena.h"
#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/governor/explain.h"
#include "runtime/governor/governor.h"
#include "runtime/governor/ladder.h"

struct wish {
	uint64_t limit_bytes;
	uint64_t high_bytes;
	uint64_t timeout_usec;
	const char *id;
	const char *report; /* file for the JSON */
	const char *ladder_text;
	bool listen;  /* somebody reads the contract and prints what it hears */
	bool measure; /* the program is our own allocator, see below */
	char **program;
};

static struct wish wish = { .limit_bytes = 256 << 20,
			    .high_bytes = MEMORY_NO_LIMIT,
			    .timeout_usec = 60000000,
			    .id = "host" };

struct host {
	int rootfd;
	struct cgroup cgroup;
	struct ladder ladder;
	char contract_path[64];
	int contract;
	pid_t pid;
	int pidfd;
	pid_t listener;
	struct governor *governor;
	unsigned long wakeups;
	bool timed_out;
};

static struct host host = { .rootfd = -1, .cgroup.dirfd = -1, .contract = -1, .pidfd = -1 };

static _Noreturn void fail(const struct err *err)
{
	fprintf(stderr, "governor-host: %s\n", err->text);
	if (host.cgroup.dirfd >= 0)
		cgroup_kill(&host.cgroup, NULL);
	exit(125);
}

/* ---- the allocator that measures ---- */

/*
 * Full speed, one thread, a page at a time. When each chunk was taken is written down where the host
 * sees it; the time the signal arrived as well.
 */
#define CHUNK  (64 << 10)
#define CHUNKS 65536

struct measured {
	volatile uint64_t chunks;
	volatile uint64_t heard_usec;
	volatile uint64_t heard_chunks;
	uint64_t began_need; /* bytes */
	uint64_t taken_usec[CHUNKS];
};

static struct measured *measured;

static void on_signal(int signal)
{
	(void) signal;
	if (measured->heard_usec == 0) {
		measured->heard_usec = clock_monotonic_usec();
		measured->heard_chunks = measured->chunks;
	}
}

static _Noreturn void allocate(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	size_t bytes = (size_t) CHUNK * CHUNKS;
	volatile char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t at;

	if (memory == MAP_FAILED)
		_exit(124);
	sigaction(SIGUSR1, &action, NULL);
	madvise((void *) (uintptr_t) memory, bytes, MADV_NOHUGEPAGE);
	/* It heard: that is all there was to do. */
	for (at = 0; at < bytes && measured->heard_usec == 0; at += 4096) {
		memory[at] = 1;
		if (at % CHUNK == CHUNK - 4096) {
			measured->taken_usec[measured->chunks] = clock_monotonic_usec();
			measured->chunks = measured->chunks + 1;
		}
	}
	_exit(0);
}

/* From the moment need reached the rung to the program's handler. Need is what was there before,
 * the pages and their tables (one in 512). */
static void print_latency(void)
{
	uint64_t rung = wish.limit_bytes / 100 * host.ladder.rungs[0].percent;
	uint64_t pages = (rung - measured->began_need) / 513 * 512 / CHUNK;

	if (measured->heard_usec == 0) {
		printf("never heard\n");
		return;
	}
	/* The slack: what the kernel may hide of need. */
	if (pages >= measured->heard_chunks) {
		printf("latency 0 usec, %llu KiB before the rung\n",
		       (unsigned long long) (pages - measured->heard_chunks) * CHUNK / 1024);
		return;
	}
	printf("latency %llu usec, %llu KiB past the rung\n",
	       (unsigned long long) (measured->heard_usec - measured->taken_usec[pages]),
	       (unsigned long long) (measured->heard_chunks - pages) * CHUNK / 1024);
}

/* ---- the program ---- */

static _Noreturn void become_program(int go)
{
	struct err err = { 0 };
	char byte;

	if (cgroup_join(&host.cgroup, 0, &err) < 0) {
		fprintf(stderr, "governor-host: %s\n", err.text);
		_exit(125);
	}
	if (read(go, &byte, 1) != 1)
		_exit(125);
	if (wish.measure)
		allocate();
	execvp(wish.program[0], wish.program);
	_exit(127);
}

static void start_program(int *release)
{
	struct err err = { 0 };
	int go[2];

	if (pipe2(go, O_CLOEXEC) < 0) {
		err_set(&err, errno, "pipe");
		fail(&err);
	}
	fflush(NULL);
	host.pid = fork();
	if (host.pid == 0) {
		close(go[1]);
		become_program(go[0]);
	}
	close(go[0]);
	*release = go[1];
	host.pidfd = pidfd_open(host.pid, 0);
	if (host.pidfd < 0) {
		err_set(&err, errno, "pidfd_open");
		fail(&err);
	}
}

/* Prints each line of the FIFO with its rung first. */
static void start_listener(void)
{
	char path[80];
	char line[1024];
	FILE *fifo;

	if (!wish.listen)
		return;
	snprintf(path, sizeof(path), "%s/pressure", host.contract_path);
	fflush(NULL);
	host.listener = fork();
	if (host.listener != 0)
		return;
	fifo = fopen(path, "r");
	while (fifo != NULL && fgets(line, sizeof(line), fifo) != NULL) {
		printf("heard %s", line);
		fflush(stdout);
	}
	_exit(0);
}

/* ---- the governor's callbacks ---- */

static void say(void *context, const char *line)
{
	(void) context;
	printf("say %s\n", line);
	fflush(stdout);
}

static int exec_hook(void *context, const char *const words[], const char *const env[], int *pidfd,
		     struct err *err)
{
	pid_t pid;

	(void) context;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		execve(words[0], (char **) (uintptr_t) words, (char **) (uintptr_t) env);
		_exit(127);
	}
	*pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
	return *pidfd >= 0 ? 0 : err_set(err, errno, "exec");
}

/* ---- setting up ---- */

static void make_contract(struct err *err)
{
	snprintf(host.contract_path, sizeof(host.contract_path), "/tmp/governor-host-XXXXXX");
	if (mkdtemp(host.contract_path) == NULL)
		err_set(err, errno, "mkdtemp");
	host.contract = open(host.contract_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (host.contract < 0 || mkfifoat(host.contract, "pressure", 0600) < 0)
		err_set(err, errno, "pressure");
	if (err->number != 0)
		fail(err);
}

static void make_cgroup(struct err *err)
{
	struct cgroup_settings settings = {
		.memory_max_bytes = { CGROUP_LIMIT_VALUE, wish.limit_bytes },
		.memory_swap_max_bytes = { CGROUP_LIMIT_VALUE, 0 },
	};
	const struct cgroup_controllers wanted = { .needed = CGROUP_MEMORY };
	char path[CGROUP_PATH_ROOM];

	if (wish.high_bytes != MEMORY_NO_LIMIT)
		settings.memory_high_bytes =
			(struct cgroup_limit){ CGROUP_LIMIT_VALUE, wish.high_bytes };
	snprintf(path, sizeof(path), "/governor-host/%s", wish.id);
	if (cgroup_root_open("/sys/fs/cgroup", &host.rootfd, err) < 0 ||
	    cgroup_create(host.rootfd, path, wanted, &host.cgroup, err) < 0 ||
	    cgroup_settings_apply(host.cgroup.dirfd, &settings, err) < 0)
		fail(err);
}

static void govern(struct err *err)
{
	struct governed governed = {
		.id = wish.id,
		.cgroup_rootfd = host.rootfd,
		.cgroup = &host.cgroup,
		.init_pid = host.pid,
		.init_pidfd = host.pidfd,
		.ladder = wish.ladder_text != NULL ? &host.ladder : NULL,
		.config_high_bytes = wish.high_bytes,
		.contract_dirfd = host.contract,
		.changed_fd = -1,
		.timeline_fd = -1,
		.recorder_fd = -1,
		.stop_signal = SIGTERM,
		.exec = exec_hook,
		.say = say,
	};

	if (governor_open(&host.governor, err) < 0 ||
	    governor_add(host.governor, &governed, err) < 0 ||
	    governor_guard(host.governor, err) < 0)
		fail(err);
}

/* ---- the loop ---- */

static void turn(uint64_t deadline_usec, struct err *err)
{
	struct pollfd slots[] = { { .fd = governor_fd(host.governor), .events = POLLIN },
				  { .fd = host.pidfd, .events = POLLIN } };
	uint64_t now = clock_monotonic_usec();
	int left_msec = deadline_usec > now ? (int) ((deadline_usec - now) / 1000) + 1 : 0;

	/* Once the time is over, the program is killed and only waited for. */
	if (poll(slots, 2, host.timed_out ? -1 : left_msec) == 0) {
		host.timed_out = true;
		cgroup_kill(&host.cgroup, err);
		return;
	}
	if (slots[0].revents == 0)
		return;
	if (slots[1].revents == 0)
		host.wakeups++;
	if (governor_dispatch(host.governor, err) < 0)
		fail(err);
}

static void read_ending(struct ending *ending)
{
	int status = 0;

	while (waitpid(host.pid, &status, 0) < 0 && errno == EINTR)
		;
	ending->kind = WIFSIGNALED(status) ? ENDING_SIGNALED : ENDING_EXITED;
	ending->value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	ending->timed_out = host.timed_out;
}

static void save(const char *json, struct err *err)
{
	FILE *file = fopen(wish.report, "we");

	if (file == NULL || fputs(json, file) < 0 || fclose(file) != 0) {
		err_set(err, errno, "%s", wish.report);
		fail(err);
	}
}

static void print_report(const struct ending *ending, struct err *err)
{
	auto_emit struct emit emit = { 0 };
	auto_arena struct arena arena = { 0 };
	auto_text struct text text = { 0 };
	const struct json *report = NULL;
	const char *json;

	emit_open(&emit, true);
	if (governor_finish(host.governor, wish.id, ending, &emit, err) < 0)
		fail(err);
	json = emit_text(&emit);
	if (json == NULL || json_parse(&arena, json, strlen(json), &report, err) < 0)
		fail(err);
	if (wish.report != NULL)
		save(json, err);
	report_text(report, &text);
	fputs(text_string(&text), stdout);
	printf("verdict %s\nwakeups %lu\n", report_verdict(report), host.wakeups);
}

static void check_restored(void)
{
	uint64_t high = 0;

	if (memory_value_read(host.cgroup.dirfd, "memory.high", &high, NULL) == 0)
		printf("memory.high %s\n", high == wish.high_bytes ? "restored" : "not restored");
}

static void clean(void)
{
	struct err err = { 0 };

	if (host.listener > 0) {
		kill(host.listener, SIGTERM);
		waitpid(host.listener, NULL, 0);
	}
	cgroup_kill(&host.cgroup, &err);
	if (cgroup_remove(host.rootfd, host.cgroup.path, 5000, &err) < 0)
		fprintf(stderr, "governor-host: %s\n", err.text);
	file_remove_tree_at(AT_FDCWD, host.contract_path, &err);
}

static int run(void)
{
	struct err err = { 0 };
	struct memory_stat stat = { 0 };
	struct ending ending = { 0 };
	uint64_t deadline;
	int release = -1;
	char path[80];

	make_contract(&err);
	make_cgroup(&err);
	snprintf(path, sizeof(path), "%s/pressure", host.contract_path);
	setenv("MEMORY_PRESSURE_WATCH", path, 1);
	start_program(&release);
	start_listener();
	govern(&err);
	if (wish.measure && memory_stat_read(host.cgroup.dirfd, &stat, &err) == 0)
		measured->began_need = memory_need(&stat, UINT64_MAX);
	deadline = clock_monotonic_usec() + wish.timeout_usec;
	if (write(release, "", 1) != 1)
		return 125;
	while (!governor_ended(host.governor))
		turn(deadline, &err);
	read_ending(&ending);
	if (wish.measure)
		print_latency();
	print_report(&ending, &err);
	check_restored();
	governor_close(host.governor);
	clean();
	return ending.kind == ENDING_EXITED ? ending.value : 128 + ending.value;
}

/* ---- the command line; what an unprivileged host would not have: this one goes on without. */
static bool drop_capability(const char *value)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };
	uint64_t number = 64;

	if (!number_u64(value, &number) || number > 63 || syscall(SYS_capget, &header, data) < 0)
		return false;
	data[number / 32].effective &= ~(1U << number % 32);
	return syscall(SYS_capset, &header, data) == 0;
}

static bool take_option(int option, const char *value)
{
	switch (option) {
	case 'l':
		return number_bytes(value, &wish.limit_bytes);
	case 'h':
		return number_bytes(value, &wish.high_bytes);
	case 't':
		return number_duration(value, &wish.timeout_usec);
	case 'L':
		wish.ladder_text = value;
		return true;
	case 'i':
		wish.id = value;
		return true;
	case 'r':
		wish.report = value;
		return true;
	case 'd':
		return drop_capability(value);
	case 'e':
		return wish.listen = true;
	case 'm':
		return wish.measure = true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option rows[] = {
		{ "limit", required_argument, NULL, 'l' },
		{ "high", required_argument, NULL, 'h' },
		{ "timeout", required_argument, NULL, 't' },
		{ "ladder", required_argument, NULL, 'L' },
		{ "id", required_argument, NULL, 'i' },
		{ "report", required_argument, NULL, 'r' },
		{ "listen", no_argument, NULL, 'e' },
		{ "measure", no_argument, NULL, 'm' },
		{ "drop-capability", required_argument, NULL, 'd' },
		{ 0 },
	};
	struct err err = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "+", rows, NULL)) != -1) {
		if (!take_option(option, optarg)) {
			fprintf(stderr,
				"usage: governor-host [--limit N] [--high N] [--ladder TEXT] [--id ID]\n"
				"  [--report FILE] [--timeout N] [--listen] [--drop-capability N]...\n"
				"  --measure | -- PROGRAM [ARG...]\n");
			return 2;
		}
	}
	wish.program = argv + optind;
	if (!wish.measure && *wish.program == NULL)
		return 2;
	if (wish.ladder_text != NULL && ladder_parse(wish.ladder_text, &host.ladder, &err) < 0)
		fail(&err);
	measured = mmap(NULL, sizeof(*measured), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return measured != MAP_FAILED ? run() : 125;
}
