// SPDX-License-Identifier: Apache-2.0
/*
 * The report as JSON.
 * Should: hold every number the verdict rests on, so that it can be checked later.
 * Must not: judge.
 */
#include <signal.h>
#include <string.h>

#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/text.h"
#include "runtime/governor/account.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/watch.h"

/* Raised when a member changes its meaning or goes; not for a new one. */
#define REPORT_VERSION 1

static void emit_limit(struct emit *emit, const char *key, uint64_t bytes)
{
	if (bytes == MEMORY_NO_LIMIT)
		emit_null(emit, key);
	else
		emit_u64(emit, key, bytes);
}

static void emit_ending(struct emit *emit, const struct ending *ending)
{
	static const char *const kinds[] = { [ENDING_UNKNOWN] = "unknown",
					     [ENDING_EXITED] = "exited",
					     [ENDING_SIGNALED] = "signaled" };

	emit_object(emit, "ending");
	emit_string(emit, "kind", kinds[ending->kind]);
	if (ending->kind != ENDING_UNKNOWN)
		emit_i64(emit, "value", ending->value);
	if (ending->kind == ENDING_SIGNALED)
		emit_string(emit, "signal", sigabbrev_np(ending->value));
	emit_bool(emit, "timed_out", ending->timed_out);
	emit_object_end(emit);
}

static void emit_events(struct emit *emit, const char *key, const struct memory_events *events)
{
	emit_object(emit, key);
	emit_u64(emit, "low", events->low);
	emit_u64(emit, "high", events->high);
	emit_u64(emit, "max", events->max);
	emit_u64(emit, "oom", events->oom);
	emit_u64(emit, "oom_kill", events->oom_kill);
	emit_u64(emit, "oom_group_kill", events->oom_group_kill);
	emit_object_end(emit);
}

static void emit_counters(struct emit *emit, const struct account *account)
{
	const struct counters *delta = &account->evidence.delta;
	char path[CGROUP_PATH_ROOM];
	size_t i;

	emit_object(emit, "counters");
	emit_events(emit, "own", &delta->own);
	emit_events(emit, "local", &delta->local);
	emit_array(emit, "ancestors");
	for (i = 0; i < delta->level_count; i++) {
		memcpy(path, account->cgroup->path, delta->levels[i].path_length);
		path[delta->levels[i].path_length] = '\0';
		emit_object(emit, NULL);
		emit_string(emit, "cgroup", path);
		emit_events(emit, "local", &delta->levels[i].local);
		emit_object_end(emit);
	}
	emit_array_end(emit);
	emit_object_end(emit);
}

/* Why the kernel chose this one, as a person would say it. */
static void why(const struct victim *victim, struct text *text)
{
	if (victim->was_highest && victim->second.pid == 0)
		text_addf(text, "the only process that could be: %lld points",
			  (long long) victim->points);
	else if (victim->was_highest)
		text_addf(text, "the highest of %zu processes: %lld points; next %lld (%s)",
			  victim->processes, (long long) victim->points,
			  (long long) victim->second.points, victim->second.comm);
	else
		text_addf(text, "%lld points; the kernel log does not tell the others'",
			  (long long) victim->points);
}

static void emit_victim(struct emit *emit, const struct victim *victim)
{
	auto_text struct text reason = { 0 };

	why(victim, &reason);
	emit_object(emit, NULL);
	emit_i64(emit, "pid", victim->pid);
	emit_string(emit, "comm", victim->comm);
	emit_u64(emit, "uid", victim->uid);
	if (victim->header) {
		emit_string(emit, "cgroup", victim->task_cgroup);
		emit_string(emit, "limit_holder", victim->global ? NULL : victim->oom_cgroup);
	}
	emit_bool(emit, "global", victim->global);
	emit_u64(emit, "anon", victim->anon_bytes);
	emit_u64(emit, "file", victim->file_bytes);
	emit_u64(emit, "shmem", victim->shmem_bytes);
	emit_u64(emit, "pgtables", victim->pgtables_bytes);
	emit_u64(emit, "total_vm", victim->total_vm_bytes);
	emit_i64(emit, "oom_score_adj", victim->oom_score_adj);
	emit_i64(emit, "points", victim->points);
	if (victim->limit_bytes > 0) {
		emit_u64(emit, "usage", victim->usage_bytes);
		emit_u64(emit, "limit", victim->limit_bytes);
	}
	if (victim->processes > 0)
		emit_u64(emit, "processes", victim->processes);
	emit_string(emit, "why", text_string(&reason));
	emit_object_end(emit);
}

static void emit_victims(struct emit *emit, const struct account *account)
{
	const struct kernel_log *log = account->log;
	size_t i;

	if (log == NULL)
		emit_string(emit, "kernel_log", "not asked: nothing was killed");
	else
		emit_string(emit, "kernel_log", log->readable ? "read" : "not readable");
	if (log != NULL && log->overruns > 0)
		emit_u64(emit, "kernel_log_overruns", log->overruns);
	emit_array(emit, "victims");
	for (i = 0; log != NULL && i < log->victim_count; i++)
		emit_victim(emit, &log->victims[i]);
	emit_array_end(emit);
}

static void emit_ladder(struct emit *emit, const struct watch *watch)
{
	size_t i;

	emit_array(emit, "ladder");
	for (i = 0; i < watch_rungs(watch); i++) {
		const struct watched_rung *rung = &watch->rungs[i];
		const struct rung *written = &watch->governed.ladder->rungs[i];
		double first = (double) (rung->first_fired_usec - watch->timeline.began_usec);

		emit_object(emit, NULL);
		if (written->percent > 0) {
			emit_u64(emit, "rung", written->percent);
			emit_u64(emit, "bytes",
				 ladder_bytes(watch->last.limit_bytes, written->percent));
		} else {
			emit_string(emit, "trigger", written->name);
		}
		emit_u64(emit, "fired", rung->fired_count);
		if (rung->fired_count > 0)
			emit_real(emit, "first_seconds", first / 1e6);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

static void emit_stat(struct emit *emit, const struct memory_stat *stat)
{
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{ "anon", stat->anon },
		{ "file", stat->file },
		{ "kernel", stat->kernel },
		{ "kernel_stack", stat->kernel_stack },
		{ "pagetables", stat->pagetables },
		{ "percpu", stat->percpu },
		{ "sock", stat->sock },
		{ "shmem", stat->shmem },
		{ "unevictable", stat->unevictable },
		{ "slab_reclaimable", stat->slab_reclaimable },
		{ "slab_unreclaimable", stat->slab_unreclaimable },
		{ "inactive_file", stat->inactive_file },
		{ "active_file", stat->active_file },
		{ "anon_thp", stat->anon_thp },
		{ "file_dirty", stat->file_dirty },
		{ "file_writeback", stat->file_writeback },
		{ "workingset_refault_anon", stat->workingset_refault_anon },
		{ "workingset_refault_file", stat->workingset_refault_file },
		{ "pgfault", stat->pgfault },
		{ "pgmajfault", stat->pgmajfault },
		{ "pgscan", stat->pgscan },
		{ "pgsteal", stat->pgsteal },
	};
	size_t i;

	emit_object(emit, "stat");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		emit_u64(emit, rows[i].key, rows[i].value);
	emit_object_end(emit);
}

/* The last look before the end: what is read after it no longer shows what the processes held. */
static void emit_last(struct emit *emit, const struct account *account)
{
	const struct watch *watch = account->watch;
	bool looked = watch != NULL && watch->last.at_usec > 0;

	emit_object(emit, "last");
	if (looked) {
		emit_real(emit, "seconds",
			  (double) (watch->last.at_usec - account->began_usec) / 1e6);
		emit_u64(emit, "need", watch->last.need_bytes);
	}
	emit_u64(emit, "current", looked ? watch->last.current_bytes : account->current_bytes);
	emit_stat(emit, looked ? &watch->last.stat : &account->stat);
	emit_object_end(emit);
}

static void emit_times(struct emit *emit, const struct account *account)
{
	uint64_t lasted = account->ended_usec - account->began_usec;
	char time[CLOCK_TEXT_ROOM];

	emit_object(emit, "times");
	emit_string(emit, "began", clock_text(account->began_wall_usec, time));
	emit_string(emit, "ended", clock_text(account->began_wall_usec + lasted, time));
	emit_real(emit, "seconds", (double) lasted / 1e6);
	emit_object_end(emit);
}

/* What a reader looks for first. */
static void emit_head(struct emit *emit, const struct account *account)
{
	auto_text struct text headline = { 0 };
	auto_text struct text advice = { 0 };
	char path[CGROUP_PATH_ROOM];

	headline_write(account, &headline);
	advice_write(account, &advice);
	emit_u64(emit, "version", REPORT_VERSION);
	emit_string(emit, "id", account->id);
	emit_string(emit, "verdict", verdict_name(account->judgement.verdict));
	emit_string(emit, "headline", text_string(&headline));
	if (advice.length > 0)
		emit_string(emit, "advice", text_string(&advice));
	emit_ending(emit, &account->evidence.ending);
	emit_string(emit, "cgroup", account->cgroup->path);
	emit_string(emit, "limit_hit_of", account_holder(account, path));
	emit_bool(emit, "group_kill", account->judgement.group);
	emit_object(emit, "limit");
	emit_limit(emit, "bytes", account->limit_bytes);
	if (account->limit_bytes != MEMORY_NO_LIMIT)
		emit_string(emit, "holder", account->limit_holder);
	emit_object_end(emit);
	if (account->swap_limit_known)
		emit_limit(emit, "swap_limit", account->swap_limit_bytes);
	if (account->peak_bytes > 0)
		emit_u64(emit, "peak", account->peak_bytes);
}

void report_emit(const struct account *account, struct emit *emit)
{
	emit_object(emit, NULL);
	emit_head(emit, account);
	emit_counters(emit, account);
	emit_victims(emit, account);
	if (account->watch != NULL) {
		emit_ladder(emit, account->watch);
		timeline_emit(&account->watch->timeline, emit, "timeline");
		if (account->watch->timeline.dropped > 0)
			emit_u64(emit, "timeline_dropped", account->watch->timeline.dropped);
	}
	emit_last(emit, account);
	emit_times(emit, account);
	emit_object_end(emit);
}
