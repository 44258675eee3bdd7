// SPDX-License-Identifier: Apache-2.0
/* kill: signal a container's first process, or all of them. */
#include <errno.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"
#include "runtime/signals.h"

static const struct option_row rows[] = {
	{ 'a', "all", OPTION_FLAG, offsetof(struct options, all), NULL,
	  "signal every process of the container" },
	{ 'r', "regex", OPTION_FLAG, offsetof(struct options, regex), NULL,
	  "ID is a regular expression: every container that matches" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int kill_one(struct call *call, const char *id, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	const char *word = call->options.arguments[1] != NULL ? call->options.arguments[1] : "TERM";
	/* No signal, as kill(1) has it: whether it could be sent. */
	int signal = strcmp(word, "0") == 0 ? 0 : signal_parse(word);
	int result;

	if (signal < 0)
		return err_say(err, EINVAL, "kill: unknown signal '%s'", word);
	result = container_open(&container, call->root, id, false, err);
	return result < 0 ? result : container_kill(&container, signal, call->options.all, err);
}

static int run(struct call *call, struct err *err)
{
	const char *word = call->options.arguments[0];

	return call->options.regex ? matching_run(call, word, kill_one, err)
				   : kill_one(call, word, err);
}

const struct command command_kill = {
	.name = "kill",
	.arguments = "ID [SIGNAL]",
	.summary = "signal a container (default TERM)",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 2,
	.run = run,
};
