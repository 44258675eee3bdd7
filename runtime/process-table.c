// SPDX-License-Identifier: Apache-2.0
/*
 * Processes as people read them.
 * Should: need no program of the host for what is asked most.
 * Must not: fail for a process that ends while it is looked at.
 */
#include "runtime/process-table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"

extern char **environ;

/* proc(5), /proc/PID/stat, from field 3 on. */
enum stat_field { STAT_PPID = 4, STAT_TTY = 7, STAT_UTIME = 14, STAT_STIME = 15, STAT_START = 22 };

#define STAT_FIRST 4 /* field 3 is a letter */
#define STAT_LAST  22

struct process {
	pid_t pid;
	uid_t uid;
	char name[64];
	uint64_t fields[STAT_LAST + 1];
	char command[4096];
};

static bool read_stat(struct process *process)
{
	char path[64];
	char text[1024];
	const char *cursor;
	const char *open;
	char *close;
	int field;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int) process->pid);
	if (file_read_at(AT_FDCWD, path, text, sizeof(text), NULL) <= 0)
		return false;
	/* The name may hold brackets and blanks itself: the last one ends it. */
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (open == NULL || close == NULL || strlen(close) < 4)
		return false;
	*close = '\0';
	snprintf(process->name, sizeof(process->name), "%s", open + 1);
	cursor = close + 4; /* ") S " */
	for (field = STAT_FIRST; field <= STAT_LAST; field++) {
		cursor += *cursor == '-';
		if (!number_u64_next(&cursor, &process->fields[field]))
			return false;
		cursor += *cursor == ' ';
	}
	return true;
}

/* The words with blanks between; "[name]" for one that has none (a zombie). */
static void read_command(struct process *process)
{
	char path[64];
	ssize_t length;
	ssize_t i;
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int) process->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? 0 : fd_read_full(fd, process->command, sizeof(process->command) - 1);
	while (length > 0 && process->command[length - 1] == '\0')
		length--;
	if (length <= 0) {
		snprintf(process->command, sizeof(process->command), "[%s]", process->name);
		return;
	}
	process->command[length] = '\0';
	/* Whoever is inside chose the words: nothing of them may steer a terminal or end the line. */
	for (i = 0; i < length; i++)
		if ((unsigned char) process->command[i] < 0x20 || process->command[i] == 0x7f)
			process->command[i] = process->command[i] == '\0' ? ' ' : '?';
}

static bool read_process(pid_t pid, struct process *process)
{
	char path[64];
	struct stat status;

	*process = (struct process){ .pid = pid };
	snprintf(path, sizeof(path), "/proc/%d", (int) pid);
	if (stat(path, &status) < 0 || !read_stat(process))
		return false;
	process->uid = status.st_uid;
	read_command(process);
	return true;
}

static const char *user_text(uid_t uid, char room[32])
{
	char strings[1024];
	struct passwd entry;
	struct passwd *found = NULL;

	if (getpwuid_r(uid, &entry, strings, sizeof(strings), &found) == 0 && found != NULL &&
	    strlen(entry.pw_name) <= 8)
		snprintf(room, 32, "%s", entry.pw_name);
	else
		snprintf(room, 32, "%u", uid);
	return room;
}

/* Numbers of terminals: Documentation/admin-guide/devices.txt. */
static const char *terminal_text(uint64_t device, char room[32])
{
	unsigned major = major(device);
	unsigned minor = minor(device);

	if (major >= 136 && major <= 143)
		snprintf(room, 32, "pts/%u", (major - 136) * 256 + minor);
	else if (major == 4)
		snprintf(room, 32, minor < 64 ? "tty%u" : "ttyS%u",
			 minor < 64 ? minor : minor - 64);
	else
		snprintf(room, 32, device == 0 ? "?" : "%u:%u", major, minor);
	return room;
}

/* Of today the time, of another day the day. */
static const char *start_text(time_t start, time_t now, char room[32])
{
	struct tm at = { 0 };
	struct tm today = { 0 };

	localtime_r(&start, &at);
	localtime_r(&now, &today);
	if (at.tm_yday == today.tm_yday && at.tm_year == today.tm_year)
		strftime(room, 32, "%H:%M", &at);
	else
		strftime(room, 32, "%b%d", &at);
	return room;
}

static void add_row(const struct process *process, struct text *out)
{
	uint64_t ticks = (uint64_t) sysconf(_SC_CLK_TCK);
	uint64_t used = (process->fields[STAT_UTIME] + process->fields[STAT_STIME]) / ticks;
	uint64_t started = process->fields[STAT_START] / ticks;
	struct timespec up = { 0 };
	time_t now = (time_t) (clock_wall_usec() / 1000000);
	char user[32], terminal[32], start[32];
	uint64_t lived;

	(void) clock_gettime(CLOCK_BOOTTIME, &up);
	lived = (uint64_t) up.tv_sec > started ? (uint64_t) up.tv_sec - started : 0;
	text_addf(out,
		  "%-8s %7d %7" PRIu64 " %2" PRIu64 " %5s %-8s %02" PRIu64 ":%02" PRIu64
		  ":%02" PRIu64 " %s\n",
		  user_text(process->uid, user), (int) process->pid, process->fields[STAT_PPID],
		  lived > 0 ? used * 100 / lived : 0, start_text(now - (time_t) lived, now, start),
		  terminal_text(process->fields[STAT_TTY], terminal), used / 3600, used / 60 % 60,
		  used % 60, process->command);
}

void process_table(const pid_t *pids, size_t count, struct text *out)
{
	struct process process;
	size_t i;

	text_addf(out, "%-8s %7s %7s %2s %5s %-8s %8s %s\n", "UID", "PID", "PPID", "C", "STIME",
		  "TTY", "TIME", "CMD");
	for (i = 0; i < count; i++)
		if (read_process(pids[i], &process))
			add_row(&process, out);
}

/* ---- by ps(1) ---- */

static int spawn_ps(char *const words[], int output, pid_t *pid, struct err *err)
{
	posix_spawn_file_actions_t actions;
	int result;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return err_set(err, ENOMEM, "ps");
	result = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (result == 0)
		result = posix_spawnp(pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	return result != 0 ? err_set(err, result, "run ps") : 0;
}

static int run_ps(char *const words[], struct text *out, struct err *err)
{
	auto_fd int reader = -1;
	auto_fd int writer = -1;
	char chunk[4096];
	ssize_t got;
	int ends[2];
	int status = 0;
	pid_t pid;
	int result;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe");
	reader = ends[0];
	writer = ends[1];
	result = spawn_ps(words, writer, &pid, err);
	fd_close(&writer);
	if (result < 0)
		return result;
	while ((got = fd_read_full(reader, chunk, sizeof(chunk))) > 0)
		text_add_bytes(out, chunk, (size_t) got);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_say(err, EINVAL, "ps failed");
	return text_ok(out) ? 0 : err_set(err, ENOMEM, "ps");
}

/* The word number `column` of a line, counted from 0; "" if there is none. */
static const char *word_at(const char *line, size_t column)
{
	line += strspn(line, " ");
	while (column-- > 0) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return line;
}

static bool is_word(const char *at, const char *word)
{
	return strncmp(at, word, strlen(word)) == 0 && strchr(" \n", at[strlen(word)]) != NULL;
}

static bool is_listed(const char *word, const pid_t *pids, size_t count)
{
	uint64_t pid;
	size_t i;

	if (!number_u64_next(&word, &pid))
		return false;
	for (i = 0; i < count; i++)
		if ((uint64_t) pids[i] == pid)
			return true;
	return false;
}

int process_table_of_ps(char *const words[], const pid_t *pids, size_t count, struct text *out,
			struct err *err)
{
	auto_text struct text all = { 0 };
	size_t column = 0;
	char *cursor;
	char *line;
	int result = run_ps(words, &all, err);

	if (result < 0 || all.length == 0)
		return result;
	cursor = all.bytes;
	line = text_next(&cursor, '\n');
	while (*word_at(line, column) != '\0' && !is_word(word_at(line, column), "PID"))
		column++;
	if (*word_at(line, column) == '\0')
		return err_say(err, EINVAL, "ps prints no column PID with these arguments");
	text_addf(out, "%s\n", line);
	while ((line = text_next(&cursor, '\n')) != NULL)
		if (is_listed(word_at(line, column), pids, count))
			text_addf(out, "%s\n", line);
	return 0;
}
