// SPDX-License-Identifier: Apache-2.0
/*
 * A ladder against what is permitted.
 * Should: refuse what goes beyond a ceiling, and name whose ceiling it is.
 * Must not: lower anything in silence: a grace of 20 s that was 60 s is another program's death.
 */
#include <errno.h>

#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder.h"
#include "runtime/policy/policy.h"

static int refuse(const struct policy *policy, const struct rung *rung, enum policy_ceiling ceiling,
		  const char *what, struct err *err)
{
	return err_say(err, EPERM, "rung %s: %s (%s)", rung->name, what,
		       policy->ceiling_sources[ceiling]);
}

static int check_time(const struct policy *policy, const struct rung *rung,
		      const struct action *action, struct err *err)
{
	bool stops = action->kind == ACTION_STOP;
	uint64_t most = stops ? policy->stop_usec : policy->brake_usec;
	auto_text struct text what = { 0 };

	if (action->time_usec <= most)
		return 0;
	text_addf(&what, "%s of %g s is more than the %g s permitted", action_name(action->kind),
		  (double) action->time_usec / 1e6, (double) most / 1e6);
	return refuse(policy, rung, stops ? POLICY_STOP : POLICY_BRAKE, text_string(&what), err);
}

/* UINT64_MAX: not known. */
static uint64_t bytes_of(uint64_t bytes, unsigned percent, uint64_t limit_bytes)
{
	if (percent == 0)
		return bytes;
	return limit_bytes == UINT64_MAX ? UINT64_MAX : limit_bytes / 100 * percent;
}

static int check_grow(const struct policy *policy, const struct rung *rung,
		      const struct action *action, uint64_t limit_bytes, struct err *err)
{
	const struct policy_amount *most = &policy->grow;
	uint64_t wish = bytes_of(action->bytes, action->percent, limit_bytes);
	uint64_t ceiling = bytes_of(most->bytes, most->percent, limit_bytes);
	bool beyond = wish != UINT64_MAX && ceiling != UINT64_MAX && wish > ceiling;

	if (policy->ceiling_sources[POLICY_GROW] == NULL)
		return 0;
	if (action->percent > 0 && most->percent > 0)
		beyond = action->percent > most->percent;
	return beyond ? refuse(policy, rung, POLICY_GROW, "grow by more than is permitted", err)
		      : 0;
}

/* By the host's own word alone, and then with its privileges (governor.md 7). */
static int check_host_exec(const struct policy *policy, const struct rung *rung,
			   struct action *action, struct err *err)
{
	if (!policy->values[POLICY_LADDER].of_host)
		return err_say(err, EPERM,
			       "rung %s: host-exec is for the host's own policy files alone",
			       rung->name);
	if (policy->host_exec == NULL)
		return err_say(err, EPERM, "rung %s: host-exec: no hostExec in the host's policies",
			       rung->name);
	action->time_usec = policy->host_exec->timeout_usec;
	return 0;
}

static int check_action(const struct policy *policy, const struct rung *rung, uint64_t limit_bytes,
			struct action *action, struct err *err)
{
	auto_text struct text what = { 0 };

	if ((policy->kinds & (1U << action->kind)) == 0) {
		text_addf(&what, "%s is not permitted", action_name(action->kind));
		return refuse(policy, rung, POLICY_ACTIONS, text_string(&what), err);
	}
	switch (action->kind) {
	case ACTION_STOP:
	case ACTION_BRAKE:
		return check_time(policy, rung, action, err);
	case ACTION_GROW:
		return check_grow(policy, rung, action, limit_bytes, err);
	case ACTION_HOST_EXEC:
		return check_host_exec(policy, rung, action, err);
	default:
		return 0;
	}
}

int policy_check(const struct policy *policy, uint64_t limit_bytes, struct ladder *ladder,
		 struct err *err)
{
	size_t rung;
	size_t i;
	int result = 0;

	for (rung = 0; rung < ladder->rung_count; rung++)
		for (i = 0; result == 0 && i < ladder->rungs[rung].action_count; i++)
			result = check_action(policy, &ladder->rungs[rung], limit_bytes,
					      &ladder->rungs[rung].actions[i], err);
	if (result < 0)
		return result;
	ladder->ceiling.brake_usec = policy->brake_usec;
	if (policy->ceiling_sources[POLICY_GROW] != NULL) {
		ladder->ceiling.grow_bytes = policy->grow.bytes;
		ladder->ceiling.grow_percent = policy->grow.percent;
	}
	return 0;
}
