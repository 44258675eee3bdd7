// SPDX-License-Identifier: Apache-2.0
/* features: what this build can do, as JSON (features.md). */
#include "runtime/features.h"

#include <errno.h>
#include <stdio.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/cmd/cmd.h"

static const struct option_row rows[] = {
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int run(struct call *call, struct err *err)
{
	auto_emit struct emit emit = { 0 };

	(void) call;
	emit_open(&emit, true);
	features_emit(&emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, "features");
	fputs(emit_text(&emit), stdout);
	return 0;
}

const struct command command_features = {
	.name = "features",
	.arguments = "",
	.summary = "print what this build can do, as JSON",
	.rows = rows,
	.run = run,
};
