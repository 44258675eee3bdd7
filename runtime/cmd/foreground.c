// SPDX-License-Identifier: Apache-2.0
/*
 * A foreground container, from claim to explanation: what `run` and `sandbox` share.
 * Should: end with nothing of the container left, whatever happened.
 * Must not: print an explanation of an end that needs none.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/attend.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/console.h"
#include "runtime/container.h"
#include "runtime/governor/explain.h"
#include "runtime/launch.h"
#include "runtime/supervise.h"

/* These ends are the program's own business, or the person's who asked for them. */
static bool needs_no_words(const char *verdict)
{
	static const char *const plain[] = { "ok", "failed", "crashed", "not-oom", "timed-out" };
	size_t i;

	for (i = 0; verdict != NULL && i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(verdict, plain[i]) == 0)
			return true;
	return verdict == NULL;
}

/* Where a rung fired, there is a story to tell, however it ended. */
static bool any_rung_fired(const struct json *report)
{
	const struct json *rungs = json_member(report, "ladder");
	const struct json *rung = rungs != NULL ? rungs->first : NULL;
	uint64_t times = 0;

	while (rung != NULL && json_u64(json_member(rung, "fired"), &times) && times == 0)
		rung = rung->next;
	return times > 0;
}

static void print_report(struct call *call, const struct text *report)
{
	auto_text struct text words = { 0 };
	const struct json *json = NULL;

	if (report->length == 0 ||
	    json_parse(&call->arena, text_string(report), report->length, &json, NULL) < 0)
		return;
	if (needs_no_words(report_verdict(json)) && !any_rung_fired(json))
		return;
	report_text(json, &words);
	fputs(text_string(&words), stderr);
}

static int read_timeout(const struct call *call, uint64_t *usec, struct err *err)
{
	*usec = 0;
	if (call->options.timeout == NULL)
		return 0;
	if (!number_duration(call->options.timeout, usec) || *usec == 0)
		return err_say(err, EINVAL, "--timeout: '%s' is not a duration (30s, 500ms, 5m)",
			       call->options.timeout);
	return 0;
}

static int stay(struct call *call, struct launch *launch, uint64_t timeout_usec,
		struct text *report, struct err *err)
{
	struct outcome outcome = { 0 };
	int result = 0;

	if (launch->relay.master >= 0)
		result = relay_begin(&launch->relay, err);
	if (result == 0)
		result = launch_start(launch, err);
	if (result == 0)
		result = supervise(launch, timeout_usec, &outcome, report, err);
	/* Before anything is printed. */
	relay_close(&launch->relay);
	if (result < 0)
		return result;
	call->exit_status = outcome.timed_out ? 124 : outcome.exit_status;
	print_report(call, report);
	return 0;
}

int foreground_run(struct call *call, const char *id, struct bundle *bundle, struct text *report,
		   struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	auto_launch struct launch launch = LAUNCH_NONE;
	struct err undo = { 0 };
	uint64_t timeout_usec = 0;
	int result = read_timeout(call, &timeout_usec, err);

	if (result == 0)
		result = console_check(bundle->plan.process.terminal, false,
				       call->options.console_socket, err);
	/* First: what it refuses must not leave a claim. */
	if (result == 0)
		result = attend_prepare(err);
	if (result == 0)
		result = container_claim(&container, call->root, id, err);
	if (result < 0)
		return result;
	launch.container = &container;
	launch.plan = &bundle->plan;
	launch.log = &call->log;
	launch.keep_keyring = call->options.no_new_keyring;
	launch.pidfd_socket = call->options.pidfd_socket;
	launch.console_socket = call->options.console_socket;
	launch.govern.speaks = true;
	result = launch_create(&launch, text_string(&bundle->config), call->options.pid_file, err);
	if (result < 0)
		return result;
	/* While it runs, `delete --force` may end it, and must not wait for us. */
	container_unlock(&container);
	result = stay(call, &launch, timeout_usec, report, err);
	govern_close(&launch.govern);
	if (call->options.keep && result == 0)
		return 0;
	if (container_lock(&container, &undo) == -ENOENT)
		return result;
	if (container_undo(&container, &call->log, &undo) < 0 && result == 0) {
		*err = undo;
		result = -undo.number;
	}
	return result;
}
