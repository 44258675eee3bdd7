// SPDX-License-Identifier: Apache-2.0
/* exec: one more process in a running container. */
#include "runtime/exec.h"

#include <errno.h>
#include <sys/wait.h>

#include "runtime/attend.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/console.h"
#include "runtime/container.h"
#include "runtime/host.h"

/* Also when the program cannot be told from it: engines see it by the pid file that is missing. */
#define EXEC_FAILED 255

static const struct option_row rows[] = {
	{ 'p', "process", OPTION_TEXT, offsetof(struct options, process), "FILE",
	  "the process, as config.json has one" },
	{ 'd', "detach", OPTION_FLAG, offsetof(struct options, detach), NULL,
	  "do not stay with the process" },
	{ 't', "tty", OPTION_FLAG, offsetof(struct options, tty), NULL, "give it a terminal" },
	{ 0, "console-socket", OPTION_TEXT, offsetof(struct options, console_socket), "PATH",
	  "send the terminal's descriptor to the socket PATH" },
	{ 0, "pid-file", OPTION_TEXT, offsetof(struct options, pid_file), "FILE",
	  "write its pid to FILE" },
	{ 0, "cwd", OPTION_TEXT, offsetof(struct options, cwd), "DIR", "its working directory" },
	{ 'e', "env", OPTION_LIST, offsetof(struct options, env), "NAME=VALUE",
	  "one more variable (may be repeated)" },
	{ 'u', "user", OPTION_TEXT, offsetof(struct options, user), "UID[:GID]", "who it is" },
	{ 'g', "additional-gids", OPTION_LIST, offsetof(struct options, additional_gids), "GID",
	  "one more group (may be repeated)" },
	{ 'c', "cap", OPTION_LIST, offsetof(struct options, capabilities), "CAP_NAME",
	  "one more capability (may be repeated)" },
	{ 0, "no-new-privs", OPTION_FLAG, offsetof(struct options, no_new_privs), NULL,
	  "it cannot gain privileges" },
	{ 0, "apparmor", OPTION_TEXT, offsetof(struct options, apparmor), "PROFILE",
	  "its AppArmor profile" },
	{ 0, "process-label", OPTION_TEXT, offsetof(struct options, process_label), "LABEL",
	  "its SELinux label" },
	{ 0, "cgroup", OPTION_TEXT, offsetof(struct options, cgroup), "PATH",
	  "a cgroup below the container's own" },
	{ 0, "ignore-paused", OPTION_FLAG, offsetof(struct options, ignore_paused), NULL,
	  "wait for a paused container to be resumed" },
	{ 0, "preserve-fds", OPTION_TEXT, offsetof(struct options, preserve_fds), "N",
	  "pass N more descriptors on, from 3" },
	{ 0, "pidfd-socket", OPTION_TEXT, offsetof(struct options, pidfd_socket), "PATH",
	  "send a pidfd of the process to the socket PATH" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int make_plan(struct call *call, struct container *container, struct spec *spec,
		     struct plan *plan, struct err *err)
{
	auto_text struct text warnings = { 0 };
	const struct plan_request request = {
		.arena = &call->arena,
		.spec = spec,
		.warnings = &warnings,
		.id = container->state.id,
		.bundle = container->state.bundle,
		.manager = CGROUP_MANAGER_DISABLED,
		.ladder_text = container->state.ladder[0] != '\0' ? container->state.ladder : NULL,
		.fds = call->fds,
		.kernel_capabilities = host_capabilities(),
	};
	int result = container_load_spec(container, spec, err);

	if (result == 0)
		result = exec_process(call, spec, err);
	if (result == 0)
		result = plan_further_process(&request, plan, err);
	log_warnings(&call->log, text_string(&warnings));
	return result;
}

static int stay(struct call *call, struct exec *exec, struct err *err)
{
	const struct attended attended = {
		.pidfd = exec->pidfd,
		.relay = exec->relay.master >= 0 ? &exec->relay : NULL,
	};
	int result = attended.relay != NULL ? relay_begin(&exec->relay, err) : 0;
	int status;

	if (result == 0)
		result = attend(&attended, err);
	relay_close(&exec->relay);
	if (result < 0)
		return result;
	status = attend_status(exec->pid);
	call->exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

static int start(struct call *call, const struct container *container, const struct plan *plan,
		 struct err *err)
{
	const struct options *options = &call->options;
	auto_exec struct exec exec = EXEC_NONE;
	int result = console_check(plan->process.terminal, options->detach, options->console_socket,
				   err);

	exec.container = container;
	exec.plan = plan;
	exec.cgroup = options->cgroup;
	exec.pid_file = options->pid_file;
	exec.pidfd_socket = options->pidfd_socket;
	exec.console_socket = options->console_socket;
	exec.detached = options->detach;
	exec.ignore_paused = options->ignore_paused;
	if (result == 0 && !exec.detached)
		result = attend_prepare(err);
	if (result == 0)
		result = exec_start(&exec, err);
	if (result == 0 && !exec.detached)
		result = stay(call, &exec, err);
	return result;
}

static int run(struct call *call, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	const char *id = call->options.arguments[0];
	struct spec spec = { 0 };
	struct plan plan = { 0 };
	int result = container_open(&container, call->root, id, false, err);

	if (result == 0)
		result = make_plan(call, &container, &spec, &plan, err);
	if (result == 0)
		result = start(call, &container, &plan, err);
	plan_release(&plan);
	return result < 0 ? err_context(err, "exec in container '%s'", id) : 0;
}

const struct command command_exec = {
	.name = "exec",
	.arguments = "ID [PROGRAM ARGUMENTS...]",
	.summary = "run one more program in a container",
	.rows = rows,
	.arguments_min = 1,
	.takes_program = true,
	.failure_status = EXEC_FAILED,
	.passes_fds = true,
	.needs_kernel = true,
	.enters = true,
	.run = run,
};
