// SPDX-License-Identifier: Apache-2.0
/*
 * witness: sees what a shell is too slow for.
 *
 *	witness kill PID FILE CONTENT	ends PID by SIGKILL and prints how many usec later FILE has CONTENT
 *	witness killif PID FILE CONTENT	the same as soon as FILE has something else
 *	witness reap COMMAND [ARG...]	runs it as a subreaper and prints the name of each process that it is left to reap
 *	redis-server 127.0.0.1:PORT	(by that name) prints the line that somebody sends, and answers +OK
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/number.h"

#define PATIENCE_USEC 5000000

static unsigned long long now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long long) now.tv_sec * 1000000 + (unsigned long long) now.tv_nsec / 1000;
}

static int has(int fd, const char *content)
{
	char seen[64] = "";
	ssize_t length = pread(fd, seen, sizeof(seen) - 1, 0);

	seen[length > 0 ? strcspn(seen, "\n") : 0] = '\0';
	return strcmp(seen, content) == 0;
}

static int kill_and_see(const char *pid, const char *file, const char *content, int waits)
{
	const struct timespec pause = { 0, 200000 };
	unsigned long long began;
	int fd = open(file, O_RDONLY);
	uint64_t number = 0;

	if (fd < 0 || !number_u64(pid, &number) || number <= 1) {
		perror(file);
		return 2;
	}
	began = now_usec();
	while (waits && has(fd, content) && now_usec() - began < PATIENCE_USEC)
		nanosleep(&pause, NULL);
	if (has(fd, content)) {
		printf("already\n");
		return 1;
	}
	began = now_usec();
	if (kill((pid_t) number, SIGKILL) < 0) {
		perror("kill");
		return 2;
	}
	while (!has(fd, content)) {
		if (now_usec() - began > PATIENCE_USEC) {
			printf("never\n");
			return 1;
		}
		nanosleep(&pause, NULL);
	}
	printf("%llu\n", now_usec() - began);
	return 0;
}

static void print_name(pid_t pid)
{
	char path[64];
	char name[64] = "?\n";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int) pid);
	file = fopen(path, "r");
	if (file != NULL && fgets(name, sizeof(name), file) == NULL)
		snprintf(name, sizeof(name), "?\n");
	if (file != NULL)
		fclose(file);
	printf("reaped %s", name);
}

static int reap(char **command)
{
	siginfo_t info = { 0 };
	pid_t pid;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return 2;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	while (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0 || errno == EINTR) {
		if (info.si_pid != pid)
			print_name(info.si_pid);
		waitpid(info.si_pid, NULL, 0);
	}
	return 0;
}

static int serve(const char *where)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const char *port = strchr(where, ':');
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	const int again = 1;
	uint64_t number = 0;
	char line[128];
	ssize_t length;
	int fd;

	if (port == NULL || !number_u64(port + 1, &number))
		return 2;
	address.sin_port = htons((in_port_t) number);
	(void) setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &again, sizeof(again));
	if (bind(listener, (const struct sockaddr *) &address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0) {
		perror("listen");
		return 1;
	}
	fd = accept(listener, NULL, NULL);
	length = read(fd, line, sizeof(line) - 1);
	line[length > 0 ? length : 0] = '\0';
	printf("asked %s", line);
	fflush(stdout);
	if (write(fd, "+OK\r\n", 5) != 5)
		return 1;
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strstr(argv[0], "/redis-server") != NULL)
		return serve(argv[1]);
	if (argc == 5 && strcmp(argv[1], "kill") == 0)
		return kill_and_see(argv[2], argv[3], argv[4], 0);
	if (argc == 5 && strcmp(argv[1], "killif") == 0)
		return kill_and_see(argv[2], argv[3], argv[4], 1);
	if (argc > 2 && strcmp(argv[1], "reap") == 0)
		return reap(argv + 2);
	fprintf(stderr, "usage: witness kill|killif PID FILE CONTENT | reap COMMAND [ARG...]\n");
	return 2;
}
