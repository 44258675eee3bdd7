// SPDX-License-Identifier: Apache-2.0
/*
 * pause and resume: the kernel's freezer (cgroup-v2.rst, cgroup.freeze).
 * Should: leave a container that could not be frozen whole running whole.
 * Must not: answer before the kernel says that it is done.
 */
#include <errno.h>
#include <stdbool.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"

/* A task that memory.high throttles is frozen when its sleep of 2 s at most is over, one that waits
 * for a disk when that answers; five times the first is for a loaded machine. */
#define FREEZE_TIMEOUT_MSEC 10000

static const struct option_row rows[] = {
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int check_status(const struct container *container, bool freeze, struct err *err)
{
	enum state_status status = container_status(container, NULL);

	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return err_say(err, ESRCH, "container not running: '%s' is %s", container->state.id,
			       state_status_name(status));
	if (!freeze && status != STATUS_PAUSED)
		return err_say(err, EINVAL, "container not paused: '%s' is %s", container->state.id,
			       state_status_name(status));
	return 0;
}

static int set_frozen(struct call *call, bool freeze, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	auto_fd int rootfd = -1;
	int result = container_open(&container, call->root, call->options.arguments[0], true, err);

	if (result == 0)
		result = check_status(&container, freeze, err);
	if (result < 0)
		return result;
	result = container_open_cgroup(&container, &rootfd, &cgroup, err);
	if (result == 0)
		result = cgroup_freeze(&cgroup, freeze, FREEZE_TIMEOUT_MSEC, err);
	return result < 0 ? err_context(err, "%s container '%s'", freeze ? "pause" : "resume",
					container.state.id)
			  : 0;
}

static int pause_it(struct call *call, struct err *err)
{
	return set_frozen(call, true, err);
}

static int resume_it(struct call *call, struct err *err)
{
	return set_frozen(call, false, err);
}

const struct command command_pause = {
	.name = "pause",
	.arguments = "ID",
	.summary = "stop all processes of a container where they are",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 1,
	.run = pause_it,
};

const struct command command_resume = {
	.name = "resume",
	.arguments = "ID",
	.summary = "let a paused container go on",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 1,
	.run = resume_it,
};
