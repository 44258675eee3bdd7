// SPDX-License-Identifier: Apache-2.0
/* run: create and start, and stay until the end unless --detach. */
#include <errno.h>

#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"
#include "runtime/start.h"

static const struct option_row rows[] = {
	{ 'b', "bundle", OPTION_TEXT, offsetof(struct options, bundle), "DIR",
	  "the bundle (default: the working directory)" },
	{ 'd', "detach", OPTION_FLAG, offsetof(struct options, detach), NULL,
	  "do not stay with the container" },
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
	{ 0, "keep", OPTION_FLAG, offsetof(struct options, keep), NULL,
	  "leave state and cgroup until 'delete'" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int run_detached(struct call *call, const char *id, struct bundle *bundle, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	struct err ignored = { 0 };
	int result = detached_create(call, id, bundle, err);

	if (result < 0)
		return result;
	result = container_open(&container, call->root, id, true, err);
	/* Once more: without it there is no way to undo what was made. */
	if (result < 0 && result != -ENOENT) {
		container_close(&container);
		container = (struct container) CONTAINER_NONE;
		err_clear(err);
		result = container_open(&container, call->root, id, true, err);
	}
	if (result == 0)
		result = container_start(&container, err);
	/* Unlike `start`, `run` made it: what does not start must not stay. */
	if (result < 0 && container.dir >= 0)
		(void) container_undo(&container, &call->log, &ignored);
	return result;
}

static int run(struct call *call, struct err *err)
{
	auto_bundle struct bundle bundle = { 0 };
	auto_text struct text report = { 0 };
	const char *id = call->options.arguments[0];
	int result = bundle_load(call, id, &bundle, err);

	if (result < 0)
		return result;
	if (call->options.plan)
		return bundle_print_plan(&bundle, err);
	if (call->options.detach)
		return run_detached(call, id, &bundle, err);
	return foreground_run(call, id, &bundle, &report, err);
}

const struct command command_run = {
	.name = "run",
	.arguments = "ID",
	.summary = "create and start a container, and stay with it",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 1,
	.passes_fds = true,
	.needs_kernel = true,
	.enters = true,
	.run = run,
};
