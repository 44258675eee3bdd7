// SPDX-License-Identifier: Apache-2.0
/*
 * Whom the kernel would kill.
 * Should: weigh as the kernel does, and be quick: it is asked while memory runs out.
 * Must not: take a name for a number: what /proc tells of a process contains what that chose.
 */
#include "runtime/governor/suspects.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"

#define STATUS_ROOM 4096 /* /proc/PID/status has 1.5 KiB */

/* The line "KEY:\t   N kB" of status; lines begin behind a newline, and the kernel escapes those of a name. */
static uint64_t kib_of(const char *status, const char *key)
{
	const char *line = strstr(status, key);
	uint64_t kib = 0;

	if (line == NULL)
		return 0;
	line += strlen(key);
	line += strspn(line, " \t");
	return number_u64_next(&line, &kib) && kib < UINT64_MAX / 1024 ? kib * 1024 : 0;
}

/* The innermost of "NSpid:\t123\t7". */
static pid_t inner_pid(const char *status)
{
	const char *line = strstr(status, "\nNSpid:");
	uint64_t pid = 0;

	if (line == NULL)
		return 0;
	line += strlen("\nNSpid:");
	while (*line == '\t') {
		line++;
		if (!number_u64_next(&line, &pid))
			return 0;
	}
	return pid <= INT32_MAX ? (pid_t) pid : 0;
}

static void take_name(const char *status, struct suspect *suspect)
{
	const char *name = status + strlen("Name:");

	name += strspn(name, "\t ");
	snprintf(suspect->comm, sizeof(suspect->comm), "%.*s", (int) (strcspn(name, "\n") % 64),
		 name);
}

static int read_adj(int dirfd)
{
	char text[16];
	int64_t adj = 0;

	if (file_read_at(dirfd, "oom_score_adj", text, sizeof(text), NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return number_i64(text, &adj) && adj >= -1000 && adj <= 1000 ? (int) adj : 0;
}

/* Words are ended by NUL; a longer line is cut. */
static void read_cmdline(int dirfd, struct suspect *suspect)
{
	auto_fd int fd = openat(dirfd, "cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? fd_read_full(fd, suspect->cmdline, SUSPECT_LINE - 1) : 0;
	ssize_t i;

	if (length < 0)
		length = 0;
	while (length > 0 && suspect->cmdline[length - 1] == '\0')
		length--;
	for (i = 0; i < length; i++)
		if (suspect->cmdline[i] == '\0')
			suspect->cmdline[i] = ' ';
	suspect->cmdline[length] = '\0';
}

static int64_t badness(const struct suspect *suspect, uint64_t limit_bytes)
{
	uint64_t bytes = suspect->anon_bytes + suspect->file_bytes + suspect->shmem_bytes +
			 suspect->swap_bytes + suspect->pgtables_bytes;
	int64_t thousandth = limit_bytes < INT64_MAX ? (int64_t) (limit_bytes / 1000) : 0;

	return (int64_t) bytes + thousandth * suspect->oom_score_adj;
}

bool suspect_read(int procfd, pid_t pid, uint64_t limit_bytes, struct suspect *suspect)
{
	char status[STATUS_ROOM];
	char name[16];
	auto_fd int dirfd = -1;

	snprintf(name, sizeof(name), "%d", (int) pid);
	dirfd = openat(procfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0 || file_read_at(dirfd, "status", status, sizeof(status), NULL) < 0 ||
	    strstr(status, "\nVmRSS:") == NULL)
		return false;
	*suspect = (struct suspect){ .pid = pid,
				     .ns_pid = inner_pid(status),
				     .anon_bytes = kib_of(status, "\nRssAnon:"),
				     .file_bytes = kib_of(status, "\nRssFile:"),
				     .shmem_bytes = kib_of(status, "\nRssShmem:"),
				     .swap_bytes = kib_of(status, "\nVmSwap:"),
				     .pgtables_bytes = kib_of(status, "\nVmPTE:"),
				     .oom_score_adj = read_adj(dirfd) };
	if (suspect->oom_score_adj == -1000)
		return false;
	take_name(status, suspect);
	read_cmdline(dirfd, suspect);
	suspect->badness_bytes = badness(suspect, limit_bytes);
	return true;
}

/* Into the worst few, in order. Of two equal ones the first stays, as the kernel keeps it. */
static void insert(struct suspects *suspects, const struct suspect *suspect)
{
	size_t i = suspects->count;

	if (i == SUSPECTS && suspect->badness_bytes <= suspects->items[i - 1].badness_bytes)
		return;
	i = i < SUSPECTS ? i : SUSPECTS - 1;
	for (; i > 0 && suspects->items[i - 1].badness_bytes < suspect->badness_bytes; i--)
		suspects->items[i] = suspects->items[i - 1];
	suspects->items[i] = *suspect;
	suspects->count += suspects->count < SUSPECTS;
}

bool suspects_knows(const struct suspects *suspects, pid_t pid)
{
	size_t i;

	for (i = 0; i < suspects->pid_count; i++)
		if (suspects->pids[i] == pid)
			return true;
	return false;
}

/* The newest of them are remembered. */
static void remember(struct suspects *suspects, const pid_t *pids, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (suspects_knows(suspects, pids[i]))
			continue;
		if (suspects->pid_count == SUSPECTS_PIDS) {
			memmove(suspects->pids, suspects->pids + 1,
				(SUSPECTS_PIDS - 1) * sizeof(suspects->pids[0]));
			suspects->pid_count--;
		}
		suspects->pids[suspects->pid_count++] = pids[i];
	}
}

void suspects_take(struct suspects *suspects, const struct cgroup *cgroup, uint64_t limit_bytes)
{
	auto_fd int procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_free pid_t *pids = NULL;
	size_t count = 0;
	size_t i;

	if (procfd < 0 || cgroup_pids(cgroup, &pids, &count, NULL) < 0 || count == 0)
		return;
	suspects->count = suspects->asked = 0;
	suspects->processes = (uint32_t) count;
	for (i = 0; i < count && i < SUSPECTS_ASKED; i++) {
		struct suspect suspect;

		suspects->asked++;
		if (suspect_read(procfd, pids[i], limit_bytes, &suspect))
			insert(suspects, &suspect);
	}
	remember(suspects, pids, count);
	suspects->at_usec = clock_monotonic_usec();
}

void suspects_mend(struct suspects *suspects)
{
	size_t i;

	if (suspects->count > SUSPECTS)
		suspects->count = SUSPECTS;
	if (suspects->pid_count > SUSPECTS_PIDS)
		suspects->pid_count = SUSPECTS_PIDS;
	for (i = 0; i < SUSPECTS; i++) {
		suspects->items[i].comm[SUSPECT_COMM - 1] = '\0';
		suspects->items[i].cmdline[SUSPECT_LINE - 1] = '\0';
	}
}
