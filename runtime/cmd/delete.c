// SPDX-License-Identifier: Apache-2.0
/* delete: undo a container. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/file.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"

static const struct option_row rows[] = {
	{ 'f', "force", OPTION_FLAG, offsetof(struct options, force), NULL,
	  "kill it first if it is not stopped" },
	{ 'r', "regex", OPTION_FLAG, offsetof(struct options, regex), NULL,
	  "ID is a regular expression: every container that matches" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int delete_one(struct call *call, const char *id, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	bool force = call->options.force;
	int result = force ? container_open_forced(&container, call->root, id, &call->log, err)
			   : container_open(&container, call->root, id, true, err);

	/* Engines call it twice and expect no error (engines.md, exit codes). */
	if (result == -ENOENT && force && container.dir < 0)
		return 0;
	/* Claimed and nothing more: there is no intent yet, so there is nothing else. */
	if (result < 0 && force && container.dir >= 0 &&
	    faccessat(container.dir, STATE_FILE, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return file_remove_tree_at(container.root, id, err);
	if (result < 0)
		return result == -ENOENT && force ? 0 : result;
	result = container_delete(&container, force, &call->log, err);
	if (result == 0 && container.lost)
		return err_say(err, EIO,
			       "container '%s' is removed, but nothing told where its processes "
			       "could be: some may be left",
			       id);
	return result;
}

static int run(struct call *call, struct err *err)
{
	const char *word = call->options.arguments[0];

	return call->options.regex ? matching_run(call, word, delete_one, err)
				   : delete_one(call, word, err);
}

const struct command command_delete = {
	.name = "delete",
	.arguments = "ID",
	.summary = "remove a stopped container",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 1,
	.run = run,
};
