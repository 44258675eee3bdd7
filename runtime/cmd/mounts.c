// SPDX-License-Identifier: Apache-2.0
/* mounts: more mounts for a running container, or fewer. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"
#include "runtime/host.h"
#include "runtime/insert.h"
#include "spec/load.h"

static const struct option_row rows[] = {
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

static int read_mounts(struct call *call, const char *path, struct spec *spec, struct err *err)
{
	auto_text struct text text = { 0 };
	int result = input_read("", path, &text, err);

	if (result == 0 && spec_parse_mounts(&call->arena, &text, &spec->mounts, err) < 0)
		result = err_context(err, "%s", path);
	return result;
}

/* The container's namespaces, and in place of its mounts those of the file. */
static int make_plan(struct call *call, struct container *container, struct spec *spec,
		     struct plan *plan, struct err *err)
{
	auto_text struct text warnings = { 0 };
	const struct plan_request request = {
		.arena = &call->arena,
		.spec = spec,
		.warnings = &warnings,
		.id = container->state.id,
		.bundle = container->state.bundle,
		.manager = CGROUP_MANAGER_DISABLED,
		.ladder_text = container->state.ladder[0] != '\0' ? container->state.ladder : NULL,
		.kernel_capabilities = host_capabilities(),
	};
	int result = container_load_spec(container, spec, err);

	if (result == 0)
		result = plan_further_process(&request, plan, err);
	/* What the container's own config merits was said when it was created. */
	text_free(&warnings);
	if (result == 0)
		result = read_mounts(call, call->options.arguments[2], spec, err);
	if (result == 0)
		result = plan_mounts(&request, plan, err);
	log_warnings(&call->log, text_string(&warnings));
	return result;
}

static int run(struct call *call, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	const char *word = call->options.arguments[0];
	const char *id = call->options.arguments[1];
	bool out = strcmp(word, "remove") == 0;
	struct spec spec = { 0 };
	struct plan plan = { 0 };
	int result;

	if (!out && strcmp(word, "add") != 0)
		return err_say(err, EINVAL, "mounts: '%s' is neither add nor remove", word);
	result = container_open(&container, call->root, id, true, err);
	if (result == 0)
		result = make_plan(call, &container, &spec, &plan, err);
	if (result == 0)
		result = (out ? insert_undo : insert_mounts)(&container, &plan, err);
	plan_release(&plan);
	return result < 0 ? err_context(err, "mounts %s", word) : 0;
}

const struct command command_mounts = {
	.name = "mounts",
	.arguments = "add|remove ID FILE",
	.summary = "put mounts into a running container, or take them out",
	.rows = rows,
	.arguments_min = 3,
	.arguments_max = 3,
	.needs_kernel = true,
	.enters = true,
	.run = run,
};
