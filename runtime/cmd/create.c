// SPDX-License-Identifier: Apache-2.0
/* create: everything but the program. */
#include "runtime/base/err.h"
#include "runtime/cmd/cmd.h"
#include "runtime/console.h"
#include "runtime/container.h"
#include "runtime/launch.h"

static const struct option_row rows[] = {
	{ 'b', "bundle", OPTION_TEXT, offsetof(struct options, bundle), "DIR",
	  "the bundle (default: the working directory)" },
	{ 'p', "pid-file", OPTION_TEXT, offsetof(struct options, pid_file), "FILE",
	  "write the first process's pid to FILE" },
	{ 0, "ladder", OPTION_TEXT, offsetof(struct options, ladder), "SPEC",
	  "memory ladder, or a preset: graceful" },
	{ 0, "align", OPTION_TEXT, offsetof(struct options, align), "auto|off|LIST",
	  "tell language runtimes the limit (go=0.9,jvm=75)" },
	{ 0, "memory-policy", OPTION_TEXT, offsetof(struct options, memory_policy), "FILE",
	  "one more file of memory policies" },
	{ 0, "no-new-keyring", OPTION_FLAG, offsetof(struct options, no_new_keyring), NULL,
	  "keep the caller's session keyring" },
	{ 0, "plan", OPTION_FLAG, offsetof(struct options, plan), NULL,
	  "print what would be done, as JSON, and do nothing" },
	{ 0, "console-socket", OPTION_TEXT, offsetof(struct options, console_socket), "PATH",
	  "send the terminal's descriptor to the socket PATH" },
	{ 0, "preserve-fds", OPTION_TEXT, offsetof(struct options, preserve_fds), "N",
	  "pass N more descriptors on, from 3" },
	{ 0, "pidfd-socket", OPTION_TEXT, offsetof(struct options, pidfd_socket), "PATH",
	  "send a pidfd of the process to the socket PATH" },
	{ 'f', "config", OPTION_TEXT, offsetof(struct options, config), "FILE",
	  "the config (default: config.json in the bundle)" },
	{ 0, "no-pivot", OPTION_FLAG, offsetof(struct options, no_pivot), NULL,
	  "for a root on an initramfs; isolates less" },
	{ 0, "no-subreaper", OPTION_FLAG, offsetof(struct options, no_subreaper), NULL,
	  "accepted: weir is none" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

int detached_create(struct call *call, const char *id, struct bundle *bundle, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	auto_launch struct launch launch = LAUNCH_NONE;
	const char *socket = call->options.console_socket;
	int result = console_check(bundle->plan.process.terminal, true, socket, err);

	if (result == 0)
		result = container_claim(&container, call->root, id, err);
	if (result < 0)
		return result;
	launch.container = &container;
	launch.plan = &bundle->plan;
	launch.log = &call->log;
	launch.keep_keyring = call->options.no_new_keyring;
	launch.detached = true;
	launch.console_socket = socket;
	launch.pidfd_socket = call->options.pidfd_socket;
	return launch_create(&launch, text_string(&bundle->config), call->options.pid_file, err);
}

static int run(struct call *call, struct err *err)
{
	auto_bundle struct bundle bundle = { 0 };
	const char *id = call->options.arguments[0];
	int result = bundle_load(call, id, &bundle, err);

	if (result == 0 && call->options.plan)
		return bundle_print_plan(&bundle, err);
	return result < 0 ? result : detached_create(call, id, &bundle, err);
}

const struct command command_create = {
	.name = "create",
	.arguments = "ID",
	.summary = "create a container from a bundle; 'start' runs its program",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 1,
	.passes_fds = true,
	.needs_kernel = true,
	.enters = true,
	.run = run,
};
