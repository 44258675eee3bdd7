// SPDX-License-Identifier: Apache-2.0
/*
 * spy: seizes whatever appears in its pid namespace, as whoever has CAP_SYS_PTRACE in a container can.
 *
 *   spy FILE MILLISECONDS     a line for each: `pid 7 CapPrm 0… CapBnd 0… Seccomp 2 fds 3 comm weir`
 *
 * Should: try the next pids without a pause: what is born lives for microseconds.
 * Must not: let one go before it was looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AHEAD 6 /* pids that may be taken meanwhile by others */

static void field(pid_t pid, const char *name, char out[64])
{
	char path[64];
	char line[256];
	size_t length = strlen(name);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int) pid);
	snprintf(out, 64, "?");
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			(void) sscanf(line + length + 1, "%60s", out);
	if (file != NULL)
		fclose(file);
}

static int count_fds(pid_t pid)
{
	char path[64];
	DIR *folder;
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int) pid);
	folder = opendir(path);
	if (folder == NULL)
		return -1;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count - 2;
}

static void report(FILE *out, pid_t pid)
{
	char permitted[64];
	char bounding[64];
	char filter[64];
	char name[64];
	int status;

	/* It stops on its way to the next instruction of its own. */
	(void) ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	(void) waitpid(pid, &status, __WALL);
	field(pid, "CapPrm", permitted);
	field(pid, "CapBnd", bounding);
	field(pid, "Seccomp", filter);
	field(pid, "Name", name);
	fprintf(out, "pid %d CapPrm %s CapBnd %s Seccomp %s fds %d comm %s\n", (int) pid, permitted,
		bounding, filter, count_fds(pid), name);
	fflush(out);
	(void) ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double) time.tv_sec * 1000 + (double) time.tv_nsec / 1e6;
}

/* The last pid that was given away. */
static pid_t last_pid(void)
{
	char text[128] = "";
	int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	const char *last;
	int pid = 0;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		exit(1);
	close(fd);
	last = strrchr(text, ' ');
	return last != NULL && sscanf(last, "%d", &pid) == 1 ? pid : 0;
}

int main(int argc, char **argv)
{
	FILE *out = argc == 3 ? fopen(argv[1], "we") : NULL;
	int milliseconds;
	double end;
	pid_t next;

	if (out == NULL || sscanf(argv[2], "%d", &milliseconds) != 1)
		return 2;
	end = now() + milliseconds;
	next = last_pid() + 1;
	while (now() < end) {
		pid_t pid;

		for (pid = next; pid < next + AHEAD; pid++) {
			if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
				continue;
			report(out, pid);
			next = pid + 1;
		}
		/* Those that went by. */
		if (last_pid() >= next + AHEAD / 2)
			next = last_pid() - 1;
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
	}
	return 0;
}
