// SPDX-License-Identifier: Apache-2.0
/*
 * The config of a sandbox, for whoever comes to it later.
 * Should: say all that `sandbox` composes, and be taken by spec_parse().
 * Must not: print what it does not compose.
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/cmd/sandbox.h"
#include "runtime/state.h"
#include "spec/names.h"
#include "spec/spec.h"

static void put_strings(struct emit *emit, const char *key, const struct spec_strings *strings)
{
	size_t i;

	emit_array(emit, key);
	for (i = 0; i < strings->count; i++)
		emit_string(emit, NULL, strings->items[i]);
	emit_array_end(emit);
}

/* A caller's environment may hold anything; a config's variables have names. */
static void put_environment(struct emit *emit, const struct spec_strings *env)
{
	size_t i;

	emit_array(emit, "env");
	for (i = 0; i < env->count; i++)
		if (env->items[i][0] != '=' && strchr(env->items[i], '=') != NULL)
			emit_string(emit, NULL, env->items[i]);
	emit_array_end(emit);
}

static void put_process(struct emit *emit, const struct spec_process *process)
{
	emit_object(emit, "process");
	emit_object(emit, "user");
	emit_u64(emit, "uid", process->user.uid);
	emit_u64(emit, "gid", process->user.gid);
	emit_object_end(emit);
	put_strings(emit, "args", &process->args);
	put_environment(emit, &process->env);
	emit_string(emit, "cwd", process->cwd);
	emit_object(emit, "capabilities");
	put_strings(emit, "bounding", &process->capabilities->bounding);
	put_strings(emit, "permitted", &process->capabilities->permitted);
	put_strings(emit, "effective", &process->capabilities->effective);
	emit_object_end(emit);
	emit_bool(emit, "noNewPrivileges", process->no_new_privileges);
	emit_object_end(emit);
}

static void put_mounts(struct emit *emit, const struct spec_mounts *mounts)
{
	size_t i;

	emit_array(emit, "mounts");
	for (i = 0; i < mounts->count; i++) {
		const struct spec_mount *mount = &mounts->items[i];

		emit_object(emit, NULL);
		emit_string(emit, "destination", mount->destination);
		emit_string(emit, "type", mount->type);
		emit_string(emit, "source", mount->source);
		put_strings(emit, "options", &mount->options);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void put_linux(struct emit *emit, const struct spec_linux *config)
{
	const struct spec_memory *memory = config->resources->memory;
	size_t i;

	emit_object(emit, "linux");
	emit_object(emit, "resources");
	emit_object(emit, "memory");
	emit_i64(emit, "limit", memory->limit.value);
	emit_i64(emit, "swap", memory->swap.value);
	emit_object_end(emit);
	emit_object_end(emit);
	emit_array(emit, "namespaces");
	for (i = 0; i < config->namespaces.count; i++) {
		emit_object(emit, NULL);
		emit_string(emit, "type",
			    names_word(names_namespaces, config->namespaces.items[i].type));
		emit_object_end(emit);
	}
	emit_array_end(emit);
	put_strings(emit, "maskedPaths", &config->masked_paths);
	put_strings(emit, "readonlyPaths", &config->readonly_paths);
	emit_object_end(emit);
}

int sandbox_config(const struct spec *spec, struct text *config, struct err *err)
{
	auto_emit struct emit emit = { 0 };

	emit_open(&emit, true);
	emit_object(&emit, NULL);
	emit_string(&emit, "ociVersion", WEIR_OCI_VERSION);
	emit_object(&emit, "root");
	emit_string(&emit, "path", spec->root.path);
	emit_object_end(&emit);
	emit_string(&emit, "hostname", spec->hostname);
	put_process(&emit, spec->process);
	put_mounts(&emit, &spec->mounts);
	put_linux(&emit, &spec->linux_config);
	emit_object_end(&emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, "config");
	text_add(config, emit_text(&emit));
	return text_ok(config) ? 0 : err_set(err, ENOMEM, "config");
}
