// SPDX-License-Identifier: Apache-2.0
/*
 * Gathering what is known of an end.
 * Should: read everything before the cgroup goes, and ask the kernel log only about a kill.
 * Must not: word anything.
 */
#include "runtime/governor/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/governor/explain.h"
#include "runtime/governor/recorder.h"
#include "runtime/governor/watch.h"
#include "runtime/governor/witness.h"

/* An OOM kill seen this long before init's end was not init's: the kill, the exit and our wake-up
 * take milliseconds, tens of them with a large address space to tear down. */
#define AT_END_USEC 2000000

static void read_files(struct account *account, int cgroup_rootfd)
{
	int dirfd = account->cgroup->dirfd;

	memory_value_read(dirfd, "memory.current", &account->current_bytes, NULL);
	memory_stat_read(dirfd, &account->stat, NULL);
	/* Absent before 5.19, and without swap accounting. */
	if (memory_value_read(dirfd, "memory.peak", &account->peak_bytes, NULL) < 0)
		account->peak_bytes = 0;
	account->swap_limit_known =
		memory_value_read(dirfd, "memory.swap.max", &account->swap_limit_bytes, NULL) == 0;
	if (memory_effective_limit(cgroup_rootfd, account->cgroup->path, &account->limit_bytes,
				   account->limit_holder, NULL) < 0)
		account->limit_bytes = MEMORY_NO_LIMIT;
}

/* Whether there is a kill to ask the kernel log about: one that was counted, or a SIGKILL that may
 * be one without a count (the log does not know either, but then says so). */
static bool worth_asking(const struct evidence *evidence)
{
	return evidence->delta.own.oom_kill > 0 || evidence->delta.own.oom_group_kill > 0;
}

/*
 * The counter bounds the victims: of more records than kills, the older ones belong to an earlier
 * cgroup of the same name.
 */
static void drop_older(struct kernel_log *log, uint64_t kills)
{
	size_t surplus = log->victim_count > kills ? log->victim_count - (size_t) kills : 0;

	memmove(log->victims, log->victims + surplus,
		(log->victim_count - surplus) * sizeof(*log->victims));
	log->victim_count -= surplus;
}

static enum holder holder_of(const struct account *account, const struct victim *victim)
{
	const char *own = account->cgroup->path;
	size_t length = strlen(own);

	if (victim->global)
		return HOLDER_GLOBAL;
	if (!victim->header)
		return HOLDER_NONE;
	if (strncmp(victim->oom_cgroup, own, length) == 0 &&
	    (victim->oom_cgroup[length] == '/' || victim->oom_cgroup[length] == '\0'))
		return HOLDER_OWN;
	return HOLDER_ANCESTOR;
}

/* Of the last victim that has a header: not all do. */
static enum holder logged_holder(const struct account *account)
{
	enum holder holder = HOLDER_NONE;
	size_t i;

	for (i = account->log->victim_count; i-- > 0 && holder == HOLDER_NONE;)
		holder = holder_of(account, &account->log->victims[i]);
	return holder;
}

static int older_first(const void *a, const void *b)
{
	const struct victim *left = a;
	const struct victim *right = b;

	return (left->at_usec > right->at_usec) - (left->at_usec < right->at_usec);
}

/* "Not init" only if nothing was lost: what was overwritten may have been init's own record. */
static bool is_whole(const struct kernel_log *log)
{
	if (log->source == VICTIM_TRACE)
		return log->complete;
	return log->source == VICTIM_KERNEL_LOG && log->overruns == 0;
}

static void ask_witness(struct account *account, pid_t init_pid)
{
	const struct recorder *recorder = account->recorder;
	const struct witness_query query = {
		.init_pid = init_pid,
		.since_usec = account->began_usec,
		.kills = account->evidence.delta.own.oom_kill,
		.suspects = recorder != NULL ? &recorder->suspects : NULL,
	};
	struct kernel_log *log = account->log;

	witness_tell(account->witness, &query, log);
	qsort(log->victims, log->victim_count, sizeof(log->victims[0]), older_first);
	drop_older(log, query.kills);
}

static int find_victims(struct account *account, pid_t init_pid, struct err *err)
{
	struct kernel_log_query query = { .path = account->cgroup->path,
					  .init_pid = init_pid,
					  .since_usec = kernel_log_time(account->began_usec) };
	struct evidence *evidence = &account->evidence;
	struct kernel_log *log;
	size_t i;

	if (!worth_asking(evidence))
		return 0;
	log = account->log = malloc(sizeof(*log));
	if (log == NULL)
		return err_set(err, ENOMEM, "kernel log");
	kernel_log_read(log, &query);
	ask_witness(account, init_pid);
	if (log->victim_count == 0)
		return 0;
	evidence->logged_holder = logged_holder(account);
	if (init_pid > 0 && is_whole(log))
		evidence->init_killed = NO;
	for (i = 0; i < log->victim_count; i++)
		if (init_pid > 0 && log->victims[i].pid == init_pid)
			evidence->init_killed = YES;
	return 0;
}

/* From the counters to the report. */
static int tell(struct account *account, int cgroup_rootfd, pid_t init_pid, struct emit *report,
		struct err *err)
{
	int result;

	read_files(account, cgroup_rootfd);
	result = find_victims(account, init_pid, err);
	if (result < 0)
		return result;
	verdict_judge(&account->evidence, &account->judgement);
	report_emit(account, report);
	free(account->log);
	return 0;
}

/* Only who listened can tell when. */
static void time_the_kill(struct account *account, uint64_t oom_kill_usec)
{
	if (oom_kill_usec > 0)
		account->evidence.killed_at_end =
			account->ended_usec < oom_kill_usec + AT_END_USEC ? YES : NO;
}

int account_watch(const struct watch *watch, const struct ending *ending, struct emit *report,
		  struct err *err)
{
	uint64_t now = clock_monotonic_usec();
	struct account account = {
		.id = watch->governed.id,
		.cgroup = watch->governed.cgroup,
		.evidence = { .ending = *ending,
			      .stop_sent = watch->stop_sent,
			      .stop_forced = watch->stop_forced,
			      .stop_signal = watch->governed.stop_signal },
		.began_usec = watch->timeline.began_usec,
		.ended_usec = watch->ended ? watch->ended_usec : now,
		.began_wall_usec = watch->timeline.began_wall_usec,
		.recorder = watch->recorder,
		.witness = watch->witness,
		.timeline = &watch->timeline,
		.governor = GOVERNOR_ENDED,
		.annotate = watch->governed.annotate,
		.context = watch->governed.context,
	};
	struct counters counters = { 0 };
	int result = counters_take(watch->governed.cgroup_rootfd, watch->governed.cgroup, &counters,
				   err);

	if (result < 0)
		return result;
	counters_since(&watch->baseline, &counters, &account.evidence.delta);
	time_the_kill(&account, watch->oom_kill_usec);
	return tell(&account, watch->governed.cgroup_rootfd, watch->governed.init_pid, report, err);
}

/* The cgroup's own counters began with it, its ancestors' long before. Where nobody read theirs then, they
 * cannot tell this end from an older one, and only count when the cgroup's own do not explain it. */
static void forget_older(struct counters *delta)
{
	size_t i;

	for (i = 0; i < delta->level_count && delta->own.oom_kill == 0; i++)
		delta->levels[i].local = (struct memory_events){ 0 };
}

/* What a governor knew that is not there to tell. */
static void take_recorder(struct account *account, const struct recorder *recorder, bool died)
{
	struct counters now = account->evidence.delta;

	account->recorder = recorder;
	account->governor = died ? GOVERNOR_DIED : GOVERNOR_RUNS;
	account->began_usec = recorder->began_usec;
	account->began_wall_usec = recorder->began_wall_usec;
	account->evidence.stop_sent = recorder->stop_sent;
	account->evidence.stop_forced = recorder->stop_forced;
	if (recorder->ended_usec > 0)
		account->ended_usec = recorder->ended_usec;
	counters_since(&recorder->baseline, &now, &account->evidence.delta);
	/* A governor that died may not have lived to see the kill. */
	if (!died)
		time_the_kill(account, recorder->oom_kill_usec);
}

int explain_ungoverned(const struct ungoverned *ungoverned, struct emit *report, struct err *err)
{
	uint64_t now = clock_monotonic_usec();
	struct account account = {
		.id = ungoverned->id,
		.cgroup = ungoverned->cgroup,
		.evidence = { .ending = ungoverned->ending },
		.began_usec = ungoverned->since_usec,
		.ended_usec = now,
		.began_wall_usec = clock_wall_usec() - (now - ungoverned->since_usec),
		.timeline_text = ungoverned->timeline,
		.annotate = ungoverned->annotate,
		.context = ungoverned->context,
	};
	struct witness witness = WITNESS_NONE;
	int result = counters_take(ungoverned->cgroup_rootfd, ungoverned->cgroup,
				   &account.evidence.delta, err);

	if (result < 0)
		return result;
	if (ungoverned->recorder != NULL) {
		take_recorder(&account, ungoverned->recorder, ungoverned->governor_died);
		witness_find(&witness);
		account.witness = &witness;
	} else {
		forget_older(&account.evidence.delta);
	}
	result = tell(&account, ungoverned->cgroup_rootfd, ungoverned->init_pid, report, err);
	witness_close(&witness);
	return result;
}
