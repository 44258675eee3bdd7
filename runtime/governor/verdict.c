// SPDX-License-Identifier: Apache-2.0
/*
 * The verdict.
 * Should: be right from the counters alone, and let the kernel log decide only what they leave open.
 * Must not: read anything.
 */
#include "runtime/governor/verdict.h"

#include <signal.h>

/* A lone unkillable task made 565 in 1.5 s [governor.md §2.1]; an exiting victim that needs no kill
 * makes one. */
#define UNKILLABLE_OOMS 10

/* oom_kill is read as "at least one": with memory.oom.group the first victim counts twice. */
static bool anything_killed(const struct evidence *evidence)
{
	return evidence->delta.own.oom_kill > 0;
}

static bool by_sigkill(const struct evidence *evidence)
{
	return evidence->ending.kind == ENDING_SIGNALED && evidence->ending.value == SIGKILL;
}

static bool group_killed(const struct evidence *evidence)
{
	return evidence->delta.own.oom_group_kill > 0;
}

/*
 * Whether the OOM kill was init's. Who ended by an exit status or another signal was not killed. For
 * the rest, the kernel log knows; without it, SIGKILL right at an OOM kill is one, unless we sent
 * that SIGKILL ourselves, or the last OOM kill was long before (a child's, hours ago).
 * Where nobody knows how init ended, only an OOM kill seen right at its end counts.
 */
static bool init_oom_killed(const struct evidence *evidence)
{
	bool ours = evidence->stop_forced || evidence->ending.timed_out;

	if (!anything_killed(evidence) || evidence->ending.kind == ENDING_NONE)
		return false;
	if (evidence->ending.kind != ENDING_UNKNOWN && !by_sigkill(evidence))
		return false;
	if (evidence->init_killed != UNKNOWN && !group_killed(evidence))
		return evidence->init_killed == YES;
	if (evidence->ending.kind == ENDING_UNKNOWN)
		return !ours && evidence->killed_at_end == YES;
	return !ours && evidence->killed_at_end != NO;
}

static bool killed_at_own_limit(const struct evidence *evidence, enum holder holder)
{
	return init_oom_killed(evidence) && holder == HOLDER_OWN;
}

static bool killed_at_ancestor_limit(const struct evidence *evidence, enum holder holder)
{
	return init_oom_killed(evidence) && holder == HOLDER_ANCESTOR;
}

static bool killed_globally(const struct evidence *evidence, enum holder holder)
{
	return init_oom_killed(evidence) && holder == HOLDER_GLOBAL;
}

static bool unkillable(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return evidence->delta.own.oom >= UNKILLABLE_OOMS && !anything_killed(evidence) &&
	       evidence->ending.kind != ENDING_EXITED;
}

static bool timed_out(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return evidence->ending.timed_out;
}

static bool child_oom(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return anything_killed(evidence);
}

static bool forced_stop(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return evidence->stop_forced && evidence->ending.kind != ENDING_EXITED &&
	       evidence->ending.kind != ENDING_NONE;
}

static bool graceful_stop(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return evidence->stop_sent && evidence->ending.kind != ENDING_NONE && !by_sigkill(evidence);
}

static bool not_oom(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return by_sigkill(evidence);
}

static bool crashed(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return evidence->ending.kind == ENDING_SIGNALED;
}

static bool failed(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return evidence->ending.kind == ENDING_EXITED && evidence->ending.value != 0;
}

static bool ok(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return evidence->ending.kind == ENDING_EXITED;
}

static bool running(const struct evidence *evidence, enum holder holder)
{
	(void) holder;
	return evidence->ending.kind == ENDING_NONE;
}

static bool ended(const struct evidence *evidence, enum holder holder)
{
	(void) evidence;
	(void) holder;
	return true;
}

/*
 * The first row that holds is the verdict. OOM kills come first, for no stop and no time-out makes
 * them unhappen; then the livelock, which ends by somebody's SIGKILL or time-out and would
 * otherwise be taken for that; then what we did; then what the program did. Of one that lives only what
 * happened in it so far.
 */
static const struct {
	enum verdict verdict;
	const char *name;
	bool (*holds)(const struct evidence *evidence, enum holder holder);
} rows[VERDICTS] = {
	{ VERDICT_OWN_LIMIT, "own-limit", killed_at_own_limit },
	{ VERDICT_ANCESTOR_LIMIT, "ancestor-limit", killed_at_ancestor_limit },
	{ VERDICT_GLOBAL, "global", killed_globally },
	{ VERDICT_UNKILLABLE, "unkillable", unkillable },
	{ VERDICT_TIMED_OUT, "timed-out", timed_out },
	{ VERDICT_CHILD_OOM, "child-oom", child_oom },
	{ VERDICT_FORCED_STOP, "forced-stop", forced_stop },
	{ VERDICT_GRACEFUL_STOP, "graceful-stop", graceful_stop },
	{ VERDICT_NOT_OOM, "not-oom", not_oom },
	{ VERDICT_CRASHED, "crashed", crashed },
	{ VERDICT_FAILED, "failed", failed },
	{ VERDICT_OK, "ok", ok },
	{ VERDICT_RUNNING, "running", running },
	{ VERDICT_ENDED, "ended", ended },
};

const char *verdict_name(enum verdict verdict)
{
	size_t i;

	for (i = 0; i < VERDICTS - 1 && rows[i].verdict != verdict; i++)
		;
	return rows[i].name;
}

/*
 * `oom` is raised at the cgroup whose limit was hit, `oom_kill` at the victim's: killed without an
 * `oom` of our own, it was somebody above, and if nobody above has one either, it was the host.
 */
static enum holder find_holder(const struct evidence *evidence, size_t *level)
{
	const struct counters *delta = &evidence->delta;
	bool own = delta->own.oom > 0;
	size_t i;

	for (i = 0; i < delta->level_count && delta->levels[i].local.oom == 0; i++)
		;
	*level = i < delta->level_count ? i : 0;
	if (own && i < delta->level_count && evidence->logged_holder != HOLDER_NONE)
		return evidence->logged_holder;
	if (own)
		return HOLDER_OWN;
	if (i < delta->level_count)
		return HOLDER_ANCESTOR;
	return HOLDER_GLOBAL;
}

void verdict_judge(const struct evidence *evidence, struct judgement *judgement)
{
	size_t row = 0;

	*judgement = (struct judgement){ .group = group_killed(evidence) };
	judgement->holder = find_holder(evidence, &judgement->level);
	while (row < VERDICTS - 1 && !rows[row].holds(evidence, judgement->holder))
		row++;
	judgement->verdict = rows[row].verdict;
	if (!anything_killed(evidence) && judgement->verdict != VERDICT_UNKILLABLE)
		judgement->holder = HOLDER_NONE;
}
