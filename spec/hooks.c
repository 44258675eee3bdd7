// SPDX-License-Identifier: Apache-2.0
/*
 * config.md, POSIX-platform Hooks.
 * Should: hold the six lists.
 * Must not: look for the programs; they may be inside the container.
 */
#include "spec/field.h"
#include "spec/shapes.h"
#include "spec/spec.h"

#define TIMEOUT_MAX_SEC INT32_MAX /* 68 years; keeps microseconds far from overflow */

static const struct field hook_rows[] = {
	ROW_STRING(spec_hook, path, "path", .flags = FIELD_REQUIRED | FIELD_ABSOLUTE),
	ROW_STRINGS(spec_hook, args, "args", ),
	ROW_STRINGS(spec_hook, env, "env", ),
	ROW_INT_IF_SET(spec_hook, timeout, "timeout", 1, TIMEOUT_MAX_SEC, ),
};

static int check_hook(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_hook *hook = object;

	return spec_check_environment(loading, json, &hook->env);
}

static const struct shape hook_shape = SHAPE(spec_hook, hook_rows, check_hook);

static const struct field hooks_rows[] = {
	ROW_LIST(spec_hooks, prestart, "prestart", &hook_shape, ),
	ROW_LIST(spec_hooks, create_runtime, "createRuntime", &hook_shape, ),
	ROW_LIST(spec_hooks, create_container, "createContainer", &hook_shape, ),
	ROW_LIST(spec_hooks, start_container, "startContainer", &hook_shape, ),
	ROW_LIST(spec_hooks, poststart, "poststart", &hook_shape, ),
	ROW_LIST(spec_hooks, poststop, "poststop", &hook_shape, ),
};

const struct shape shape_hooks = SHAPE(spec_hooks, hooks_rows, NULL);
