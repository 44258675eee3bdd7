// SPDX-License-Identifier: Apache-2.0
/*
 * Which file argv[0] stands for.
 * Should: find what execvp(3) would, and say in the words engines look for when there is none.
 * Must not: be believed: exec decides. This only lets `create` fail where it should.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/inroot.h"
#include "runtime/setup/setup.h"

/* execvp(3) without PATH looks here (confstr(3), _CS_PATH). */
#define DEFAULT_PATH "/bin:/usr/bin"

static const char *search_path(char *const *envp)
{
	for (; *envp != NULL; envp++)
		if (text_starts(*envp, "PATH="))
			return *envp + strlen("PATH=");
	return DEFAULT_PATH;
}

/* 0 if the file could be executed by us as we are now; -errno otherwise. Never by way of a
 * descriptor in /proc, the runtime's own file included (CVE-2024-21626, CVE-2019-5736). */
static int check(const char *path)
{
	auto_fd int file = inroot_find(path, O_PATH);
	struct stat status;

	if (file < 0)
		return file;
	if (fstat(file, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EACCES;
	return faccessat(file, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* The reasons in the spelling of engines.md, "Error strings matched by engines". */
static int refuse(const char *name, int reason, struct err *err)
{
	/* -ELOOP: besides real loops, the way through a descriptor that check() does not go. */
	if (reason == -ENOENT || reason == -ENOTDIR || reason == -ELOOP)
		return err_say(err, ENOENT,
			       "exec: \"%s\": executable file not found in $PATH: no such file or "
			       "directory",
			       name);
	if (reason == -EISDIR)
		return err_say(err, EISDIR, "exec: \"%s\": is a directory: permission denied",
			       name);
	if (reason == -EACCES)
		return err_say(err, EACCES, "exec: \"%s\": permission denied", name);
	return err_set(err, -reason, "exec: \"%s\"", name);
}

static int copy(const char *found, char *path, size_t size, struct err *err)
{
	if (strlen(found) >= size)
		return err_set(err, ENAMETOOLONG, "exec: \"%.64s...\"", found);
	memcpy(path, found, strlen(found) + 1);
	return 0;
}

static int search(const char *name, const char *folders, char *path, size_t size, struct err *err)
{
	int best = -ENOENT;
	size_t length;

	for (;; folders += length + 1) {
		auto_text struct text candidate = { 0 };
		int result;

		length = strcspn(folders, ":");
		text_add_bytes(&candidate, folders, length);
		text_addf(&candidate, "%s%s", length > 0 ? "/" : "./", name);
		result = check(text_string(&candidate));
		if (result == 0)
			return copy(text_string(&candidate), path, size, err);
		/* As the shell does: one that may not be executed is remembered, the search goes on. */
		if (result == -EACCES)
			best = result;
		if (folders[length] == '\0')
			return refuse(name, best, err);
	}
}

int setup_find_executable(const struct setup *setup, char *path, size_t size, struct err *err)
{
	const char *name = setup->plan->process.argv[0];
	int result;

	if (strchr(name, '/') == NULL)
		return search(name, search_path(setup->plan->process.envp), path, size, err);
	result = check(name);
	return result < 0 ? refuse(name, result, err) : copy(name, path, size, err);
}
