// SPDX-License-Identifier: Apache-2.0
/*
 * The container's first process, from clone to exec.
 * Should: be a table of steps in an order that has reasons.
 * Must not: decide anything: the plan has.
 */
#include "runtime/child.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/fds.h"
#include "runtime/hooks.h"
#include "runtime/inroot.h"
#include "runtime/join.h"
#include "runtime/setup/setup.h"
#include "runtime/sync.h"

struct act {
	const struct child *child;
	struct setup setup;
	char executable[PATH_MAX];
};

/* Until the state is on disk nobody else could clean us up: we go when the runtime goes. */
static int step_die_with_parent(struct act *act, struct err *err)
{
	(void) act;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_set(err, errno, "PR_SET_PDEATHSIG");
	/* Not traceable and no readable /proc/self for whoever shares our pid namespace
	 * (CVE-2016-9962); execve(2) sets it back. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(err, errno, "PR_SET_DUMPABLE");
	return 0;
}

static int step_id_maps(struct act *act, struct err *err)
{
	int result;

	if (!act->child->plan->becomes_root)
		return 0;
	if (act->child->plan->uid_map != NULL) {
		result = sync_expect(act->child->sync, SYNC_ID_MAPS_WRITTEN, err);
		if (result < 0)
			return result;
	}
	/* Without maps we were nobody; now we can be the namespace's root. */
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_set(err, errno, "become root of the user namespace");
	return 0;
}

static int step_namespaces(struct act *act, struct err *err)
{
	return setup_namespaces(&act->setup, err);
}

static int step_rootfs(struct act *act, struct err *err)
{
	return setup_rootfs(&act->setup, err);
}

static int step_private_proc(struct act *act, struct err *err)
{
	return setup_private_proc(&act->setup, err);
}

static int step_time(struct act *act, struct err *err)
{
	int result = 0;

	if (act->child->plan->time_offsets != NULL) {
		result = sync_send(act->child->sync, SYNC_TIME_UNSHARED, err);
		if (result == 0)
			result = sync_expect(act->child->sync, SYNC_TIME_OFFSETS_WRITTEN, err);
	}
	return result == 0 ? setup_time_namespace(&act->setup, err) : result;
}

static int step_network(struct act *act, struct err *err)
{
	int result = setup_loopback(&act->setup, err);

	/* Before the sysctls of the devices. */
	if (result < 0 || act->child->plan->net_device_count == 0)
		return result;
	result = sync_send(act->child->sync, SYNC_NETWORK_READY, err);
	return result < 0 ? result : sync_expect(act->child->sync, SYNC_DEVICES_MOVED, err);
}

static int step_mounts(struct act *act, struct err *err)
{
	return setup_mounts(&act->setup, err);
}

static int step_devices(struct act *act, struct err *err)
{
	return setup_devices(&act->setup, err);
}

static int step_terminal(struct act *act, struct err *err)
{
	auto_fd int master = -1;
	int result;

	if (!act->child->plan->process.terminal)
		return 0;
	master = setup_terminal(&act->setup, err);
	if (master < 0)
		return master;
	result = setup_console(&act->setup, err);
	return result < 0 ? result : sync_send_terminal(act->child->sync, master, err);
}

static int step_runtime_hooks(struct act *act, struct err *err)
{
	const struct spec_hooks *hooks = &act->child->plan->spec->hooks;
	int result = 0;

	if (hooks->prestart.count > 0 || hooks->create_runtime.count > 0) {
		result = sync_send(act->child->sync, SYNC_MOUNTED, err);
		if (result == 0)
			result = sync_expect(act->child->sync, SYNC_HOOKS_DONE, err);
	}
	if (result == 0)
		result = hooks_run("createContainer", &hooks->create_container,
				   act->child->hook_state, &act->child->hook_output, err);
	return result;
}

static int step_sysctl(struct act *act, struct err *err)
{
	return setup_sysctl(&act->setup, err);
}

/* Engines leave it to the runtime to make a working directory that the image lacks. Where it cannot be
 * made, entering it says why. */
static void make_working_directory(const struct act *act)
{
	auto_fd int fd = -1;

	if (act->child->plan->has_process)
		fd = inroot_make(act->setup.root, act->child->plan->process.cwd, S_IFDIR, NULL);
}

static int step_paths(struct act *act, struct err *err)
{
	int result;

	make_working_directory(act);
	result = setup_readonly_paths(&act->setup, err);

	if (result == 0)
		result = setup_masked_paths(&act->setup, err);
	if (result == 0)
		result = setup_readonly_root(&act->setup, err);
	return result;
}

static int step_pivot(struct act *act, struct err *err)
{
	return setup_pivot(&act->setup, err);
}

static int step_hostname(struct act *act, struct err *err)
{
	return setup_hostname(&act->setup, err);
}

static int step_limits(struct act *act, struct err *err)
{
	int result = 0;

	if (act->child->new_keyring)
		result = setup_keyring(&act->setup, err);
	if (result == 0 && act->child->plan->has_process)
		result = setup_limits(&act->setup, err);
	if (result == 0 && act->child->plan->has_process)
		result = setup_scheduling(&act->setup, err);
	if (result == 0 && act->child->plan->has_process)
		result = setup_labels(&act->setup, err);
	if (result == 0 && act->child->plan->has_process)
		setup_stdio(&act->setup);
	/* Once there is a session that it can be of. */
	if (result == 0 && act->child->plan->process.terminal)
		result = setup_controlling_terminal(&act->setup, err);
	return result;
}

/* The root, procfs and /dev/null of the host side are directories and files that the program must
 * not be found through. What stays open to exec are two sockets. */
static int step_close(struct act *act, struct err *err)
{
	(void) err;
	setup_close(&act->setup);
	return 0;
}

static int step_seccomp_early(struct act *act, struct err *err)
{
	const struct plan *plan = act->child->plan;
	int result;

	if (!plan->has_process || plan->process.no_new_privileges)
		return 0;
	act->setup.listener_socket = act->child->sync;
	result = setup_seccomp(&act->setup, err);
	return result < 0 ? result : setup_seccomp_settle(&act->setup, err);
}

static int step_identity(struct act *act, struct err *err)
{
	int result;

	if (!act->child->plan->has_process)
		return 0;
	/* As root, and where that was refused, as the user (setup.h). */
	result = setup_working_directory(&act->setup, err);
	setup_home(&act->setup);
	if (result == 0)
		result = setup_identity(&act->setup, err);
	if (result == 0)
		result = setup_working_directory(&act->setup, err);
	if (result == 0)
		result = setup_find_executable(&act->setup, act->executable,
					       sizeof(act->executable), err);
	return result;
}

static int step_verify(struct act *act, struct err *err)
{
	return act->child->plan->has_process ? setup_verify(&act->setup, err) : 0;
}

static int step_descriptors(struct act *act, struct err *err)
{
	(void) act;
	return setup_descriptors(FDS_FIRST, err);
}

/* Waits for START on the parent's socket, or on a connection to exec.sock; *from is where it came
 * from and where a failure to exec is reported. */
static int wait_for_start(const struct child *child, int *from, struct err *err)
{
	int result;

	*from = child->sync;
	if (child->listener >= 0) {
		int connection;
		sigset_t none;

		/* What the creator had to notice first is ours again: `kill` may end who waits. */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		do {
			connection = accept4(child->listener, NULL, NULL, SOCK_CLOEXEC);
		} while (connection < 0 && errno == EINTR);
		if (connection < 0)
			return err_set(err, errno, "accept the start");
		/* A second `start` finds nobody listening. */
		close(child->listener);
		*from = connection;
	}
	result = sync_expect(*from, SYNC_START, err);
	return result;
}

static int step_report_ready(struct act *act, struct err *err)
{
	int result;

	/* From here to CREATED the end of the runtime is an end of file. The signal goes first:
	 * `create` may end the moment it has sent CREATED, and that must not kill us. */
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return err_set(err, errno, "PR_SET_PDEATHSIG");
	result = sync_send(act->child->sync, SYNC_READY, err);
	if (result == 0)
		result = sync_expect(act->child->sync, SYNC_CREATED, err);
	return result;
}

/* A foreground program goes with its supervisor: nobody else would govern it, or end it. Set late,
 * since a change of ids resets it. */
static int die_with_supervisor(const struct child *child, struct err *err)
{
	return child->listener >= 0 ? 0 : sync_die_with_parent(child->sync, err);
}

static const struct step {
	const char *name;
	int (*run)(struct act *act, struct err *err);
} steps[] = {
	{ "parent", step_die_with_parent },
	{ "user namespace", step_id_maps },
	/* before anything that is seen through them */
	{ "namespaces", step_namespaces },
	/* first of all mounts: ends propagation to the host */
	{ "rootfs", step_rootfs },
	/* in the pid namespace, and before the container's own mounts could cover it */
	{ "proc", step_private_proc },
	/* found by way of procfs; the clocks are set while nobody is in it */
	{ "time namespace", step_time },
	{ "network", step_network },
	{ "mounts", step_mounts },
	/* into the /dev that was just mounted */
	{ "devices", step_devices },
	/* of the devpts that was mounted; /dev/console is a mount too */
	{ "terminal", step_terminal },
	/* config.md: after the mounts, before pivot_root */
	{ "hooks", step_runtime_hooks },
	/* before /proc/sys becomes read-only */
	{ "sysctl", step_sysctl },
	/* after all mounts: they must cover them */
	{ "paths", step_paths },
	/* last use of the host's file system */
	{ "pivot", step_pivot },
	{ "hostname", step_hostname },
	/* before the privileges to raise them are dropped */
	{ "limits", step_limits },
	/* after the last use of each, before the program is looked up */
	{ "close", step_close },
	/* last use of CAP_SETUID, CAP_SETGID, CAP_SETPCAP */
	{ "identity", step_identity },
	/* nothing changes the identity after it; before a filter, which could forbid the looking */
	{ "verify", step_verify },
	/* without no_new_privs a filter needs CAP_SYS_ADMIN, which is given up with it; with
	 * no_new_privs, it comes last of all */
	{ "seccomp", step_seccomp_early },
	/* exec closes everything but stdio */
	{ "descriptors", step_descriptors },
	{ "ready", step_report_ready },
};

static int run_steps(struct act *act, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int result = steps[i].run(act, err);

		if (result < 0)
			return err_context(err, "%s", steps[i].name);
	}
	return 0;
}

static int start_program(struct act *act, int *from, struct err *err)
{
	const struct plan *plan = act->child->plan;
	sigset_t none;
	int result = wait_for_start(act->child, from, err);

	if (result < 0)
		return result;
	if (!plan->has_process)
		return err_say(err, EINVAL, "the config has no process to start");
	result = die_with_supervisor(act->child, err);
	if (result < 0)
		return result;
	result = hooks_run("startContainer", &plan->spec->hooks.start_container,
			   act->child->start_hook_state, &act->child->hook_output, err);
	/* With no_new_privs nothing is needed for it: so late that only exec is left to allow. */
	act->setup.listener_socket = *from;
	if (result == 0 && plan->process.no_new_privileges)
		result = setup_seccomp(&act->setup, err);
	if (result == 0)
		result = fds_hand_over(plan->process.passed_fds, plan->process.listen_pid, err);
	if (result < 0)
		return result;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(act->executable, plan->process.argv, plan->process.envp);
	return err_set(err, errno, "exec '%s'", act->executable);
}

_Noreturn void child_run(const struct child *child)
{
	struct act act = { .child = child };
	struct err err = { 0 };
	int from = child->sync;
	int result;

	join_reset_signals();
	/* The caller's must not take from the modes of what is made; the program's comes later. */
	umask(022);
	result = setup_open(&act.setup, child->plan, &err);
	act.setup.contract_mount = child->contract_mount;
	act.setup.notify_mount = child->notify_mount;
	act.setup.idmapped = child->idmapped;
	if (result == 0)
		result = run_steps(&act, &err);
	if (result == 0)
		(void) start_program(&act, &from, &err);
	sync_send_failure(from, &err);
	_exit(1);
}
