// SPDX-License-Identifier: Apache-2.0
/*
 * From a bundle to a plan.
 * Should: do all reading and deciding before a container exists.
 * Must not: touch anything but config.json.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"
#include "runtime/host.h"
#include "runtime/notify.h"
#include "runtime/plan-print.h"
#include "runtime/setup/setup.h"
#include "spec/load.h"

int bundle_plan(struct call *call, const char *id, const char *directory, struct bundle *bundle,
		struct err *err)
{
	auto_text struct text warnings = { 0 };
	struct plan_request request = {
		.arena = &call->arena,
		.spec = &bundle->spec,
		.warnings = &warnings,
		.id = id,
		.bundle = directory,
		.manager = call->manager,
		.rootless = host_is_rootless(),
		.ladder_text = call->options.ladder,
		.notify_socket = notify_caller(),
		.fds = call->fds,
		.no_pivot = call->options.no_pivot,
		.kernel_capabilities = host_capabilities(),
	};
	int result = bundle_memory(call, &request, err);

	if (result == 0)
		result = plan_make(&request, &bundle->plan, err);
	log_warnings(&call->log, text_string(&warnings));
	if (result == 0)
		bundle_log_alignment(call, bundle->plan.memory.alignment);
	return result;
}

#define RECEIVER_ANNOTATION "run.oci.seccomp.receiver"

/* Whom a profile asks, where the config does not say: the caller's environment may. As an annotation, since
 * `start` and `exec` have another environment. */
static int take_receiver(struct call *call, struct spec *spec, struct err *err)
{
	const struct spec_seccomp *profile = spec->linux_config.seccomp;
	const char *receiver = getenv("RUN_OCI_SECCOMP_RECEIVER");
	struct spec_pairs *pairs = &spec->annotations;
	struct spec_pair *more;

	if (receiver == NULL || receiver[0] == '\0' || profile == NULL ||
	    !seccomp_notifies(profile) || plan_listener_path(spec) != NULL)
		return 0;
	more = arena_array(&call->arena, pairs->count + 1, sizeof(*more));
	if (more == NULL)
		return err_set(err, ENOMEM, "annotations");
	if (pairs->count > 0)
		memcpy(more, pairs->items, pairs->count * sizeof(*more));
	more[pairs->count++] = (struct spec_pair){ RECEIVER_ANNOTATION, receiver };
	pairs->items = more;
	return 0;
}

static int read_config(struct call *call, const char *directory, struct bundle *bundle,
		       struct err *err)
{
	auto_text struct text warnings = { 0 };
	const char *file = call->options.config;
	auto_fd int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (dir < 0)
		return err_set(err, errno, "open the bundle");
	/* --config is relative to where the caller is. */
	result = file_load_at(file != NULL ? AT_FDCWD : dir, file != NULL ? file : "config.json",
			      JSON_BYTES, &bundle->config, err);
	if (result == 0 &&
	    spec_parse(&call->arena, &bundle->config, &bundle->spec, &warnings, err) < 0)
		result = err_context(err, "%s", file != NULL ? file : "config.json");
	if (result == 0)
		result = take_receiver(call, &bundle->spec, err);
	log_warnings(&call->log, text_string(&warnings));
	return result;
}

int bundle_load(struct call *call, const char *id, struct bundle *bundle, struct err *err)
{
	const char *asked = call->options.bundle != NULL ? call->options.bundle : ".";
	auto_free char *directory = NULL;
	const char *kept;
	int result = container_check_id(id, err);

	if (result < 0)
		return result;
	directory = realpath(asked, NULL);
	if (directory == NULL)
		return err_set(err, errno, "bundle %s", asked);
	kept = arena_string(&call->arena, directory);
	if (kept == NULL)
		return err_set(err, ENOMEM, "bundle %s", asked);
	result = read_config(call, kept, bundle, err);
	if (result == 0)
		result = bundle_plan(call, id, kept, bundle, err);
	return result < 0 ? err_context(err, "bundle %s", asked) : 0;
}

int bundle_print_plan(const struct bundle *bundle, struct err *err)
{
	auto_emit struct emit emit = { 0 };

	emit_open(&emit, true);
	plan_print(&bundle->plan, &emit);
	if (emit_text(&emit) == NULL)
		return err_set(err, ENOMEM, "plan");
	fputs(emit_text(&emit), stdout);
	return 0;
}

void bundle_release(struct bundle *bundle)
{
	plan_release(&bundle->plan);
	text_free(&bundle->config);
}
