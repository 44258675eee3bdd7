// SPDX-License-Identifier: Apache-2.0
/*
 * A container's scope.
 * Should: leave it to systemd what is systemd's: the unit, and the files of its cgroup.
 * Must not: let it vanish before the container is deleted, or stay when it is.
 */
#include "runtime/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/launch.h"
#include "runtime/log.h"
#include "runtime/systemd-bus.h"

/* Engines give a runtime half a minute and more; a start that fails has its undo in the same 25 s. */
#define START_SECONDS 15
#define STOP_SECONDS  10

#define HOLD_CGROUP "/hold"

/* How long a killed process may take to leave the scope. */
#define EMPTY_MSEC 5000

/* ---- the holder ---- */

/* Ends when the runtime does, or is let go and stays until the scope is stopped. */
static _Noreturn void hold(int leash)
{
	sigset_t none;
	char byte;
	int number;
	int fd;

	(void) setsid();
	for (number = 1; number < NSIG; number++)
		(void) signal(number, SIG_DFL);
	sigemptyset(&none);
	(void) sigprocmask(SIG_SETMASK, &none, NULL);
	(void) prctl(PR_SET_NAME, "weir-scope");
	(void) prctl(PR_SET_DUMPABLE, 0);
	fd = open("/dev/null", O_RDWR | O_NOCTTY);
	if (chdir("/") < 0 || fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ||
	    dup2(leash, 3) < 0 || close_range(4, ~0U, 0) < 0)
		_exit(1);
	if (fd_read_full(3, &byte, 1) != 1)
		_exit(0);
	close(3);
	for (;;)
		pause();
}

static int fork_holder(struct scope *scope, struct err *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, errno, "pipe");
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		hold(ends[0]);
	}
	close(ends[0]);
	scope->leash = ends[1];
	if (pid < 0)
		return err_set(err, errno, "fork");
	scope->holder = pid;
	return 0;
}

int scope_let_go(struct scope *scope, struct err *err)
{
	int result = scope->leash < 0 ? 0 : fd_write_full(scope->leash, "", 1);

	fd_close(&scope->leash);
	return result < 0 ? err_set(err, -result, "the process that holds the scope") : 0;
}

void scope_close(struct scope *scope)
{
	fd_close(&scope->leash);
}

/* ---- making it ---- */

/* Where the kernel says that the holder is, as our own mount of the hierarchy has it. */
static int find_scope(struct launch *launch, char path[CGROUP_PATH_ROOM], struct err *err)
{
	char name[64];
	char text[2 * CGROUP_PATH_ROOM];

	snprintf(name, sizeof(name), "/proc/%d/cgroup", (int) launch->scope.holder);
	if (file_read_at(AT_FDCWD, name, text, sizeof(text), err) < 0)
		return -err->number;
	if (cgroup_path_of_text(text, path) < 0 ||
	    !text_ends(path, launch->plan->cgroup.names.scope))
		return err_say(err, EXDEV, "systemd started %s, but its process is in '%s'",
			       launch->plan->cgroup.names.scope, path);
	return 0;
}

/* The holder goes first: a cgroup that passes controllers on holds no process. */
static int divide(struct launch *launch, const char *scope_path, struct err *err)
{
	static const struct cgroup_controllers nothing = { 0 };
	auto_cgroup struct cgroup scope = CGROUP_NONE;
	auto_cgroup struct cgroup held = CGROUP_NONE;
	int result = cgroup_open(launch->cgroup_rootfd, scope_path, &scope, err);

	if (result == 0)
		result = cgroup_create(scope.dirfd, HOLD_CGROUP, nothing, &held, err);
	if (result == 0)
		result = cgroup_join(&held, launch->scope.holder, err);
	if (result == 0)
		result = cgroup_create(scope.dirfd, UNIT_LEAF, launch->plan->cgroup.controllers,
				       &launch->cgroup, err);
	if (result < 0)
		return err_context(err, "cgroup %s", scope_path);
	snprintf(launch->plan->cgroup.path, CGROUP_PATH_ROOM, "%.*s" UNIT_LEAF,
		 (int) (CGROUP_PATH_ROOM - sizeof(UNIT_LEAF)), scope_path);
	memcpy(launch->cgroup.path, launch->plan->cgroup.path, CGROUP_PATH_ROOM);
	return 0;
}

/* From here on there may be a unit of that name that is ours to stop. */
static int write_scope(struct launch *launch, struct err *err)
{
	struct state *state = &launch->container->state;

	state->scope = launch->plan->cgroup.names.scope;
	state->user_manager = launch->plan->cgroup.user_manager;
	return state_write(launch->container->dir, state, err);
}

int scope_make_cgroup(struct launch *launch, struct err *err)
{
	const struct plan_cgroup *plan = &launch->plan->cgroup;
	char path[CGROUP_PATH_ROOM] = "";
	auto_bus struct bus bus = { 0 };
	/* Before the library is there: the holder is as small as we are. */
	int result = fork_holder(&launch->scope, err);

	if (result == 0)
		result = bus_open(&bus, plan->user_manager, START_SECONDS, err);
	if (result == 0)
		result = write_scope(launch, err);
	if (result == 0)
		result = unit_start_scope(&bus, &plan->names, launch->scope.holder,
					  &plan->properties, err);
	/* Somebody else's. */
	if (result == -EEXIST)
		launch->container->state.scope = "";
	if (result == 0)
		result = find_scope(launch, path, err);
	return result == 0 ? divide(launch, path, err) : result;
}

/* ---- changing and ending it ---- */

int scope_update(struct container *container, const struct cgroup_settings *settings,
		 struct err *err)
{
	struct unit_properties properties = { 0 };
	auto_bus struct bus bus = { 0 };
	int result;

	if (container->state.scope[0] == '\0')
		return 0;
	result = unit_properties_of_settings(&container->arena, settings, &properties, err);
	if (result == 0 && properties.count > 0)
		result = bus_open(&bus, container->state.user_manager, START_SECONDS, err);
	if (result == 0 && properties.count > 0)
		result = unit_set_properties(&bus, container->state.scope, &properties, err);
	return result;
}

static int ask_to_stop(const struct state *state, struct err *err)
{
	auto_bus struct bus bus = { 0 };
	int result = bus_open(&bus, state->user_manager, STOP_SECONDS, err);

	return result < 0 ? result : unit_stop(&bus, state->scope, err);
}

/* Nobody but the holder is in there, and its signal may be one that it would ignore. */
static int empty(int rootfd, const char *path, struct err *err)
{
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	int result = cgroup_open(rootfd, path, &cgroup, NULL);

	if (result < 0)
		return 0;
	result = cgroup_kill(&cgroup, err);
	return result < 0 ? result : cgroup_wait_empty(&cgroup, EMPTY_MSEC, err);
}

int scope_end(const struct container *container, bool force, const struct log *log, struct err *err)
{
	const struct state *state = &container->state;
	char path[CGROUP_PATH_ROOM];
	auto_fd int rootfd = -1;
	int result = 0;

	if (state->scope[0] == '\0')
		return 0;
	memcpy(path, state->cgroup_path, sizeof(path));
	if (text_ends(path, UNIT_LEAF))
		path[strlen(path) - strlen(UNIT_LEAF)] = '\0';
	if (path[0] != '\0')
		result = cgroup_root_open(HOST_CGROUP_MOUNT, &rootfd, err);
	if (path[0] != '\0' && result == 0)
		result = empty(rootfd, path, err);
	if (result < 0)
		return result;
	result = ask_to_stop(state, err);
	if (result == 0 || !force)
		return result;
	log_warnings(log, err->text);
	err_clear(err);
	return path[0] != '\0' ? cgroup_remove(rootfd, path, EMPTY_MSEC, err) : 0;
}
