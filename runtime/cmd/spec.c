// SPDX-License-Identifier: Apache-2.0
/* spec: a config.json to start from. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/cmd/cmd.h"
#include "spec/print.h"

static const struct option_row rows[] = {
	{ 'b', "bundle", OPTION_TEXT, offsetof(struct options, bundle), "DIR",
	  "where to write it (default: the working directory)" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int run(struct call *call, struct err *err)
{
	const char *directory = call->options.bundle != NULL ? call->options.bundle : ".";
	auto_emit struct emit emit = { 0 };
	auto_fd int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int file = -1;
	int result;

	if (dir < 0)
		return err_set(err, errno, "spec: bundle %s", directory);
	emit_open(&emit, true);
	spec_print_default(&emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, "spec");
	file = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (file < 0 && errno == EEXIST)
		return err_say(err, EEXIST, "spec: file config.json exists. Remove it first");
	if (file < 0)
		return err_set(err, errno, "spec: create config.json");
	result = fd_write_full(file, emit_text(&emit), strlen(emit_text(&emit)));
	if (result < 0) {
		(void) unlinkat(dir, "config.json", 0);
		return err_set(err, -result, "spec: write config.json");
	}
	return 0;
}

const struct command command_spec = {
	.name = "spec",
	.arguments = "",
	.summary = "write a config.json to start from",
	.rows = rows,
	.run = run,
};
