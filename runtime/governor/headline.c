// SPDX-License-Identifier: Apache-2.0
/*
 * One sentence for each verdict, and what follows from it.
 * Should: be true without a reader who knows cgroups.
 * Must not: suggest a number that nothing supports.
 */
#include <signal.h>
#include <string.h>

#include "runtime/base/text.h"
#include "runtime/governor/account.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/recorder.h"

const char *account_holder(const struct account *account, char path[CGROUP_PATH_ROOM])
{
	size_t length;

	switch (account->judgement.holder) {
	case HOLDER_OWN:
		return account->cgroup->path;
	case HOLDER_ANCESTOR:
		length = account->evidence.delta.levels[account->judgement.level].path_length;
		memcpy(path, account->cgroup->path, length);
		path[length] = '\0';
		return path;
	case HOLDER_GLOBAL:
	case HOLDER_NONE:
		break;
	}
	return NULL;
}

/* "exit 3", "SIGSEGV", "an end nobody saw". */
static void ending_write(const struct ending *ending, struct text *text)
{
	const char *name = ending->kind == ENDING_SIGNALED ? sigabbrev_np(ending->value) : NULL;

	if (ending->kind == ENDING_EXITED)
		text_addf(text, "exit %d", ending->value);
	else if (name != NULL)
		text_addf(text, "SIG%s", name);
	else if (ending->kind == ENDING_SIGNALED)
		text_addf(text, "signal %d", ending->value);
	else
		text_add(text, "an end nobody here saw");
}

static void limit_write(const struct account *account, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	if (account->limit_bytes != MEMORY_NO_LIMIT)
		text_addf(text, " of %s", text_size(account->limit_bytes, size));
}

static const struct victim *last_victim(const struct account *account)
{
	if (account->log == NULL || account->log->victim_count == 0)
		return NULL;
	return &account->log->victims[account->log->victim_count - 1];
}

static void say_ok(const struct account *account, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	text_add(text, "ended well");
	if (account->peak_bytes > 0) {
		text_addf(text, ", peak %s", text_size(account->peak_bytes, size));
		limit_write(account, text);
	}
}

static void say_failed(const struct account *account, struct text *text)
{
	text_add(text, "failed by itself with ");
	ending_write(&account->evidence.ending, text);
	text_add(text, "; the kernel killed nothing for memory");
}

static void say_crashed(const struct account *account, struct text *text)
{
	text_add(text, "ended by ");
	ending_write(&account->evidence.ending, text);
	text_add(text, "; the kernel killed nothing for memory");
}

static void say_not_oom(const struct account *account, struct text *text)
{
	(void) account;
	text_add(text, "killed by SIGKILL from outside; not for memory: all counters of OOM kills "
		       "are unchanged");
}

static void say_own_limit(const struct account *account, struct text *text)
{
	text_addf(text, "OOM-killed%s at its own limit",
		  account->judgement.group ? ", all its processes together," : "");
	limit_write(account, text);
}

static void say_ancestor_limit(const struct account *account, struct text *text)
{
	char path[CGROUP_PATH_ROOM];

	text_addf(text, "OOM-killed because of the limit of %s above it, not of its own",
		  account_holder(account, path));
}

static void say_global(const struct account *account, struct text *text)
{
	(void) account;
	text_add(text, "OOM-killed because the whole host ran out of memory; no cgroup's limit "
		       "was hit");
}

static void say_child_oom(const struct account *account, struct text *text)
{
	const struct victim *victim = last_victim(account);
	const struct evidence *evidence = &account->evidence;

	if (evidence->ending.kind == ENDING_UNKNOWN && evidence->init_killed == UNKNOWN) {
		text_add(text, "a process in it was OOM-killed; which one is not known");
		return;
	}
	if (victim != NULL)
		text_addf(text, "its process %d (%s) was OOM-killed; the first process was not, ",
			  (int) victim->pid, victim->comm);
	else
		text_add(text, "a process in it was OOM-killed; the first process was not, ");
	if (evidence->ending.kind == ENDING_NONE) {
		text_add(text, "and runs on");
		return;
	}
	text_add(text, "and ended with ");
	ending_write(&account->evidence.ending, text);
}

static void say_unkillable(const struct account *account, struct text *text)
{
	text_add(text, "stuck at its limit");
	limit_write(account, text);
	text_addf(text,
		  ": the kernel wanted to kill %llu times and found no process it may kill "
		  "(oom_score_adj -1000)",
		  (unsigned long long) account->evidence.delta.own.oom);
}

static void say_graceful_stop(const struct account *account, struct text *text)
{
	text_add(text, "stopped gracefully before its limit");
	limit_write(account, text);
	text_add(text, ": ");
	ending_write(&account->evidence.ending, text);
}

static void say_forced_stop(const struct account *account, struct text *text)
{
	(void) account;
	text_add(text, "stopped before its limit, but did not end within the grace period and was "
		       "killed");
}

static void say_timed_out(const struct account *account, struct text *text)
{
	(void) account;
	text_add(text, "ended at its time limit; not for memory");
}

static void say_running(const struct account *account, struct text *text)
{
	char size[TEXT_SIZE_ROOM];

	text_addf(text, "runs; uses %s", text_size(account->current_bytes, size));
	limit_write(account, text);
	if (account->recorder != NULL && account->recorder->last.at_usec > 0)
		text_addf(text, ", of which only the program can give back %s",
			  text_size(account->recorder->last.need_bytes, size));
}

static void say_ended(const struct account *account, struct text *text)
{
	(void) account;
	text_add(text, "ended; how is not known here, but not for memory");
}

static void (*const sentences[VERDICTS])(const struct account *account, struct text *text) = {
	[VERDICT_OK] = say_ok,
	[VERDICT_FAILED] = say_failed,
	[VERDICT_CRASHED] = say_crashed,
	[VERDICT_NOT_OOM] = say_not_oom,
	[VERDICT_OWN_LIMIT] = say_own_limit,
	[VERDICT_ANCESTOR_LIMIT] = say_ancestor_limit,
	[VERDICT_GLOBAL] = say_global,
	[VERDICT_CHILD_OOM] = say_child_oom,
	[VERDICT_UNKILLABLE] = say_unkillable,
	[VERDICT_GRACEFUL_STOP] = say_graceful_stop,
	[VERDICT_FORCED_STOP] = say_forced_stop,
	[VERDICT_TIMED_OUT] = say_timed_out,
	[VERDICT_RUNNING] = say_running,
	[VERDICT_ENDED] = say_ended,
};

void headline_write(const struct account *account, struct text *text)
{
	sentences[account->judgement.verdict](account, text);
}

/* ---- what to do next ---- */

static bool governed(const struct account *account)
{
	return account->recorder != NULL && account->recorder->rung_count > 0;
}

static void advise_own_limit(const struct account *account, struct text *text)
{
	const struct victim *victim = last_victim(account);

	if (!governed(account))
		text_add(text,
			 "Give it a ladder (--ladder graceful): it is warned, sheds, and ends "
			 "by itself before the kernel kills. ");
	if (victim != NULL && victim->shmem_bytes > victim->anon_bytes)
		text_add(text, "Most of it is shared memory or tmpfs: files in /dev/shm or /tmp "
			       "count. ");
}

static void advise_ancestor_limit(const struct account *account, struct text *text)
{
	char path[CGROUP_PATH_ROOM];

	text_addf(text, "Look at what else runs below %s, or raise its memory.max.",
		  account_holder(account, path));
}

static void advise_global(const struct account *account, struct text *text)
{
	(void) account;
	text_add(text, "Give what runs on this host memory limits that fit into it together.");
}

static void advise_unkillable(const struct account *account, struct text *text)
{
	(void) account;
	text_add(text, "Give at least one of its processes an oom_score_adj above -1000.");
}

static void advise_forced_stop(const struct account *account, struct text *text)
{
	(void) account;
	text_add(text, "Give stop a longer grace period, or see why the program does not end at "
		       "its stop signal.");
}

static void advise_failed(const struct account *account, struct text *text)
{
	if (account->evidence.delta.own.max == 0)
		text_add(text, "The limit was never reached: if it says it is out of memory, that "
			       "is its own limit (heap size, ulimit), not the kernel's.");
}

static void (*const advices[VERDICTS])(const struct account *account, struct text *text) = {
	[VERDICT_FAILED] = advise_failed,
	[VERDICT_CRASHED] = advise_failed,
	[VERDICT_OWN_LIMIT] = advise_own_limit,
	[VERDICT_CHILD_OOM] = advise_own_limit,
	[VERDICT_ANCESTOR_LIMIT] = advise_ancestor_limit,
	[VERDICT_GLOBAL] = advise_global,
	[VERDICT_UNKILLABLE] = advise_unkillable,
	[VERDICT_FORCED_STOP] = advise_forced_stop,
};

void advice_write(const struct account *account, struct text *text)
{
	if (advices[account->judgement.verdict] != NULL)
		advices[account->judgement.verdict](account, text);
}
