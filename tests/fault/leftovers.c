// SPDX-License-Identifier: Apache-2.0
/*
 * What a container may leave on a host, and does it.
 * Should: see each kind of it by the kernel's own account.
 * Must not: take what is just ending for what is left.
 */
#include "tests/fault/leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MSEC                                                                              \
	3000 /* an end by SIGKILL takes milliseconds; the rest is for a loaded machine */

static char *mounts_before;

static char *read_mounts(void)
{
	char *text = calloc(1, 1 << 20);
	int fd = open("/proc/self/mountinfo", O_RDONLY);
	size_t length = 0;
	ssize_t got;

	while (text != NULL && (got = read(fd, text + length, (1 << 20) - 1 - length)) > 0)
		length += (size_t) got;
	close(fd);
	return text;
}

void leftovers_begin(void)
{
	(void) prctl(PR_SET_CHILD_SUBREAPER, 1);
	mounts_before = read_mounts();
}

static void pause_msec(long msec)
{
	const struct timespec time = { 0, msec * 1000000 };

	nanosleep(&time, NULL);
}

/* True: none. */
static bool reap_all(void)
{
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
	} while (pid > 0);
	return pid < 0 && errno == ECHILD;
}

static void name_children(char *what, size_t size)
{
	char path[64];
	FILE *file;
	char line[256];
	int length = snprintf(what, size, "processes:");

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int) getpid());
	file = fopen(path, "r");
	if (file != NULL && fgets(line, sizeof(line), file) != NULL && length > 0)
		snprintf(what + length, size - (size_t) length, " %s", line);
	if (file != NULL)
		fclose(file);
}

/* The first entry that is not known; directories only, if asked. */
static bool find_entry(const char *path, bool directories, char *name, size_t size)
{
	DIR *stream = opendir(path);
	struct dirent *entry;
	bool found = false;

	while (stream != NULL && !found && (entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, ".reports") == 0 ||
		    (directories && entry->d_type != DT_DIR))
			continue;
		snprintf(name, size, "%s", entry->d_name);
		found = true;
	}
	if (stream != NULL)
		closedir(stream);
	return found;
}

static bool look(const struct places *places, char *what, size_t size)
{
	char *mounts;
	char name[NAME_MAX + 1];
	bool same;

	if (!reap_all()) {
		name_children(what, size);
		return false;
	}
	if (find_entry(places->root, false, name, sizeof(name))) {
		snprintf(what, size, "state: %s", name);
		return false;
	}
	if (find_entry(places->cgroup, true, name, sizeof(name))) {
		snprintf(what, size, "cgroup: %s", name);
		return false;
	}
	mounts = read_mounts();
	same = mounts != NULL && strcmp(mounts, mounts_before) == 0;
	free(mounts);
	if (!same)
		snprintf(what, size, "mounts");
	return same;
}

bool leftovers_none(const struct places *places, char *what, size_t size)
{
	int waited;

	for (waited = 0; waited < PATIENCE_MSEC; waited += waited < 20 ? 1 : 10) {
		if (look(places, what, size))
			return true;
		pause_msec(waited < 20 ? 1 : 10);
	}
	return look(places, what, size);
}

/* Of a test, with words of its own: $PLACE is what differs. */
static void run(const char *command, const char *place)
{
	if (setenv("PLACE", place, 1) != 0 || system(command) != 0) /* lint: allowed */
		fprintf(stderr, "# could not: %s\n", command);
}

void leftovers_remove(const struct places *places)
{
	run("for g in $(find \"$PLACE\" -mindepth 1 -depth -type d); do"
	    " echo 1 >$g/cgroup.kill; done 2>/dev/null; true",
	    places->cgroup);
	run("for p in $(cat /proc/$PPID/task/$PPID/children); do"
	    " [ $p = $$ ] || kill -9 $p; done 2>/dev/null; sleep 0.1; true",
	    "");
	(void) reap_all();
	run("find \"$PLACE\" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null; true",
	    places->cgroup);
	run("find \"$PLACE\" -mindepth 1 -maxdepth 1 ! -name .reports -exec rm -rf {} +",
	    places->root);
}
