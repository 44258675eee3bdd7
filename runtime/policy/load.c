// SPDX-License-Identifier: Apache-2.0
/*
 * The files of policies.
 * Should: read each once, and fail for one that cannot be read: a policy that is left out in silence is
 * none.
 * Must not: wait for a FIFO, or run anything of the host by the word of somebody else's file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/policy/policy.h"

/* Root's, and nobody else may write there. */
static bool is_roots_own(const struct stat *status)
{
	return status->st_uid == 0 && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int read_text(int dirfd, const char *name, struct stat *status, struct text *text,
		     struct err *err)
{
	auto_fd int fd = openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char chunk[4096];
	ssize_t got;

	if (fd < 0 || fstat(fd, status) < 0)
		return err_set(err, errno, "%s", name);
	if (!S_ISREG(status->st_mode))
		return err_say(err, EINVAL, "%s: not a regular file", name);
	while ((got = fd_read_full(fd, chunk, sizeof(chunk))) > 0) {
		text_add_bytes(text, chunk, (size_t) got);
		if (text->length > POLICY_FILE_BYTES)
			return err_say(err, EFBIG, "%s: larger than %u bytes", name,
				       POLICY_FILE_BYTES);
	}
	if (got < 0)
		return err_set(err, (int) -got, "%s", name);
	return text_ok(text) ? 0 : err_set(err, ENOMEM, "%s", name);
}

static int append(struct arena *arena, const struct policy_rules *more, struct policy_rules *rules,
		  struct err *err)
{
	struct policy_rule *all = arena_array(arena, rules->count + more->count + 1, sizeof(*all));

	if (all == NULL)
		return err_set(err, ENOMEM, "memory policy");
	if (rules->count + more->count > POLICY_RULES)
		return err_say(err, E2BIG, "more than %d policies", POLICY_RULES);
	if (rules->count > 0)
		memcpy(all, rules->items, rules->count * sizeof(*all));
	if (more->count > 0)
		memcpy(all + rules->count, more->items, more->count * sizeof(*all));
	rules->items = all;
	rules->count += more->count;
	return 0;
}

/* ---- the host's directory ---- */

struct directory {
	const char *path;
	int fd;
	struct stat status;
};

static int check_host_exec(const struct directory *directory, const struct stat *file,
			   const struct policy_rules *rules, struct err *err)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		const struct policy_rule *rule = &rules->items[i];

		if (rule->host_exec == NULL)
			continue;
		if (!is_roots_own(file))
			return err_say(err, EPERM,
				       "%s:%zu: hostExec: the file has to be root's, and nobody "
				       "else's to write",
				       rule->file, rule->host_exec->line);
		if (!is_roots_own(&directory->status))
			return err_say(err, EPERM,
				       "%s:%zu: hostExec: %s has to be root's, and nobody else's "
				       "to write",
				       rule->file, rule->host_exec->line, directory->path);
	}
	return 0;
}

static int read_one(struct arena *arena, const struct directory *directory, const char *name,
		    struct policy_rules *rules, struct err *err)
{
	const char *path = arena_printf(arena, "%s/%s", directory->path, name);
	struct policy_rules more = { 0 };
	auto_text struct text text = { 0 };
	struct stat status;
	int result;

	if (path == NULL)
		return err_set(err, ENOMEM, "memory policy");
	if (read_text(directory->fd, name, &status, &text, err) < 0)
		return err_context(err, "%s", directory->path);
	result = policy_parse(arena, path, &text, &more, err);
	if (result == 0)
		result = check_host_exec(directory, &status, &more, err);
	return result < 0 ? result : append(arena, &more, rules, err);
}

/* Editors and package managers leave others behind: ".10.json.swp", "10.json~", "10.json.dpkg-old". */
static bool is_policy(const char *name)
{
	return name[0] != '.' && text_ends(name, ".json");
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *) left, *(const char *const *) right);
}

/* In the order of their bytes, whatever the locale. */
static int list(struct arena *arena, const struct directory *directory,
		const char *names[POLICY_FILES], size_t *count, struct err *err)
{
	DIR *entries = fdopendir(dup(directory->fd));
	struct dirent *entry;
	int result = 0;

	if (entries == NULL)
		return err_set(err, errno, "%s", directory->path);
	while (result == 0 && (entry = readdir(entries)) != NULL) {
		if (!is_policy(entry->d_name))
			continue;
		if (*count == POLICY_FILES) {
			result = err_say(err, E2BIG, "%s: more than %d files", directory->path,
					 POLICY_FILES);
			break;
		}
		names[*count] = arena_string(arena, entry->d_name);
		if (names[(*count)++] == NULL)
			result = err_set(err, ENOMEM, "%s", directory->path);
	}
	closedir(entries);
	qsort(names, *count, sizeof(*names), compare_names);
	return result;
}

static int load_directory(struct arena *arena, const char *path, struct policy_rules *rules,
			  struct err *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct directory directory = { .path = path, .fd = fd };
	const char *names[POLICY_FILES];
	size_t count = 0;
	size_t i;
	int result;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &directory.status) < 0)
		return err_set(err, errno, "%s", path);
	result = list(arena, &directory, names, &count, err);
	for (i = 0; result == 0 && i < count; i++)
		result = read_one(arena, &directory, names[i], rules, err);
	return result;
}

/* ---- the file given ---- */

static int load_given(struct arena *arena, const char *path, struct policy_rules *rules,
		      struct err *err)
{
	auto_text struct text text = { 0 };
	struct stat status;

	if (read_text(AT_FDCWD, path, &status, &text, err) < 0 ||
	    policy_parse(arena, path, &text, rules, err) < 0)
		return err_context(err, "--memory-policy");
	return 0;
}

int policy_load(struct arena *arena, const struct policy_places *places, struct policy_rules *host,
		struct policy_rules *given, struct err *err)
{
	struct policy_rules hosts = { 0 };
	struct policy_rules more = { 0 };
	int result = load_directory(arena, places->directory, &hosts, err);

	if (result < 0)
		return err_context(err, "memory policy");
	if (places->given != NULL)
		result = load_given(arena, places->given, &more, err);
	if (result < 0)
		return result;
	*host = hosts;
	*given = more;
	return 0;
}
