// SPDX-License-Identifier: Apache-2.0
/*
 * Heaps of language runtimes as files, for whoever is to find out later what filled them.
 * Should: keep the few newest, and leave the disk the room that it needs.
 * Must not: be what fills the disk, or touch a file that is not a dump of ours.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/shed/shed.h"

#define PREFIX "weir-heap-"
/* With the one that is about to be made: a second one shows what grew. */
#define KEPT 2

/* What the process has in memory: its dump is about as large. */
static uint64_t resident_bytes(const struct shed_target *target)
{
	char path[48];
	char status[4096];
	const char *at;
	uint64_t kib = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int) target->pid);
	if (file_read_at(AT_FDCWD, path, status, sizeof(status), NULL) < 0)
		return 0;
	at = strstr(status, "\nVmRSS:");
	if (at == NULL)
		return 0;
	at += strcspn(at, "0123456789");
	return number_u64_next(&at, &kib) ? kib * 1024 : 0;
}

/* How many dumps there are, and the name of the oldest. */
static size_t count_dumps(int directory, char oldest[256])
{
	auto_fd int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
	struct timespec first = { 0 };
	struct dirent *entry;
	struct stat status;
	size_t count = 0;

	if (entries == NULL)
		return 0;
	(void) take_fd(&copy);
	while ((entry = readdir(entries)) != NULL) {
		if (!text_starts(entry->d_name, PREFIX) ||
		    fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(status.st_mode))
			continue;
		if (count++ > 0 && (status.st_mtim.tv_sec > first.tv_sec ||
				    (status.st_mtim.tv_sec == first.tv_sec &&
				     status.st_mtim.tv_nsec >= first.tv_nsec)))
			continue;
		first = status.st_mtim;
		snprintf(oldest, 256, "%s", entry->d_name);
	}
	closedir(entries);
	return count;
}

static void make_room(int directory)
{
	char oldest[256];

	while (count_dumps(directory, oldest) >= KEPT)
		if (unlinkat(directory, oldest, 0) < 0)
			return;
}

int dump_to(const struct shed_target *target, const struct dumper *dumper, const char *path,
	    char said[SHED_SAID])
{
	auto_fd int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	uint64_t wanted = resident_bytes(target) * 2;
	struct statvfs room;
	char file[300];

	if (directory < 0 || fstatvfs(directory, &room) < 0) {
		snprintf(said, SHED_SAID, "no directory %.100s", path);
		return -1;
	}
	make_room(directory);
	(void) fstatvfs(directory, &room);
	if ((uint64_t) room.f_bavail * room.f_frsize < wanted) {
		snprintf(said, SHED_SAID, "%.60s has less room than the %llu MiB wanted", path,
			 (unsigned long long) (wanted >> 20));
		return -1;
	}
	snprintf(file, sizeof(file), "%.200s/" PREFIX "%d-%lld%s", path, (int) target->pid,
		 (long long) time(NULL), dumper->suffix);
	return dumper->dump(target, file, said);
}
