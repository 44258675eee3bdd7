// SPDX-License-Identifier: Apache-2.0
/* start: let the program of a created container run. */
#include "runtime/start.h"

#include "runtime/base/err.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"

static const struct option_row rows[] = {
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int run(struct call *call, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	int result = container_open(&container, call->root, call->options.arguments[0], true, err);

	return result < 0 ? result : container_start(&container, err);
}

const struct command command_start = {
	.name = "start",
	.arguments = "ID",
	.summary = "run the program of a created container",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 1,
	.run = run,
};
