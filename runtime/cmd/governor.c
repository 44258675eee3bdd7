// SPDX-License-Identifier: Apache-2.0
/* governor: one process that governs all containers of a root. */
#include <errno.h>
#include <stdio.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"
#include "runtime/news.h"
#include "runtime/service/service.h"

static const struct option_row rows[] = {
	{ 0, "foreground", OPTION_FLAG, offsetof(struct options, foreground), NULL,
	  "stay, and say on stderr what happens" },
	{ 0, "status", OPTION_FLAG, offsetof(struct options, status), NULL,
	  "print who governs which container, and end" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

/* The kernel says whether somebody does; the service and the state, who. */
static const char *governor_of(const struct container *container)
{
	const struct state *state = &container->state;
	auto_fd int pidfd = -1;

	if (!news_heard(container->dir))
		return "none";
	if (service_ask(container->root, SERVICE_HOSTS, state->id, NULL) > 0)
		return "service";
	pidfd = state_open_process(state, state->keeper_pid, state->keeper_start);
	return pidfd >= 0 ? "keeper" : "run";
}

static int print(void *context, const char *id, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	const struct call *call = context;
	enum state_status status;
	struct err own = { 0 };

	(void) err;
	if (container_open(&container, call->root, id, false, &own) < 0) {
		if (own.number != ENOENT)
			log_warnings(&call->log, own.text);
		return 0;
	}
	status = container_status(&container, NULL);
	if (container.state.ladder[0] != '\0' && status != STATUS_STOPPED)
		printf("%-24s  %-8s  %s\n", id, state_status_name(status), governor_of(&container));
	return 0;
}

static int print_all(struct call *call, struct err *err)
{
	auto_container struct container root = CONTAINER_NONE;
	int result = container_find_root(&root, call->root, err);

	printf("%-24s  %-8s  %s\n", "ID", "STATUS", "GOVERNOR");
	if (result == -ENOENT)
		return 0;
	return result < 0 ? result : container_for_each(&root, print, call, err);
}

static int run(struct call *call, struct err *err)
{
	int result;

	if (call->options.status)
		return print_all(call, err);
	result = service_run(call->root, call->options.foreground, &call->log, err);
	return result < 0 ? err_context(err, "governor") : 0;
}

const struct command command_governor = {
	.name = "governor",
	.arguments = "",
	.summary = "govern all containers of a root in one process",
	.rows = rows,
	.needs_kernel = true,
	.enters = true,
	.run = run,
};
