// SPDX-License-Identifier: Apache-2.0
/*
 * Undoing a container: the mirror of launch.c.
 * Should: work from the state file alone, whatever point create had reached when it was killed.
 * Must not: report success while a process of the container is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/container.h"
#include "runtime/governor/explain.h"
#include "runtime/governor/governor.h"
#include "runtime/governor/recorder.h"
#include "runtime/hindsight.h"
#include "runtime/hooks.h"
#include "runtime/join.h"
#include "runtime/log.h"
#include "runtime/news.h"
#include "runtime/rdt.h"
#include "runtime/scope.h"

/* A killed process is gone in milliseconds unless the kernel holds it (uninterruptible sleep). */
#define KILL_TIMEOUT_MSEC 30000
/* The keeper wakes at once when init is gone and reads some files; 5 s is for a loaded machine. */
#define KEEPER_TIMEOUT_MSEC 5000

static int end_init(const struct container *container, int pidfd, struct err *err)
{
	int result = host_signal(pidfd, SIGKILL);

	if (result < 0 && result != -ESRCH)
		return err_set(err, -result, "kill process %d", (int) container->state.pid);
	if (fd_wait(pidfd, POLLIN, KILL_TIMEOUT_MSEC) <= 0)
		return err_say(err, EBUSY, "process %d does not end after SIGKILL",
			       (int) container->state.pid);
	return 0;
}

/* Whoever governs writes the explanation when init is gone; only then may the cgroup go. Returns 1 if
 * it had its say, 0 if there is none or it was lost. */
static int wait_for_governor(const struct container *container)
{
	const struct state *state = &container->state;
	auto_fd int pidfd = state_open_process(state, state->keeper_pid, state->keeper_start);
	bool silent = news_wait_silence(container->dir, KEEPER_TIMEOUT_MSEC);

	if (pidfd >= 0 && (!silent || fd_wait(pidfd, POLLIN, KEEPER_TIMEOUT_MSEC) <= 0))
		(void) host_signal(pidfd, SIGKILL);
	return faccessat(container->dir, STATE_EXPLAINED, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whether the counters tell of memory that ran out. */
static bool ran_out_of_memory(const struct cgroup *cgroup)
{
	struct memory_events events;

	return memory_events_read(cgroup->dirfd, false, &events, NULL) == 0 &&
	       (events.oom > 0 || events.oom_kill > 0);
}

/* A governor saw it; that it has not explained it means that it died. */
static bool had_a_ladder(const struct container *container)
{
	struct recorder recorder;

	return hindsight_recorder(container, &recorder, NULL) == 0 && recorder.rung_count > 0;
}

/* Any OOM is explained, a container without a policy from its counters. Never a reason to fail. */
static void explain(const struct container *container, int rootfd, const struct cgroup *cgroup,
		    const struct log *log)
{
	auto_emit struct emit report = { 0 };
	auto_fd int reports = -1;
	struct err err = { 0 };

	if (!ran_out_of_memory(cgroup) && !had_a_ladder(container))
		return;
	emit_open(&report, true);
	reports = container_open_reports(container, &err);
	if (reports < 0 || hindsight_explain(container, rootfd, cgroup, &report, &err) < 0 ||
	    report_keep(reports, container->state.id, emit_text(&report), &err) < 0)
		log_debug(log, "no explanation kept: %s", err.text);
}

/* The cgroup of the ladder's programs, with whatever one of them left running. */
static int remove_hooks(int rootfd, const char *path, struct err *err)
{
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };

	if (cgroup_open(rootfd, path, &cgroup, NULL) < 0)
		return 0;
	if (cgroup_kill(&cgroup, err) < 0)
		return -err->number;
	return cgroup_remove(rootfd, path, KILL_TIMEOUT_MSEC, err);
}

/* Killed between intent and cgroup, create may have left the name of somebody else's; killed right after
 * it made its own, an empty one, which nobody can be using. */
static int remove_intended(const char *path, struct err *err)
{
	auto_fd int rootfd = -1;
	int result = cgroup_root_open(HOST_CGROUP_MOUNT, &rootfd, err);

	return result < 0 ? result : cgroup_remove_unused(rootfd, path, err);
}

static int remove_cgroup(const struct container *container, const struct log *log, struct err *err)
{
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };
	auto_fd int rootfd = -1;
	char hooks_path[CGROUP_PATH_ROOM];
	int result;

	if (container->state.cgroup_path[0] == '\0')
		return 0;
	if (!container->state.cgroup_made)
		return remove_intended(container->state.cgroup_path, err);
	result = container_open_cgroup(container, &rootfd, &cgroup, err);
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return result;
	result = cgroup_kill(&cgroup, err);
	if (result == 0)
		result = cgroup_wait_empty(&cgroup, KILL_TIMEOUT_MSEC, err);
	if (result < 0)
		return result;
	if (!wait_for_governor(container))
		explain(container, rootfd, &cgroup, log);
	join_cgroup_path(container->state.cgroup_path, hooks_path);
	result = remove_hooks(rootfd, hooks_path, err);
	if (result == 0)
		result =
			cgroup_remove(rootfd, container->state.cgroup_path, KILL_TIMEOUT_MSEC, err);
	return result;
}

/* A hook that fails is a warning; the rest goes on as if it had not (runtime.md, step 13). */
static void run_poststop(const struct container *container, const struct spec *spec,
			 const struct log *log)
{
	auto_hook_output struct hook_output output = HOOK_OUTPUT_NONE;
	auto_emit struct emit state = { 0 };
	struct err err = { 0 };
	size_t i;

	if (spec->hooks.poststop.count > 0 &&
	    hooks_open_output(&container->state.annotations, &output, &err) < 0)
		log_warnings(log, err.text);
	emit_open(&state, false);
	container_emit_state(container, "stopped", &state);
	for (i = 0; i < spec->hooks.poststop.count; i++) {
		struct spec_hook_list one = { &spec->hooks.poststop.items[i], 1 };

		if (hooks_run("poststop", &one, emit_text(&state), &output, &err) < 0)
			log_warnings(log, err.text);
	}
}

int container_delete(struct container *container, bool force, const struct log *log,
		     struct err *err)
{
	struct spec spec = { 0 };
	auto_fd int pidfd = -1;
	enum state_status status = container_status(container, &pidfd);
	int result = 0;

	if (status != STATUS_STOPPED && !force)
		return err_say(err, EBUSY, "cannot delete container '%s' that is not stopped: %s",
			       container->state.id, state_status_name(status));
	/* Read now: the copy goes with the directory. */
	if (container->state.poststop && container_load_spec(container, &spec, err) < 0) {
		log_warnings(log, err->text);
		err_clear(err);
	}
	if (pidfd >= 0)
		result = end_init(container, pidfd, err);
	if (result == 0)
		result = remove_cgroup(container, log, err);
	if (result == 0)
		result = rdt_leave(&container->state, err);
	if (result == 0)
		result = scope_end(container, force, log, err);
	if (result == 0)
		result = file_remove_tree_at(container->root, container->state.id, err);
	if (result < 0)
		return err_context(err, "delete container '%s'", container->state.id);
	run_poststop(container, &spec, log);
	return 0;
}

int container_undo(struct container *container, const struct log *log, struct err *err)
{
	if (container_delete(container, true, log, err) == 0)
		return 0;
	err_clear(err);
	return container_delete(container, true, log, err);
}
