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

#define CONFIG_FILE "config.json"

static const struct option_row rows[] = {
	{ 'b', "bundle", OPTION_TEXT, offsetof(struct options, bundle), "DIR",
	  "where to write it (default: the working directory)" },
	{ 'f', "file", OPTION_TEXT, offsetof(struct options, file), "FILE",
	  "its name (default " CONFIG_FILE ")" },
	{ 0, "rootless", OPTION_FLAG, offsetof(struct options, rootless_spec), NULL,
	  "for a caller without privileges" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static void print(const struct call *call, struct emit *emit)
{
	emit_open(emit, true);
	if (call->options.rootless_spec)
		spec_print_rootless(emit, geteuid(), getegid());
	else
		spec_print_default(emit);
}

static int run(struct call *call, struct err *err)
{
	const char *directory = call->options.bundle != NULL ? call->options.bundle : ".";
	const char *name = call->options.file != NULL ? call->options.file : CONFIG_FILE;
	auto_emit struct emit emit = { 0 };
	auto_fd int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int file = -1;
	int result;

	if (dir < 0)
		return err_set(err, errno, "spec: bundle %s", directory);
	print(call, &emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, "spec");
	file = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (file < 0 && errno == EEXIST)
		return err_say(err, EEXIST, "spec: file %s exists. Remove it first", name);
	if (file < 0)
		return err_set(err, errno, "spec: create %s", name);
	result = fd_write_full(file, emit_text(&emit), strlen(emit_text(&emit)));
	if (result < 0) {
		(void) unlinkat(dir, name, 0);
		return err_set(err, -result, "spec: write %s", name);
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
