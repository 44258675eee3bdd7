// SPDX-License-Identifier: Apache-2.0
/*
 * A foreground container, from claim to explanation: what `run` and `sandbox` share.
 * Should: end with nothing of the container left, whatever happened.
 * Must not: print an explanation of an end that needs none.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"
#include "runtime/governor/explain.h"
#include "runtime/launch.h"
#include "runtime/supervise.h"

/* "ok" and "failed" are the program's own business; the rest is ours to tell. */
static bool needs_no_words(const char *verdict)
{
	static const char *const plain[] = { "ok", "failed", "crashed", "not-oom", "timed-out" };
	size_t i;

	for (i = 0; verdict != NULL && i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(verdict, plain[i]) == 0)
			return true;
	return verdict == NULL;
}

static void print_report(struct call *call, const struct text *report, bool governed)
{
	auto_text struct text words = { 0 };
	const struct json *json = NULL;

	if (report->length == 0 ||
	    json_parse(&call->arena, text_string(report), report->length, &json, NULL) < 0)
		return;
	if (!governed && needs_no_words(report_verdict(json)))
		return;
	report_text(json, &words);
	fputs(text_string(&words), stderr);
}

static int timeout_usec(const struct call *call, uint64_t *usec, struct err *err)
{
	*usec = 0;
	if (call->options.timeout == NULL)
		return 0;
	if (!number_duration(call->options.timeout, usec) || *usec == 0)
		return err_say(err, EINVAL, "--timeout: '%s' is not a duration (30s, 500ms, 5m)",
			       call->options.timeout);
	return 0;
}

static int stay(struct call *call, struct launch *launch, struct text *report, struct err *err)
{
	struct outcome outcome = { 0 };
	uint64_t timeout = 0;
	int result = timeout_usec(call, &timeout, err);

	if (result == 0)
		result = launch_start(launch, err);
	if (result == 0)
		result = supervise(launch, timeout, &outcome, report, err);
	if (result < 0)
		return result;
	call->exit_status = outcome.timed_out ? 124 : outcome.exit_status;
	print_report(call, report, launch->plan->memory.ladder != NULL);
	return 0;
}

int foreground_run(struct call *call, const char *id, const struct bundle *bundle,
		   struct text *report, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	auto_launch struct launch launch = LAUNCH_NONE;
	struct err undo = { 0 };
	int result = container_claim(&container, call->root, id, err);

	if (result < 0)
		return result;
	launch.container = &container;
	launch.plan = &bundle->plan;
	launch.log = &call->log;
	launch.keep_keyring = call->options.no_new_keyring;
	launch.govern.speaks = true;
	result = supervise_prepare(err);
	if (result == 0)
		result = launch_create(
			&launch, bundle->config.length > 0 ? text_string(&bundle->config) : "{}\n",
			call->options.pid_file, err);
	if (result < 0)
		return result;
	result = stay(call, &launch, report, err);
	govern_close(&launch.govern);
	if (container_delete(&container, true, &call->log, &undo) < 0 && result == 0) {
		*err = undo;
		result = -undo.number;
	}
	return result;
}
