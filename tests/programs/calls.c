// SPDX-License-Identifier: Apache-2.0
/*
 * System calls, one at a time, for tests of filters. Static: it runs in any root.
 *
 *	calls do NUMBER [ARGUMENT...]       prints "returned N" or "errno N"
 *	calls i386 NUMBER [ARGUMENT...]     the same by the 32-bit entry (x86_64 only)
 *	calls x32 NUMBER [ARGUMENT...]      the same with the x32 bit set (x86_64 only)
 *	calls trapped NUMBER [ARGUMENT...]  with a handler: prints "SIGSYS N errno E"
 *	calls thread NUMBER [ARGUMENT...]   in a thread: prints "the thread is gone" if the call ended it
 *	calls traced NUMBER [ARGUMENT...]   under a tracer: prints "traced with N" for each SECCOMP_RET_TRACE
 *	calls filters                       prints the line "Seccomp_filters" of its status
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define X32_BIT 0x40000000L

struct asked {
	long number;
	long arguments[6];
	bool done;
};

static long call(const struct asked *asked)
{
	const long *a = asked->arguments;

	return syscall(asked->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int print_result(long result)
{
	if (result == -1)
		printf("errno %d\n", errno);
	else
		printf("returned %ld\n", result);
	return 0;
}

static int do_it(struct asked *asked)
{
	return print_result(call(asked));
}

#ifdef __x86_64__
static int do_i386(struct asked *asked)
{
	const long *a = asked->arguments;
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(asked->number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
			 : "memory", "r8", "r9", "r10", "r11");
	/* The 32-bit entry gives 32 bits. */
	result = (int) result;
	if (result < 0 && result > -4096) {
		errno = (int) -result;
		result = -1;
	}
	return print_result(result);
}

static int do_x32(struct asked *asked)
{
	asked->number |= X32_BIT;
	return do_it(asked);
}
#endif

static void tell(int number, siginfo_t *info, void *context)
{
	(void) number;
	(void) context;
	printf("SIGSYS %d errno %d\n", info->si_syscall, info->si_errno);
	fflush(stdout);
	_exit(0);
}

static int do_trapped(struct asked *asked)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	action.sa_sigaction = tell;
	if (sigaction(SIGSYS, &action, NULL) < 0)
		return 1;
	return do_it(asked);
}

static void *in_thread(void *argument)
{
	struct asked *asked = argument;

	(void) call(asked);
	asked->done = true;
	return NULL;
}

static int do_thread(struct asked *asked)
{
	const struct timespec while_it_does = { .tv_nsec = 300000000 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, in_thread, asked) != 0)
		return 1;
	/* Not joined: a thread that is killed is no thread that ends. */
	nanosleep(&while_it_does, NULL);
	puts(asked->done ? "the thread went on" : "the thread is gone");
	fflush(stdout);
	_exit(0);
}

static int be_traced(struct asked *asked)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		return 1;
	(void) raise(SIGSTOP);
	return do_it(asked);
}

static int do_traced(struct asked *asked)
{
	const int seccomp_stop = SIGTRAP | PTRACE_EVENT_SECCOMP << 8;
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		exit(be_traced(asked));
	if (pid < 0 || waitpid(pid, &status, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *) PTRACE_O_TRACESECCOMP) < 0)
		return 1;
	for (;;) {
		unsigned long message = 0;

		if (ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 || waitpid(pid, &status, 0) < 0)
			return 1;
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return 0;
		if (status >> 8 != seccomp_stop)
			continue;
		(void) ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message);
		printf("traced with %lu\n", message);
		fflush(stdout);
	}
}

static int print_filters(void)
{
	char line[256];
	FILE *status = fopen("/proc/self/status", "re");

	while (status != NULL && fgets(line, sizeof(line), status) != NULL)
		if (strncmp(line, "Seccomp", 7) == 0 || strncmp(line, "Speculation", 11) == 0)
			fputs(line, stdout);
	return status == NULL || fclose(status) != 0;
}

static const struct {
	const char *name;
	int (*run)(struct asked *asked);
} ways[] = {
	{ "do", do_it },	 { "trapped", do_trapped },
	{ "thread", do_thread }, { "traced", do_traced },
#ifdef __x86_64__
	{ "i386", do_i386 },	 { "x32", do_x32 },
#endif
};

int main(int argc, char **argv)
{
	struct asked asked = { 0 };
	size_t i;

	if (argc == 2 && strcmp(argv[1], "filters") == 0)
		return print_filters();
	if (argc < 3 || argc > 9)
		return 2;
	asked.number = (long) strtoull(argv[2], NULL, 0); /* lint: allowed */
	for (i = 3; i < (size_t) argc; i++)
		asked.arguments[i - 3] = (long) strtoull(argv[i], NULL, 0); /* lint: allowed */
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, argv[1]) == 0)
			return ways[i].run(&asked);
	return 2;
}
