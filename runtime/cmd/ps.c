// SPDX-License-Identifier: Apache-2.0
/* ps: the processes of a container, as the host numbers them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"
#include "runtime/process-table.h"

static const struct option_row rows[] = {
	{ 'f', "format", OPTION_TEXT, offsetof(struct options, format), "table|json",
	  "how to print them (default table)" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

/* Those of the cgroup and below it; without a cgroup, init alone is known. */
static int list_pids(const struct container *container, pid_t **pids, size_t *count,
		     struct err *err)
{
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	auto_fd int rootfd = -1;
	int result;

	if (container_status(container, NULL) == STATUS_STOPPED)
		return err_say(err, ESRCH, "container not running: '%s' is stopped",
			       container->state.id);
	if (container->state.cgroup_path[0] != '\0') {
		result = container_open_cgroup(container, &rootfd, &cgroup, err);
		return result < 0 ? result : cgroup_pids(&cgroup, pids, count, err);
	}
	*pids = malloc(sizeof(**pids));
	if (*pids == NULL)
		return err_set(err, ENOMEM, "ps");
	(*pids)[0] = container->state.pid;
	*count = 1;
	return 0;
}

static int write_json(const pid_t *pids, size_t count, struct text *out)
{
	auto_emit struct emit emit = { 0 };
	size_t i;

	emit_open(&emit, false);
	emit_array(&emit, NULL);
	for (i = 0; i < count; i++)
		emit_i64(&emit, NULL, pids[i]);
	emit_array_end(&emit);
	if (emit_text(&emit) == NULL)
		return -ENOMEM;
	text_addf(out, "%s\n", emit_text(&emit));
	return 0;
}

/* The words behind the id are ps's; its name takes the id's place. */
static int write_table(struct call *call, const pid_t *pids, size_t count, struct text *out,
		       struct err *err)
{
	char **words = call->options.arguments;
	static char ps[] = "ps";

	if (call->options.argument_count == 1) {
		process_table(pids, count, out);
		return 0;
	}
	words[0] = ps;
	return process_table_of_ps(words, pids, count, out, err);
}

static int run(struct call *call, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	const char *format = call->options.format != NULL ? call->options.format : "table";
	auto_text struct text out = { 0 };
	auto_free pid_t *pids = NULL;
	size_t count = 0;
	int result;

	if (strcmp(format, "json") != 0 && strcmp(format, "table") != 0)
		return err_say(err, EINVAL, "ps: --format: unknown format '%s' (table or json)",
			       format);
	result = container_open(&container, call->root, call->options.arguments[0], false, err);
	if (result == 0)
		result = list_pids(&container, &pids, &count, err);
	if (result < 0)
		return result;
	if (strcmp(format, "json") == 0)
		result = write_json(pids, count, &out);
	else
		result = write_table(call, pids, count, &out, err);
	if (result == 0 && !text_ok(&out))
		result = err_set(err, ENOMEM, "ps");
	if (result == 0)
		fputs(text_string(&out), stdout);
	return result;
}

const struct command command_ps = {
	.name = "ps",
	.arguments = "ID [PS-ARGUMENTS]",
	.summary = "list the processes of a container",
	.rows = rows,
	.arguments_min = 1,
	.takes_program = true,
	.run = run,
};
