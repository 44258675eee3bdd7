// SPDX-License-Identifier: Apache-2.0
/* list: the containers of a root. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"

static const struct option_row rows[] = {
	{ 'f', "format", OPTION_TEXT, offsetof(struct options, format), "table|json",
	  "how to print them (default table)" },
	{ 'q', "quiet", OPTION_FLAG, offsetof(struct options, quiet), NULL, "ids alone" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

struct listing {
	struct call *call;
	struct emit emit;
	struct text table;
	bool json;
};

static int add_row(struct listing *listing, const struct container *container)
{
	const struct state *state = &container->state;
	enum state_status status = container_status(container, NULL);
	char created[CLOCK_TEXT_ROOM];

	text_addf(&listing->table, "%-20s %-8d %-9s %-30s %-28s %s\n", state->id,
		  status == STATUS_STOPPED ? 0 : (int) state->pid, state_status_name(status),
		  state->bundle, clock_text(state->created_usec, created), state->owner);
	return 0;
}

static int add(void *context, const char *id, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	struct listing *listing = context;
	struct err own = { 0 };

	if (listing->call->options.quiet) {
		text_addf(&listing->table, "%s\n", id);
		return 0;
	}
	if (container_open(&container, listing->call->root, id, false, &own) < 0) {
		/* Deleted meanwhile, or damaged: the others are listed all the same. */
		if (own.number != ENOENT)
			log_warnings(&listing->call->log, own.text);
		return 0;
	}
	if (listing->json)
		container_emit_state(&container, NULL, &listing->emit);
	else
		return add_row(listing, &container);
	(void) err;
	return 0;
}

static int print(struct listing *listing, struct err *err)
{
	const char *text = listing->json ? emit_text(&listing->emit) : text_string(&listing->table);

	if (text == NULL || !text_ok(&listing->table))
		return err_set(err, ENOMEM, "list");
	fputs(text, stdout);
	return 0;
}

static int run(struct call *call, struct err *err)
{
	auto_container struct container root = CONTAINER_NONE;
	struct listing listing = { .call = call };
	const char *format = call->options.format != NULL ? call->options.format : "table";
	int result;

	listing.json = strcmp(format, "json") == 0 && !call->options.quiet;
	if (strcmp(format, "json") != 0 && strcmp(format, "table") != 0)
		return err_say(err, EINVAL, "list: --format: unknown format '%s' (table or json)",
			       format);
	result = container_open_root(&root, call->root, err);
	if (result < 0)
		return result;
	emit_open(&listing.emit, true);
	emit_array(&listing.emit, NULL);
	if (!call->options.quiet)
		text_addf(&listing.table, "%-20s %-8s %-9s %-30s %-28s %s\n", "ID", "PID", "STATUS",
			  "BUNDLE", "CREATED", "OWNER");
	result = container_for_each(&root, add, &listing, err);
	emit_array_end(&listing.emit);
	if (result == 0)
		result = print(&listing, err);
	emit_close(&listing.emit);
	text_free(&listing.table);
	return result;
}

const struct command command_list = {
	.name = "list",
	.arguments = "",
	.summary = "list containers",
	.rows = rows,
	.run = run,
};
