// SPDX-License-Identifier: Apache-2.0
/*
 * Reports that outlive their containers.
 * Should: keep the newest whole, and not more than promised.
 * Must not: remove a file that is no report.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/governor/explain.h"

struct kept {
	char name[NAME_MAX + 1];
	struct timespec written;
};

struct shelf {
	struct kept *reports;
	size_t count, room;
};

static int newest_first(const void *a, const void *b)
{
	const struct kept *left = a;
	const struct kept *right = b;

	if (left->written.tv_sec != right->written.tv_sec)
		return left->written.tv_sec < right->written.tv_sec ? 1 : -1;
	if (left->written.tv_nsec != right->written.tv_nsec)
		return left->written.tv_nsec < right->written.tv_nsec ? 1 : -1;
	return strcmp(left->name, right->name);
}

static int put(struct shelf *shelf, const char *name, const struct stat *status)
{
	size_t room = shelf->room > 0 ? 2 * shelf->room : REPORTS_KEPT + 1;
	struct kept *reports = shelf->reports;

	if (shelf->count == shelf->room) {
		reports = realloc(reports, room * sizeof(*reports));
		if (reports == NULL)
			return -ENOMEM;
		shelf->reports = reports;
		shelf->room = room;
	}
	snprintf(reports[shelf->count].name, sizeof(reports[0].name), "%s", name);
	reports[shelf->count++].written = status->st_mtim;
	return 0;
}

/* A report is a plain file NAME.json; half-written ones have another name. */
static int list(DIR *dir, struct shelf *shelf)
{
	struct dirent *entry;
	struct stat status;
	int result = 0;

	while (result == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || !text_ends(entry->d_name, ".json") ||
		    fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(status.st_mode))
			continue;
		result = put(shelf, entry->d_name, &status);
	}
	return result;
}

static int remove_oldest(int reports_dirfd, struct err *err)
{
	struct shelf shelf = { 0 };
	int fd = openat(reports_dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	size_t i;
	int result;

	if (dir == NULL) {
		result = err_set(err, errno, "reports");
		fd_close(&fd);
		return result;
	}
	result = list(dir, &shelf);
	closedir(dir);
	if (result == 0 && shelf.count > REPORTS_KEPT) {
		qsort(shelf.reports, shelf.count, sizeof(*shelf.reports), newest_first);
		for (i = REPORTS_KEPT; i < shelf.count; i++)
			unlinkat(reports_dirfd, shelf.reports[i].name, 0);
	}
	free(shelf.reports);
	return result < 0 ? err_set(err, -result, "reports") : 0;
}

int report_keep(int reports_dirfd, const char *id, const char *json, struct err *err)
{
	char name[NAME_MAX + 1];
	int result;

	/* The caller has checked the id; a path would still be worse here than a refusal. */
	if (id[0] == '\0' || id[0] == '.' || strchr(id, '/') != NULL ||
	    snprintf(name, sizeof(name), "%s.json", id) >= (int) sizeof(name))
		return err_say(err, EINVAL, "report: '%s' is not a name", id);
	result = file_replace_at(reports_dirfd, name, json, 0600, err);
	if (result < 0)
		return err_context(err, "report");
	return remove_oldest(reports_dirfd, err);
}
