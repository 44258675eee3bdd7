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

#define COLUMNS 6

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
	struct text cells; /* of the table, each ended by a NUL */
	int widths[COLUMNS];
	size_t count; /* of containers */
	bool json;
};

static void add_cell(struct listing *listing, size_t column, const char *cell)
{
	int width = (int) strlen(cell);

	if (width > listing->widths[column])
		listing->widths[column] = width;
	text_add_bytes(&listing->cells, cell, strlen(cell) + 1);
}

static void add_row(struct listing *listing, const struct container *container)
{
	const struct state *state = &container->state;
	enum state_status status = container_status(container, NULL);
	char created[CLOCK_TEXT_ROOM];
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", status == STATUS_STOPPED ? 0 : (int) state->pid);
	add_cell(listing, 0, state->id);
	add_cell(listing, 1, pid);
	add_cell(listing, 2, state_status_name(status));
	add_cell(listing, 3, state->bundle);
	add_cell(listing, 4, clock_text(state->created_usec, created));
	add_cell(listing, 5, state->owner);
}

static void add_header(struct listing *listing)
{
	static const char *const header[COLUMNS] = { "ID",     "PID",	  "STATUS",
						     "BUNDLE", "CREATED", "OWNER" };
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		add_cell(listing, i, header[i]);
}

static int add(void *context, const char *id, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	struct listing *listing = context;
	struct err own = { 0 };

	(void) err;
	if (listing->call->options.quiet) {
		printf("%s\n", id);
		return 0;
	}
	if (container_open(&container, listing->call->root, id, false, &own) < 0) {
		/* Deleted meanwhile, or damaged: the others are listed all the same. */
		if (own.number != ENOENT)
			log_warnings(&listing->call->log, own.text);
		return 0;
	}
	listing->count++;
	if (listing->json)
		container_emit_state(&container, NULL, &listing->emit);
	else
		add_row(listing, &container);
	return 0;
}

/* Columns as wide as their widest cell, two blanks between; nothing behind the last. */
static void print_table(const struct listing *listing)
{
	const char *cell = listing->cells.bytes;
	size_t i;

	for (i = 0; i < (listing->count + 1) * COLUMNS; i++) {
		size_t column = i % COLUMNS;

		if (column == COLUMNS - 1)
			printf("%s\n", cell);
		else
			printf("%-*s  ", listing->widths[column], cell);
		cell += strlen(cell) + 1;
	}
}

static int print(struct listing *listing, struct err *err)
{
	if (!text_ok(&listing->cells) || (listing->json && emit_text(&listing->emit) == NULL))
		return err_set(err, ENOMEM, "list");
	if (listing->json)
		fputs(listing->count > 0 ? emit_text(&listing->emit) : "[]\n", stdout);
	else if (!listing->call->options.quiet)
		print_table(listing);
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
	result = container_find_root(&root, call->root, err);
	emit_open(&listing.emit, true);
	emit_array(&listing.emit, NULL);
	add_header(&listing);
	if (result == 0)
		result = container_for_each(&root, add, &listing, err);
	emit_array_end(&listing.emit);
	/* Nobody made the root yet: there are none. */
	if (result == 0 || result == -ENOENT)
		result = print(&listing, err);
	emit_close(&listing.emit);
	text_free(&listing.cells);
	return result;
}

const struct command command_list = {
	.name = "list",
	.arguments = "",
	.summary = "list containers",
	.rows = rows,
	.run = run,
};
