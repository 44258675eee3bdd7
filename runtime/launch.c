// SPDX-License-Identifier: Apache-2.0
/*
 * From a plan to a container that waits for its start: the parent's side.
 * Should: write down what it is about to make before it makes it.
 * Must not: leave anything behind when it fails.
 */
#include "runtime/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroupfs/memory.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/child.h"
#include "runtime/clone.h"
#include "runtime/console.h"
#include "runtime/fds.h"
#include "runtime/hooks.h"
#include "runtime/idmap.h"
#include "runtime/keeper.h"
#include "runtime/listener.h"
#include "runtime/log.h"
#include "runtime/netdevices.h"
#include "runtime/policy/policy.h"
#include "runtime/schedule.h"
#include "runtime/service/service.h"
#include "runtime/setup/setup.h"
#include "runtime/start.h"
#include "runtime/sync.h"

/* config.md: what cannot be granted is a warning. In a new user namespace the child has them all. */
static void warn_of_missing_capabilities(const struct launch *launch)
{
	const struct plan_capabilities *sets = &launch->plan->process.capabilities;
	uint64_t asked = sets->bounding | sets->permitted | sets->inheritable;
	auto_text struct text warnings = { 0 };
	int number;

	if (plan_has_namespace(launch->plan, CLONE_NEWUSER))
		return;
	for (number = 0; number < 64; number++) {
		char *name;

		if ((asked & (1ULL << number)) == 0 || cap_get_bound(number) == 1)
			continue;
		name = cap_to_name(number);
		text_addf(&warnings, "/process/capabilities: %s: the caller lacks it: left out\n",
			  name != NULL ? name : "?");
		cap_free(name);
	}
	log_warnings(launch->log, text_string(&warnings));
}

static const char *hook_state(const struct launch *launch, const char *status, struct emit *emit)
{
	emit_open(emit, false);
	container_emit_state(launch->container, status, emit);
	return emit_text(emit) != NULL ? emit_text(emit) : "{}";
}

/* In the child. Its process is pid 1 of the new namespace; for hooks in the container the state
 * carries the pid as the container sees it (runtime.md, State). */
static _Noreturn void run_child(struct launch *launch, int sync, int listener)
{
	auto_emit struct emit creating = { 0 };
	auto_emit struct emit created = { 0 };
	struct child child = { .plan = launch->plan,
			       .sync = sync,
			       .listener = listener,
			       .new_keyring = !launch->keep_keyring,
			       .contract_mount = launch->contract_mount,
			       .notify_mount = launch->notify_mount,
			       .idmapped = launch->idmapped,
			       .hook_output = launch->hook_output };

	/* The lock is the runtime's: held here as well, it would outlive a killed runtime. */
	fd_close(&launch->container->dir);
	fd_close(&launch->container->root);
	fd_close(&launch->sync);
	fd_close(&launch->interrupt.fd);
	fd_close(&launch->notify.socket);
	/* Directories of the host: from one that is still open when the program is looked up, ".."
	 * leads out of the container (CVE-2024-21626). */
	fd_close(&launch->cgroup.dirfd);
	fd_close(&launch->cgroup_rootfd);
	fd_close(&launch->govern.contract);
	scope_close(&launch->scope);
	launch->container->state.pid = getpid();
	child.hook_state = hook_state(launch, "creating", &creating);
	child.start_hook_state = hook_state(launch, "created", &created);
	child_run(&child);
}

static int clone_child(struct launch *launch, int sync, int listener, struct err *err)
{
	pid_t pid = clone_first_process(launch->plan, launch->cgroup.dirfd, &launch->pidfd, err);

	if (pid == 0)
		run_child(launch, sync, listener);
	if (pid < 0)
		return pid;
	launch->container->state.pid = pid;
	return 0;
}

static int write_pid(struct launch *launch, struct err *err)
{
	struct state *state = &launch->container->state;
	bool zombie;

	/* A child that has failed already is a zombie of ours, and its pid is still taken. */
	if (host_process_start(state->pid, &state->pid_start, &zombie) < 0)
		return err_say(err, ESRCH, "the container's first process is gone");
	state->poststart = launch->plan->spec->hooks.poststart.count > 0;
	state->poststop = launch->plan->spec->hooks.poststop.count > 0;
	return state_write(launch->container->dir, state, err);
}

static int run_hooks(struct launch *launch, struct err *err)
{
	const struct spec_hooks *hooks = &launch->plan->spec->hooks;
	auto_emit struct emit state = { 0 };
	const char *text;
	int result;

	if (hooks->prestart.count == 0 && hooks->create_runtime.count == 0)
		return 0;
	result = launch_expect(launch, SYNC_MOUNTED, err);
	if (result < 0)
		return result;
	text = hook_state(launch, "creating", &state);
	launch->hook_output.interrupt = launch->interrupt.fd;
	result = hooks_run("prestart", &hooks->prestart, text, &launch->hook_output, err);
	if (result == 0)
		result = hooks_run("createRuntime", &hooks->create_runtime, text,
				   &launch->hook_output, err);
	return result < 0 ? result : sync_send(launch->sync, SYNC_HOOKS_DONE, err);
}

/* Of the parent, since the child cannot: while it is not dumpable its files in /proc belong to the
 * host's root, which in a user namespace it is not. */
int launch_oom_score_adj(const struct plan_process *process, pid_t pid, struct err *err)
{
	char path[64];
	char number[16];

	if (!process->oom_score_adj_set)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int) pid);
	snprintf(number, sizeof(number), "%d", process->oom_score_adj);
	if (file_write_at(AT_FDCWD, path, number, err) == 0)
		return 0;
	if (err->number == EACCES)
		return err_say(err, EACCES,
			       "/process/oomScoreAdj: %d is lower than the caller's, and lowering "
			       "it needs CAP_SYS_RESOURCE",
			       process->oom_score_adj);
	return err_context(err, "/process/oomScoreAdj");
}

/* The service of the root, if there is one and it takes it; else whoever runs, or a keeper, does. */
static bool leave_to_service(const struct launch *launch)
{
	struct err err = { 0 };
	int result = 0;

	if (launch->detached)
		result = service_ask(launch->container->root, SERVICE_GOVERN,
				     launch->container->state.id, &err);
	if (result < 0)
		log_debug(launch->log, "the governor's service refuses: %s", err.text);
	return result > 0;
}

static int begin_governing(struct launch *launch, struct err *err)
{
	const struct cgroup_limit *high = &launch->plan->cgroup.settings.memory_high_bytes;
	const struct govern_subject subject = { .container = launch->container,
						.plan = launch->plan,
						.ladder = launch->plan->memory.ladder,
						.stop_signal = launch->plan->memory.stop_signal,
						.host_exec = launch->plan->memory.policy->host_exec,
						.config_high_bytes =
							high->kind == CGROUP_LIMIT_VALUE
								? high->value
								: MEMORY_NO_LIMIT,
						.cgroup = &launch->cgroup,
						.cgroup_rootfd = launch->cgroup_rootfd,
						.init_pidfd = launch->pidfd };
	int result;

	if (launch->plan->memory.ladder == NULL || leave_to_service(launch))
		return 0;
	result = govern_begin(&launch->govern, &subject, err);
	/* A detached one's keeper guards itself. */
	return result < 0 || launch->detached ? result : govern_guard(&launch->govern, err);
}

/* Of a filter that is installed while the container is created (child.c). */
static int hand_over_listener(struct launch *launch, struct err *err)
{
	const struct plan *plan = launch->plan;
	struct listener_delivery delivery = { .container = launch->container,
					      .spec = plan->spec,
					      .status = "creating" };
	const struct sync_taker taker = listener_taker(&delivery);
	int result;

	if (!plan->seccomp.notifies || !plan->has_process || plan->process.no_new_privileges)
		return 0;
	result = interrupt_wait(&launch->interrupt, launch->sync, err);
	return result < 0 ? result : sync_take_listener(launch->sync, &taker, err);
}

/* "created" on disk, then the child may live on its own. */
static int publish(struct launch *launch, const char *pid_file, struct err *err)
{
	struct state *state = &launch->container->state;
	int result = 0;

	if (launch->detached && launch->govern.governor != NULL)
		result = keeper_fork(launch, err);
	if (result < 0)
		return result;
	if (launch->pidfd_socket != NULL)
		result = console_send("--pidfd-socket", launch->pidfd_socket, launch->pidfd,
				      "pidfd", err);
	if (result < 0)
		return result;
	state->creating = false;
	if (launch->plan->rdt.lasting)
		state->rdt_made = false;
	result = state_write(launch->container->dir, state, err);
	if (result == 0 && pid_file != NULL)
		result = start_write_pid_file(pid_file, state->pid, err);
	if (result == 0)
		result = scope_let_go(&launch->scope, err);
	if (result == 0)
		result = sync_send(launch->sync, SYNC_CREATED, err);
	if (result < 0 && pid_file != NULL)
		(void) unlink(pid_file);
	return result;
}

/* What a child that ended without a word died of. */
static int explain_silence(struct launch *launch, struct err *err)
{
	struct memory_events events;

	if (err->number != ECONNRESET)
		return -err->number;
	if (launch->cgroup.dirfd >= 0 &&
	    memory_events_read(launch->cgroup.dirfd, false, &events, NULL) == 0 &&
	    events.oom_kill > 0)
		return err_say(err, ENOMEM,
			       "the container's first process was OOM-killed while it was set up: "
			       "the memory limit is too low");
	return err_say(err, ECONNRESET, "the container's first process ended while it was set up");
}

static int begin_child(struct launch *launch, int listener, struct err *err)
{
	auto_fd int child_end = -1;
	int pair[2];
	int result = sync_pair(pair, err);

	if (result < 0)
		return result;
	warn_of_missing_capabilities(launch);
	launch->sync = pair[0];
	child_end = pair[1];
	result = clone_child(launch, child_end, listener, err);
	/* Only the child holds its end from here: its death is an end of file to us. */
	fds_close_passed(launch->plan->process.passed_fds);
	fd_close(&launch->contract_mount);
	fd_close(&launch->notify_mount);
	idmap_close(launch->plan, &launch->idmapped);
	return result;
}

/* What the child waits for, until it stands before its program. */
static int serve_child(struct launch *launch, struct err *err)
{
	int result = launch_write_maps(launch, err);

	if (result == 0)
		result = write_pid(launch, err);
	if (result == 0)
		result = launch_enter_rdt(launch, err);
	if (result == 0)
		result = launch_fill_namespaces(launch, err);
	if (result == 0 && launch->plan->process.terminal)
		result = console_take(launch->sync, launch->console_socket, &launch->relay.master,
				      err);
	if (result == 0)
		result = run_hooks(launch, err);
	if (result == 0)
		result = hand_over_listener(launch, err);
	if (result == 0)
		result = launch_expect(launch, SYNC_READY, err);
	return result;
}

static int create(struct launch *launch, const char *config, const char *pid_file, struct err *err)
{
	const struct plan_process *process = &launch->plan->process;
	auto_fd int listener = -1;
	int result = launch_prepare(launch, config, &listener, err);

	if (result < 0)
		return result;
	result = begin_child(launch, listener, err);
	fd_close(&listener);
	if (result == 0)
		result = serve_child(launch, err);
	if (result < 0)
		return explain_silence(launch, err);
	result = launch_oom_score_adj(process, launch->container->state.pid, err);
	if (result == 0)
		result = schedule_process(process, launch->container->state.pid, err);
	if (result == 0)
		result = begin_governing(launch, err);
	return result < 0 ? result : publish(launch, pid_file, err);
}

static void undo(struct launch *launch)
{
	struct container *container = launch->container;
	struct err err = { 0 };

	/* While its network namespace is there: it takes virtual devices with it. */
	netdevices_return(launch->net_moves);
	govern_close(&launch->govern);
	fd_close(&launch->sync);
	scope_close(&launch->scope);
	if (launch->pidfd >= 0) {
		(void) host_signal(launch->pidfd, SIGKILL);
		while (waitpid(container->state.pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	container->state.creating = false;
	container->state.pid = 0;
	if (container->state.id[0] == '\0')
		container->state.id = launch->plan->id;
	if (container_undo(container, launch->log, &err) < 0)
		log_warnings(launch->log, err.text);
}

int launch_create(struct launch *launch, const char *config, const char *pid_file, struct err *err)
{
	int result = interrupt_open(&launch->interrupt, err);

	if (result == 0)
		result = create(launch, config, pid_file, err);
	if (result < 0)
		undo(launch);
	return result < 0 ? err_context(err, "create container '%s'", launch->plan->id) : 0;
}

int launch_start(struct launch *launch, struct err *err)
{
	auto_emit struct emit state = { 0 };
	struct listener_delivery delivery = { .container = launch->container,
					      .spec = launch->plan->spec,
					      .status = "created" };
	const struct sync_taker taker = listener_taker(&delivery);
	int result = sync_send(launch->sync, SYNC_START, err);

	if (result == 0)
		result = interrupt_wait(&launch->interrupt, launch->sync, err);
	if (result == 0)
		result = sync_expect_exec(launch->sync, &taker, err);
	fd_close(&launch->sync);
	launch->hook_output.interrupt = launch->interrupt.fd;
	if (result == 0)
		result =
			hooks_run("poststart", &launch->plan->spec->hooks.poststart,
				  hook_state(launch, "running", &state), &launch->hook_output, err);
	return result < 0 ? err_context(err, "start container '%s'", launch->plan->id) : 0;
}

void launch_close(struct launch *launch)
{
	interrupt_close(&launch->interrupt);
	govern_close(&launch->govern);
	fd_close(&launch->sync);
	fd_close(&launch->pidfd);
	scope_close(&launch->scope);
	cgroup_close(&launch->cgroup);
	fd_close(&launch->cgroup_rootfd);
	hooks_close_output(&launch->hook_output);
	netdevices_close(launch->net_moves);
	launch->net_moves = NULL;
	fd_close(&launch->contract_mount);
	fd_close(&launch->notify_mount);
	fd_close(&launch->notify.socket);
	if (launch->idmapped != NULL)
		idmap_close(launch->plan, &launch->idmapped);
	relay_close(&launch->relay);
}
