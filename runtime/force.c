// SPDX-License-Identifier: Apache-2.0
/*
 * Getting hold of a container that does not give itself up: still being created, or with a damaged state.
 * Should: leave the undoing to whoever made it, and wait for that, before ending it by force.
 * Must not: end a process that is not provably the creator.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/log.h"
#include "runtime/plan.h"

/* What a creator that was asked to end has to do: kill a hook and the child, remove a cgroup. */
#define UNDO_USEC	  5000000
#define CLAIM_USEC	  1000000 /* it is milliseconds */
#define TURN_MSEC	  20
#define KILL_TIMEOUT_MSEC 10000

static bool is_locked(const struct container *container)
{
	auto_fd int dir = openat(container->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* SIGTERM makes it undo what it made; SIGKILL, that nothing more is made. */
static void end_creator(const struct container *container, const struct log *log)
{
	const struct state *state = &container->state;
	auto_fd int pidfd = state_open_process(state, state->creator_pid, state->creator_start);
	uint64_t deadline = clock_monotonic_usec() + UNDO_USEC;

	if (pidfd < 0 || !is_locked(container))
		return;
	log_debug(log, "ending process %d, which creates '%s'", (int) state->creator_pid,
		  state->id);
	(void) host_signal(pidfd, SIGTERM);
	while (is_locked(container) && clock_monotonic_usec() < deadline)
		if (fd_wait(pidfd, POLLIN, TURN_MSEC) > 0)
			return;
	if (!is_locked(container))
		return;
	(void) host_signal(pidfd, SIGKILL);
	(void) fd_wait(pidfd, POLLIN, KILL_TIMEOUT_MSEC);
}

static bool has_cgroup(const struct container *container)
{
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };
	auto_fd int rootfd = -1;

	return container_open_cgroup(container, &rootfd, &cgroup, NULL) == 0;
}

/* Whether the cgroup is where systemd would have it. */
static bool find_scope(struct container *container, const struct spec *spec, const char *id)
{
	struct state *state = &container->state;
	struct unit_names names = { 0 };

	state->user_manager = host_is_rootless();
	if (unit_names_of(spec->linux_config.cgroups_path, id, state->user_manager, &names, NULL) <
		    0 ||
	    unit_leaf_path(&names, state->cgroup_path, NULL) < 0 || !has_cgroup(container))
		return false;
	state->scope = arena_string(&container->arena, names.scope);
	return state->scope != NULL;
}

/* What is missing in a damaged state file and can be had elsewhere: the copy of the config names the
 * cgroup and the hooks. Whether anything tells where its processes are. */
static bool complete(struct container *container, const char *id, bool has_path)
{
	struct state *state = &container->state;
	struct spec spec = { 0 };
	struct err ignored = { 0 };
	bool has_config = container_load_spec(container, &spec, &ignored) == 0;

	state->id = arena_string(&container->arena, id);
	state->creating = false;
	/* The directory is the container's: so is the cgroup that its files name. */
	state->cgroup_made = true;
	state->poststop = has_config && spec.hooks.poststop.count > 0;
	if (!has_path && !find_scope(container, &spec, id) &&
	    plan_cgroup_path(&spec, id, state->cgroup_path, NULL) < 0)
		state->cgroup_path[0] = '\0';
	/* Never the whole machine. */
	if (strcmp(state->cgroup_path, "/") == 0)
		state->cgroup_path[0] = '\0';
	return has_path || has_config;
}

static bool has_process(const struct container *container)
{
	const struct state *state = &container->state;
	auto_fd int pidfd = state_open_process(state, state->pid, state->pid_start);

	return pidfd >= 0;
}

static void take_damaged(struct container *container, const char *id, const struct log *log,
			 const struct err *why)
{
	auto_text struct text warning = { 0 };
	bool has_path = state_salvage(container->dir, &container->arena, &container->state);
	bool knows = complete(container, id, has_path);

	container->lost = !knows && !has_cgroup(container) && !has_process(container);
	text_addf(&warning, "%s: its state is damaged: what can be found of it is removed\n",
		  why->text);
	log_warnings(log, text_string(&warning));
}

/* As it is, without its turn; between claim and intent there is no state, for a moment. */
static int look(struct container *container, const char *root_path, const char *id, struct err *err)
{
	uint64_t deadline = clock_monotonic_usec() + CLAIM_USEC;

	for (;;) {
		int result = container_open(container, root_path, id, false, err);

		if (result != -ENOENT || container->dir < 0 || !is_locked(container) ||
		    clock_monotonic_usec() >= deadline)
			return result;
		container_close(container);
		err_clear(err);
		(void) poll(NULL, 0, TURN_MSEC);
	}
}

int container_open_forced(struct container *container, const char *root_path, const char *id,
			  const struct log *log, struct err *err)
{
	struct err own = { 0 };
	int result = look(container, root_path, id, &own);

	if (container->dir < 0) {
		*err = own;
		return result;
	}
	if (result < 0)
		(void) state_salvage(container->dir, &container->arena, &container->state);
	container->state.id = id;
	end_creator(container, log);
	result = container_lock(container, err);
	if (result < 0)
		return result;
	err_clear(&own);
	result = state_read(container->dir, &container->arena, &container->state, &own);
	/* Not even the copy of the config, which is written first: claimed, and nothing more. */
	if (result == -ENOENT &&
	    faccessat(container->dir, STATE_CONFIG_FILE, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		*err = own;
		return result;
	}
	if (result < 0) {
		(void) err_context(&own, "container '%s'", id);
		take_damaged(container, id, log, &own);
	}
	return 0;
}
