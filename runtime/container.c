// SPDX-License-Identifier: Apache-2.0
/*
 * A container as the commands see it: found, asked, signalled.
 * Should: ask the kernel, not the file, what a container is doing.
 * Must not: touch a process that is not provably the container's.
 */
#include "runtime/container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "spec/load.h"

#define ID_LENGTH_MAX 1024

static int missing(const char *id, struct err *err)
{
	/* Engines look for "does not exist" (engines.md §1). */
	return err_say(err, ENOENT, "container '%s' does not exist", id);
}

int container_check_id(const char *id, struct err *err)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_+-";
	static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_+-.";
	size_t length = strlen(id);

	if (length == 0)
		return err_say(err, EINVAL, "container id is empty");
	if (length > ID_LENGTH_MAX || length > NAME_MAX)
		return err_say(err, EINVAL, "container id '%.32s...' is longer than %d characters",
			       id, NAME_MAX);
	if (strchr(first, id[0]) == NULL || strspn(id, others) != length)
		return err_say(err, EINVAL,
			       "container id '%s' is invalid: letters, digits, '_', '+', '-' and "
			       "'.' are allowed, and '.' not at the beginning",
			       id);
	return 0;
}

int container_open_root(struct container *container, const char *root_path, struct err *err)
{
	int result = file_make_path(root_path, err);

	if (result < 0)
		return err_context(err, "--root");
	container->root_path = root_path;
	container->root = open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (container->root < 0)
		return err_set(err, errno, "--root %s", root_path);
	return 0;
}

int container_find_root(struct container *container, const char *root_path, struct err *err)
{
	container->root_path = root_path;
	container->root = open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (container->root < 0 && errno == ENOENT)
		return -ENOENT;
	return container->root < 0 ? err_set(err, errno, "--root %s", root_path) : 0;
}

static int take_lock(int dir, struct err *err)
{
	while (flock(dir, LOCK_EX) < 0) {
		if (errno != EINTR)
			return err_set(err, errno, "lock");
	}
	return 0;
}

int container_claim(struct container *container, const char *root_path, const char *id,
		    struct err *err)
{
	int result = container_check_id(id, err);

	if (result == 0)
		result = container_open_root(container, root_path, err);
	if (result < 0)
		return result;
	if (mkdirat(container->root, id, 0700) < 0) {
		if (errno == EEXIST)
			return err_say(err, EEXIST, "container with given ID already exists: '%s'",
				       id);
		return err_set(err, errno, "mkdir %s/%s", root_path, id);
	}
	container->dir = openat(container->root, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (container->dir < 0)
		result = err_set(err, errno, "open %s/%s", root_path, id);
	else
		result = take_lock(container->dir, err);
	if (result < 0)
		(void) unlinkat(container->root, id, AT_REMOVEDIR);
	return result;
}

void container_unlock(struct container *container)
{
	(void) flock(container->dir, LOCK_UN);
}

/* After waiting for the lock, the directory may be gone or another one of the same name. */
static int still_the_same(const struct container *container, const char *id, struct err *err)
{
	struct stat held;
	struct stat named;

	if (fstat(container->dir, &held) < 0)
		return err_set(err, errno, "stat %s", id);
	if (fstatat(container->root, id, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	    held.st_ino != named.st_ino)
		return missing(id, err);
	return 0;
}

int container_lock(struct container *container, struct err *err)
{
	int result = take_lock(container->dir, err);

	return result < 0 ? result : still_the_same(container, container->state.id, err);
}

/* Others change a container in moments, and are waited for. A create takes as long as its hooks do, and who comes
 * meanwhile is told so. */
static int take_turn(struct container *container, const char *id, struct err *err)
{
	auto_arena struct arena arena = { 0 };
	struct state state = STATE_NONE;
	int result;

	if (flock(container->dir, LOCK_EX | LOCK_NB) < 0) {
		result = state_read(container->dir, &arena, &state, NULL);
		if (result == -ENOENT)
			return missing(id, err);
		if (result == 0 && state.creating)
			return err_say(err, EBUSY, "container '%s' is still being created", id);
		result = take_lock(container->dir, err);
		if (result < 0)
			return result;
	}
	return still_the_same(container, id, err);
}

int container_open(struct container *container, const char *root_path, const char *id, bool lock,
		   struct err *err)
{
	int result = container_check_id(id, err);

	if (result < 0)
		return result;
	result = container_find_root(container, root_path, err);
	if (result == -ENOENT)
		return missing(id, err);
	if (result < 0)
		return result;
	container->dir =
		openat(container->root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (container->dir < 0 && (errno == ENOENT || errno == ENOTDIR))
		return missing(id, err);
	if (container->dir < 0)
		return err_set(err, errno, "%s/%s", root_path, id);
	if (lock)
		result = take_turn(container, id, err);
	if (result < 0)
		return result;
	result = state_read(container->dir, &container->arena, &container->state, err);
	/* A create that has just claimed the name, or was killed before it had done anything. */
	if (result == -ENOENT)
		return missing(id, err);
	return result < 0 ? err_context(err, "container '%s'", id) : 0;
}

void container_close(struct container *container)
{
	fd_close(&container->dir);
	fd_close(&container->root);
	arena_free(&container->arena);
}

/* A create in progress holds the lock; one that was killed does not. */
static bool creation_goes_on(const struct container *container)
{
	auto_fd int dir = openat(container->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static bool is_frozen(const struct container *container)
{
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };
	auto_fd int rootfd = -1;

	return container_open_cgroup(container, &rootfd, &cgroup, NULL) == 0 &&
	       cgroup_is_frozen(&cgroup, NULL) == 1;
}

enum state_status container_status(const struct container *container, int *pidfd)
{
	const struct state *state = &container->state;
	auto_fd int process = state_open_process(state, state->pid, state->pid_start);
	bool alive = process != -ESRCH;

	if (pidfd != NULL)
		*pidfd = process >= 0 ? take_fd(&process) : -1;
	if (state->creating)
		return creation_goes_on(container) ? STATUS_CREATING : STATUS_STOPPED;
	if (!alive)
		return STATUS_STOPPED;
	/* First: a created one that is paused could not answer its start either. */
	if (is_frozen(container))
		return STATUS_PAUSED;
	if (faccessat(container->dir, STATE_SOCKET, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return STATUS_CREATED;
	return STATUS_RUNNING;
}

void container_emit_state_as(const struct container *container, const char *key, const char *status,
			     struct emit *emit)
{
	const struct state *state = &container->state;
	char created[CLOCK_TEXT_ROOM];
	bool gone = false;
	size_t i;

	if (status == NULL) {
		enum state_status now = container_status(container, NULL);

		status = state_status_name(now);
		gone = now == STATUS_STOPPED;
	}
	gone = gone || strcmp(status, state_status_name(STATUS_STOPPED)) == 0;
	emit_object(emit, key);
	emit_string(emit, "ociVersion", state->oci_version);
	emit_string(emit, "id", state->id);
	emit_i64(emit, "pid", gone ? 0 : state->pid);
	emit_string(emit, "status", status);
	emit_string(emit, "bundle", state->bundle);
	emit_string(emit, "rootfs", state->rootfs);
	emit_string(emit, "created", clock_text(state->created_usec, created));
	if (state->annotations.count > 0)
		emit_object(emit, "annotations");
	for (i = 0; i < state->annotations.count; i++)
		emit_string(emit, state->annotations.items[i].key,
			    state->annotations.items[i].value);
	if (state->annotations.count > 0)
		emit_object_end(emit);
	emit_string(emit, "owner", state->owner);
	emit_object_end(emit);
}

void container_emit_state(const struct container *container, const char *status, struct emit *emit)
{
	container_emit_state_as(container, NULL, status, emit);
}

int container_open_cgroup(const struct container *container, int *rootfd, struct cgroup *cgroup,
			  struct err *err)
{
	int result;

	/* The path alone is an intent: what stands there then is somebody else's. */
	if (container->state.cgroup_path[0] == '\0' || !container->state.cgroup_made)
		return err_say(err, ENOENT, "the container has no cgroup of its own");
	result = cgroup_root_open(HOST_CGROUP_MOUNT, rootfd, err);
	if (result < 0)
		return result;
	return cgroup_open(*rootfd, container->state.cgroup_path, cgroup, err);
}

int container_load_spec(struct container *container, struct spec *spec, struct err *err)
{
	auto_text struct text warnings = { 0 };
	auto_text struct text config = { 0 };
	int result = file_load_at(container->dir, STATE_CONFIG_FILE, JSON_BYTES, &config, err);

	/* What it warns of was said when the container was created. */
	if (result == 0)
		result = spec_parse(&container->arena, &config, spec, &warnings, err);
	/* Those of the config, and what the creator's environment stood for. */
	if (result == 0 && container->state.annotations.count > 0)
		spec->annotations = container->state.annotations;
	return result < 0 ? err_context(err, "the copy of config.json") : 0;
}

int container_open_reports(const struct container *container, struct err *err)
{
	int fd;

	if (mkdirat(container->root, STATE_REPORTS, 0700) < 0 && errno != EEXIST)
		return err_set(err, errno, "mkdir %s", STATE_REPORTS);
	fd = openat(container->root, STATE_REPORTS,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_set(err, errno, "open %s", STATE_REPORTS) : fd;
}

static bool is_listed(const pid_t *pids, size_t count, pid_t pid)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* One process of the cgroup: by a descriptor, and only if it is still listed once that is held. */
static int signal_member(const struct cgroup *cgroup, pid_t pid, int signal, struct err *err)
{
	auto_fd int pidfd = host_pidfd(pid);
	auto_free pid_t *pids = NULL;
	size_t count = 0;
	int result;

	if (pidfd == -ESRCH)
		return 0;
	if (pidfd < 0)
		return err_set(err, -pidfd, "process %d", (int) pid);
	result = cgroup_pids(cgroup, &pids, &count, err);
	if (result < 0 || !is_listed(pids, count, pid))
		return result;
	result = host_signal(pidfd, signal);
	return result < 0 && result != -ESRCH
		       ? err_set(err, -result, "signal process %d", (int) pid)
		       : 0;
}

/* A signal to all: SIGKILL by the kernel's own means, any other to each process in turn. */
static int kill_all(const struct container *container, int signal, struct err *err)
{
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };
	auto_free pid_t *pids = NULL;
	auto_fd int rootfd = -1;
	size_t count = 0;
	size_t i;
	int result = container_open_cgroup(container, &rootfd, &cgroup, err);

	if (result < 0)
		return result;
	if (signal == SIGKILL)
		return cgroup_kill(&cgroup, err);
	result = cgroup_pids(&cgroup, &pids, &count, err);
	for (i = 0; result == 0 && i < count; i++)
		result = signal_member(&cgroup, pids[i], signal, err);
	return result;
}

int container_kill(struct container *container, int signal, bool all, struct err *err)
{
	auto_fd int pidfd = -1;
	enum state_status status = container_status(container, &pidfd);
	int result;

	/* With --all, engines clean up after init is gone too: nobody left is success. */
	if (all && container->state.cgroup_path[0] != '\0') {
		result = kill_all(container, signal, err);
		return result == -ENOENT ? 0 : result;
	}
	if (status == STATUS_STOPPED || pidfd < 0)
		return err_say(err, ESRCH, "container not running: '%s' is %s", container->state.id,
			       state_status_name(status));
	result = host_signal(pidfd, signal);
	if (result == -ESRCH)
		return err_say(err, ESRCH, "container not running: '%s' has ended",
			       container->state.id);
	return result < 0 ? err_set(err, -result, "signal %d to process %d", signal,
				    (int) container->state.pid)
			  : 0;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *) left, *(char *const *) right);
}

/* The names in ROOT that can be ids, in the arena, sorted. */
static int collect_ids(struct container *root, char ***ids, size_t *count, struct err *err)
{
	int fd = openat(root->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	size_t room = 0;

	if (stream == NULL)
		return err_set(err, errno, "read %s", root->root_path);
	while ((entry = readdir(stream)) != NULL) {
		if (container_check_id(entry->d_name, NULL) < 0)
			continue;
		if (*count == room) {
			char **more =
				arena_array(&root->arena, room = 2 * room + 16, sizeof(*more));

			if (more != NULL && *count > 0)
				memcpy(more, *ids, *count * sizeof(*more));
			*ids = more;
		}
		if (*ids == NULL ||
		    ((*ids)[*count] = arena_string(&root->arena, entry->d_name)) == NULL) {
			closedir(stream);
			return err_set(err, ENOMEM, "list");
		}
		++*count;
	}
	closedir(stream);
	if (*count > 0)
		qsort(*ids, *count, sizeof(**ids), by_name);
	return 0;
}

int container_for_each(struct container *root,
		       int (*each)(void *context, const char *id, struct err *err), void *context,
		       struct err *err)
{
	char **ids = NULL;
	size_t count = 0;
	size_t i;
	int result = collect_ids(root, &ids, &count, err);

	for (i = 0; result == 0 && i < count; i++)
		result = each(context, ids[i], err);
	return result;
}
