// SPDX-License-Identifier: Apache-2.0
/*
 * Classes of service of Intel RDT, in a resctrl file system.
 * Should: leave a group that somebody else made as it is, but for the lines that the config asks to write.
 * Must not: remove what it did not make.
 */
#include "runtime/rdt.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"
#include "runtime/state.h"

#define MON_GROUPS     "mon_groups"
#define SCHEMATA_BYTES 4096 /* one line a resource, one number a cache */

static int open_directory(int dirfd, const char *path)
{
	return openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Where a resctrl is mounted; the caller frees it. NULL: nowhere. */
static char *find_mount(void)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;
	char *found = NULL;

	while (table != NULL && found == NULL && (entry = getmntent(table)) != NULL)
		if (strcmp(entry->mnt_type, "resctrl") == 0)
			found = strdup(entry->mnt_dir);
	if (table != NULL)
		endmntent(table);
	return found;
}

int rdt_open(struct err *err)
{
	const char *elsewhere = getenv("WEIR_RESCTRL");
	auto_free char *mount = elsewhere != NULL ? strdup(elsewhere) : find_mount();
	int root;

	if (mount == NULL)
		return err_say(err, ENODEV,
			       "/linux/intelRdt: no resctrl file system is mounted (mount -t "
			       "resctrl resctrl /sys/fs/resctrl; the processor has to have RDT)");
	root = open_directory(AT_FDCWD, mount);
	return root < 0 ? err_set(err, errno, "/linux/intelRdt: %s", mount) : root;
}

/* ---- schemata ---- */

/* The kernel says more than EINVAL in info/last_cmd_status. */
static int explain_write(int root, const char *line, int number, struct err *err)
{
	char status[256];

	if (file_read_at(root, "info/last_cmd_status", status, sizeof(status), NULL) <= 0)
		status[0] = '\0';
	status[strcspn(status, "\n")] = '\0';
	return err_set(err, number, "/linux/intelRdt: schemata '%.128s'%s%s", line,
		       status[0] != '\0' ? ": " : "", status);
}

static int write_line(int root, int fd, const char *line, struct err *err)
{
	auto_text struct text text = { 0 };
	ssize_t put;

	text_addf(&text, "%s\n", line);
	if (!text_ok(&text))
		return err_set(err, ENOMEM, "schemata");
	put = write(fd, text_string(&text), text.length);
	return put < 0 ? explain_write(root, line, errno, err) : 0;
}

/* A file of a group. The kernel makes them with the group: that one is made where it is missing is
 * for trees that are no resctrl. */
static int open_file(int group, const char *name)
{
	return openat(group, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
}

int rdt_write_schemata(int root, const char *group, const char *const lines[], size_t count,
		       struct err *err)
{
	auto_fd int dir = open_directory(root, group);
	auto_fd int fd = dir < 0 ? -1 : open_file(dir, "schemata");
	size_t i;
	int result = 0;

	if (fd < 0)
		return err_set(err, errno, "/linux/intelRdt: schemata of '%s'", group);
	for (i = 0; i < count && result == 0; i++)
		result = write_line(root, fd, lines[i], err);
	return result;
}

/* Bit masks without their leading zeros, as the kernel may have written them. */
static const char *skip_zeros(const char *digits)
{
	while (digits[0] == '0' && isxdigit((unsigned char) digits[1]))
		digits++;
	return digits;
}

/* Whether `line`, "  L3:0=7ff;1=7ff", has the pair "1=7ff". */
static bool has_pair(const char *line, const char *pair)
{
	size_t name = strcspn(pair, "=");
	const char *wanted = pair[name] == '=' ? skip_zeros(pair + name + 1) : "";
	const char *cursor = strchr(line, ':');

	while (cursor != NULL && *cursor != '\0') {
		const char *value;
		size_t length;

		cursor++;
		length = strcspn(cursor, ";");
		value = skip_zeros(cursor + name + 1);
		if (strncmp(cursor, pair, name + 1) == 0 && strcspn(value, ";") == strlen(wanted) &&
		    strncasecmp(value, wanted, strlen(wanted)) == 0)
			return true;
		cursor += length;
	}
	return false;
}

static bool has_line(const char *schemata, const char *wanted)
{
	auto_free char *file = strdup(schemata);
	auto_free char *pairs = strdup(wanted);
	char *cursor = file;
	char *rest = pairs;
	char *line;
	char *pair;
	const char *resource;

	if (file == NULL || pairs == NULL)
		return false;
	resource = text_next(&rest, ':');
	do {
		line = text_next(&cursor, '\n');
		line = line != NULL ? line + strspn(line, " ") : NULL;
	} while (line != NULL &&
		 (strncmp(line, resource, strlen(resource)) != 0 || line[strlen(resource)] != ':'));
	if (line == NULL)
		return false;
	while ((pair = text_next(&rest, ';')) != NULL)
		if (!has_pair(line, pair))
			return false;
	return true;
}

/* config-linux.md: of a class of service that exists, the two values must be what it has. */
static int compare(int root, const struct plan_rdt *rdt, struct err *err)
{
	auto_fd int dir = open_directory(root, rdt->group);
	char schemata[SCHEMATA_BYTES];
	size_t i;

	if (dir < 0)
		return err_set(err, errno, "/linux/intelRdt/closID: '%s'", rdt->group);
	if (rdt->compared_count == 0)
		return 0;
	if (file_read_at(dir, "schemata", schemata, sizeof(schemata), err) < 0)
		return err_context(err, "/linux/intelRdt/closID: '%s'", rdt->group);
	for (i = 0; i < rdt->compared_count; i++)
		if (!has_line(schemata, rdt->lines[i]))
			return err_say(err, EINVAL,
				       "/linux/intelRdt: the group '%s' exists and its schemata "
				       "differ from '%s'",
				       rdt->group, rdt->lines[i]);
	return 0;
}

/* ---- groups ---- */

/* *made stays false if there was one. */
static int make_directory(int dirfd, const char *name, bool *made)
{
	if (mkdirat(dirfd, name, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	*made = true;
	return 0;
}

static bool exists(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A group that is missing is ours, and on disk as such before it is there. */
static int make_group(int root, const struct plan_rdt *rdt, const struct rdt_keeper *keeper,
		      struct err *err)
{
	struct state *state = keeper->state;
	bool made = false;
	int result;

	state->rdt_made = true;
	result = keeper->keep(keeper->context, err);
	if (result < 0)
		return result;
	result = make_directory(root, rdt->group, &made);
	if (result < 0)
		return err_set(err, -result, "/linux/intelRdt: mkdir %s", rdt->group);
	if (made)
		return 0;
	state->rdt_made = false;
	return keeper->keep(keeper->context, err);
}

static int settle_group(int root, const struct plan_rdt *rdt, const struct rdt_keeper *keeper,
			struct err *err)
{
	bool there = exists(root, rdt->group);
	int result = 0;

	keeper->state->rdt_group = rdt->group;
	/* One that is named and for which nothing is to be written has to be there. */
	if (rdt->lasting && (there || rdt->line_count == 0))
		result = compare(root, rdt, err);
	if (result == 0)
		result = there ? keeper->keep(keeper->context, err)
			       : make_group(root, rdt, keeper, err);
	return result < 0 || rdt->line_count == 0
		       ? result
		       : rdt_write_schemata(root, rdt->group, rdt->lines, rdt->line_count, err);
}

static int make_monitor(int root, const struct plan_rdt *rdt, const struct rdt_keeper *keeper,
			struct err *err)
{
	struct state *state = keeper->state;
	char path[PATH_MAX];
	bool made = false;
	int result;

	/* Trees that are no resctrl may lack it. */
	snprintf(path, sizeof(path), "%s/" MON_GROUPS, rdt->group);
	(void) make_directory(root, path, &made);
	snprintf(path, sizeof(path), "%s/" MON_GROUPS "/%s", rdt->group, state->id);
	if (exists(root, path))
		return err_say(err, EEXIST, "/linux/intelRdt/enableMonitoring: %s exists", path);
	state->rdt_monitored = true;
	result = keeper->keep(keeper->context, err);
	if (result == 0 && mkdirat(root, path, 0755) < 0)
		result = err_set(err, errno, "/linux/intelRdt/enableMonitoring: mkdir %s", path);
	return result;
}

static int add_task(int root, const char *group, pid_t pid, struct err *err)
{
	auto_fd int dir = open_directory(root, group);
	auto_fd int fd = dir < 0 ? -1 : open_file(dir, "tasks");
	char line[16];
	int length = snprintf(line, sizeof(line), "%d\n", (int) pid);

	if (fd < 0 || write(fd, line, (size_t) length) < 0)
		return err_set(err, errno, "/linux/intelRdt: tasks of '%s'", group);
	return 0;
}

/* First the class, then the monitoring group in it: the kernel takes no other order. */
static int add_to(int root, const struct state *state, pid_t pid, struct err *err)
{
	char path[PATH_MAX];
	int result = add_task(root, state->rdt_group, pid, err);

	if (result < 0 || !state->rdt_monitored)
		return result;
	snprintf(path, sizeof(path), "%s/" MON_GROUPS "/%s", state->rdt_group, state->id);
	return add_task(root, path, pid, err);
}

int rdt_enter(int root, const struct plan_rdt *rdt, pid_t pid, const struct rdt_keeper *keeper,
	      struct err *err)
{
	int result = settle_group(root, rdt, keeper, err);

	if (result == 0 && rdt->monitored)
		result = make_monitor(root, rdt, keeper, err);
	return result < 0 ? result : add_to(root, keeper->state, pid, err);
}

int rdt_join(const struct state *state, pid_t pid, struct err *err)
{
	auto_fd int root = -1;

	if (state->rdt_group[0] == '\0')
		return 0;
	root = rdt_open(err);
	return root < 0 ? root : add_to(root, state, pid, err);
}

static int remove_directory(int root, const char *path, struct err *err)
{
	if (unlinkat(root, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_set(err, errno, "resctrl: rmdir %s", path);
	return 0;
}

int rdt_leave(const struct state *state, struct err *err)
{
	auto_fd int root = -1;
	char path[PATH_MAX];
	int result = 0;

	if (!state->rdt_made && !state->rdt_monitored)
		return 0;
	root = rdt_open(NULL);
	if (root < 0)
		return 0;
	if (state->rdt_monitored) {
		snprintf(path, sizeof(path), "%s/" MON_GROUPS "/%s", state->rdt_group, state->id);
		result = remove_directory(root, path, err);
	}
	if (result == 0 && state->rdt_made)
		result = remove_directory(root, state->rdt_group, err);
	return result;
}
