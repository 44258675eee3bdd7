// SPDX-License-Identifier: Apache-2.0
/* state: the OCI state of a container, as JSON. */
#include <errno.h>
#include <stdio.h>

#include "runtime/base/emit.h"
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
	auto_emit struct emit emit = { 0 };
	int result = container_open(&container, call->root, call->options.arguments[0], false, err);

	if (result < 0)
		return result;
	emit_open(&emit, true);
	container_emit_state(&container, NULL, &emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, "state");
	fputs(emit_text(&emit), stdout);
	return 0;
}

const struct command command_state = {
	.name = "state",
	.arguments = "ID",
	.summary = "print the state of a container as JSON",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 1,
	.run = run,
};
