// SPDX-License-Identifier: Apache-2.0
/* memory: what the governor knows, a command for each question. */
#include "runtime/cmd/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"

static const struct option_row rows[] = {
	{ 0, "json", OPTION_FLAG, offsetof(struct options, json), NULL,
	  "explain, status: as JSON" },
	{ 0, "html", OPTION_TEXT, offsetof(struct options, html), "FILE",
	  "explain: into FILE, as a page for a browser" },
	{ 'f', "format", OPTION_TEXT, offsetof(struct options, format), "table|json",
	  "status, plan: how to print (default table)" },
	{ 0, "textfile", OPTION_TEXT, offsetof(struct options, textfile), "FILE",
	  "metrics: into FILE, for the node exporter's textfile collector" },
	{ 'b', "bundle", OPTION_TEXT, offsetof(struct options, bundle), "DIR",
	  "plan: of this bundle (default: the working directory)" },
	{ 'm', "memory", OPTION_TEXT, offsetof(struct options, memory), "SIZE",
	  "plan: of any container with this limit" },
	{ 0, "ladder", OPTION_TEXT, offsetof(struct options, ladder), "SPEC",
	  "plan: as of create" },
	{ 0, "align", OPTION_TEXT, offsetof(struct options, align), "auto|off|LIST",
	  "plan: as of create" },
	{ 0, "memory-policy", OPTION_TEXT, offsetof(struct options, memory_policy), "FILE",
	  "plan: as of create" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

// clang-format off: one a line
static const struct memory_command *const commands[] = {
	&memory_status,
	&memory_explain,
	&memory_metrics,
	&memory_plan,
};
// clang-format on

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

int memory_write_file(const char *path, const struct text *text, struct err *err)
{
	const char *slash = strrchr(path, '/');
	auto_text struct text folder = { 0 };
	auto_fd int dirfd = -1;

	text_add_bytes(&folder, path, slash != NULL ? (size_t) (slash - path) + 1 : 0);
	dirfd = open(slash != NULL ? text_string(&folder) : ".",
		     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return err_set(err, errno, "%s", path);
	return file_replace_at(dirfd, slash != NULL ? slash + 1 : path, text_string(text), 0644,
			       err);
}

static int unknown(const char *name, struct err *err)
{
	auto_text struct text names = { 0 };
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++)
		text_addf(&names, "%s%s", i > 0 ? ", " : "", commands[i]->name);
	return err_say(err, EINVAL, "memory: unknown command '%s' (%s)", name, text_string(&names));
}

static int run(struct call *call, struct err *err)
{
	const char *name = call->options.arguments[0];
	size_t count = call->options.argument_count - 1;
	const struct memory_command *command;
	size_t i;

	for (i = 0; i < COMMAND_COUNT && strcmp(commands[i]->name, name) != 0; i++)
		;
	if (i == COMMAND_COUNT)
		return unknown(name, err);
	command = commands[i];
	if (count < command->arguments_min)
		return err_say(err, EINVAL, "memory %s: arguments missing: %s", name,
			       command->arguments);
	if (count > command->arguments_max)
		return err_say(err, EINVAL, "memory %s: unexpected argument '%s'", name,
			       call->options.arguments[1 + command->arguments_max]);
	return command->run(call, call->options.arguments + 1, count, err);
}

const struct command command_memory = {
	.name = "memory",
	.arguments = "status [ID...] | explain ID | metrics [ID...] | plan [ID]",
	.summary = "see containers' memory, and explain how it came to its end",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = SIZE_MAX / 2,
	.run = run,
};
