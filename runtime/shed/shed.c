// SPDX-License-Identifier: Apache-2.0
/*
 * Which process is of which runtime.
 * Should: tell by what is mapped, which no name can pretend away.
 * Must not: let one process that does not answer keep the others waiting for ever.
 */
#include "runtime/shed/shed.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"

#define AT_MOST	  32 /* processes asked: a fork bomb is not */
#define DUMPED	  2  /* as many as are kept */
#define MAPS_ROOM (256 << 10)

static const struct kind {
	const char *name;
	const char *mapped; /* the end of a line of /proc/PID/maps */
	int (*shed)(const struct shed_target *target, char said[SHED_SAID]);
	struct dumper dumper;
} kinds[] = {
	{ "jvm", "/libjvm.so", shed_jvm, { dump_jvm, ".hprof" } },
	{ "dotnet", "/libcoreclr.so", shed_dotnet, { 0 } },
	{ "node", "/node", shed_node, { dump_node, ".heapsnapshot" } },
	{ "redis", "/redis-server", shed_redis, { 0 } },
	/* Debian's: one program by three names */
	{ "redis", "/redis-check-rdb", shed_redis, { 0 } },
	{ "redis", "/valkey-server", shed_redis, { 0 } },
};

static const struct kind *kind_of(int proc)
{
	static char maps[MAPS_ROOM];
	auto_fd int fd = openat(proc, "maps", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? fd_read_full(fd, maps, sizeof(maps) - 1) : -1;
	size_t i;

	if (length <= 0)
		return NULL;
	maps[length] = '\0';
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *at = strstr(maps, kinds[i].mapped);

		if (at != NULL && strcspn(at, "\n") == strlen(kinds[i].mapped))
			return &kinds[i];
	}
	return NULL;
}

static bool catches_quit(const char *status)
{
	const char *at = strstr(status, "\nSigCgt:\t");
	char digit;

	/* Sixteen hexadecimal digits; SIGQUIT (3) is bit 2 of the last. */
	if (at == NULL || strlen(at) < 9 + 16)
		return false;
	digit = at[9 + 15];
	return digit >= 'a' ? ((digit - 'a' + 10) & 4) != 0 : ((digit - '0') & 4) != 0;
}

static uint64_t effective_id(const char *status, const char *key)
{
	const char *at = strstr(status, key);
	uint64_t id = 0;

	if (at == NULL)
		return UINT64_MAX;
	/* real, effective, … */
	at += strlen(key);
	at += strcspn(at, "\t");
	at += strspn(at, "\t");
	return number_u64_next(&at, &id) ? id : UINT64_MAX;
}

static bool describe(int proc, pid_t pid, struct shed_target *target)
{
	char status[4096];
	ssize_t length;
	ssize_t i;

	*target = (struct shed_target){ .pid = pid };
	if (file_read_at(proc, "status", status, sizeof(status), NULL) < 0)
		return false;
	target->uid = (uid_t) effective_id(status, "\nUid:\t");
	target->gid = (gid_t) effective_id(status, "\nGid:\t");
	target->catches_quit = catches_quit(status);
	length = file_read_at(proc, "cmdline", target->cmdline, sizeof(target->cmdline), NULL);
	for (i = 0; i + 1 < length; i++)
		if (target->cmdline[i] == '\0')
			target->cmdline[i] = ' ';
	return true;
}

/* The doors open for the same user only. */
static bool become(const struct shed_target *target)
{
	if (geteuid() == target->uid)
		return true;
	return setgroups(0, NULL) == 0 && setresgid(target->gid, target->gid, target->gid) == 0 &&
	       setresuid(target->uid, target->uid, target->uid) == 0;
}

/* In a process of its own: it may become another user, and hang. */
static void ask(const struct kind *kind, const struct shed_target *target, const char *directory)
{
	char said[SHED_SAID] = "";
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (pid > 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return;
	}
	if (!become(target))
		snprintf(said, sizeof(said), "it is another user's");
	/* After the change of ids, which resets it (prctl(2)). */
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (said[0] == '\0' && directory == NULL)
		(void) kind->shed(target, said);
	else if (said[0] == '\0')
		(void) dump_to(target, &kind->dumper, directory, said);
	dprintf(STDOUT_FILENO, "%s: %s %d: %s\n", directory == NULL ? "shed" : "heap-dump",
		kind->name, (int) target->pid, said);
	_exit(0);
}

/* `directory` NULL: shed. */
static int ask_all(const char *directory)
{
	const int at_most = directory == NULL ? AT_MOST : DUMPED;
	struct shed_target target;
	struct dirent *entry;
	int asked = 0;
	DIR *processes = opendir("/proc");

	while (processes != NULL && asked < at_most && (entry = readdir(processes)) != NULL) {
		auto_fd int proc = -1;
		const struct kind *kind;
		uint64_t pid = 0;

		if (!number_u64(entry->d_name, &pid))
			continue;
		proc = openat(dirfd(processes), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		kind = proc >= 0 ? kind_of(proc) : NULL;
		if (kind == NULL || (directory != NULL && kind->dumper.dump == NULL) ||
		    !describe(proc, (pid_t) pid, &target))
			continue;
		ask(kind, &target, directory);
		asked++;
	}
	if (processes != NULL)
		closedir(processes);
	if (asked == 0)
		dprintf(STDOUT_FILENO, "%s: no language runtime that can be asked from outside\n",
			directory == NULL ? "shed" : "heap-dump");
	return asked;
}

int shed_all(const void *unused)
{
	(void) unused;
	return ask_all(NULL);
}

int dump_all(const void *directory)
{
	return ask_all(directory);
}
