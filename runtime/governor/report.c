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
#include "runtime/governor/recorder.h"
#include "runtime/governor/timeline.h"

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
					     [ENDING_NONE] = "none",
					     [ENDING_EXITED] = "exited",
					     [ENDING_SIGNALED] = "signaled" };

	emit_object(emit, "ending");
	emit_string(emit, "kind", kinds[ending->kind]);
	if (ending->kind == ENDING_EXITED || ending->kind == ENDING_SIGNALED)
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

static const char *source_name(enum victim_source source)
{
	static const char *const names[] = { [VICTIM_KERNEL_LOG] = "kernel log",
					     [VICTIM_TRACE] = "tracefs",
					     [VICTIM_EXIT] = "proc connector" };

	return names[source];
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

	if (victim->header || victim->points != 0)
		why(victim, &reason);
	emit_object(emit, NULL);
	emit_string(emit, "source", source_name(victim->source));
	emit_i64(emit, "pid", victim->pid);
	if (victim->ns_pid > 0)
		emit_i64(emit, "ns_pid", victim->ns_pid);
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
	if (reason.length > 0)
		emit_i64(emit, "points", victim->points);
	if (victim->limit_bytes > 0) {
		emit_u64(emit, "usage", victim->usage_bytes);
		emit_u64(emit, "limit", victim->limit_bytes);
	}
	if (victim->processes > 0)
		emit_u64(emit, "processes", victim->processes);
	if (reason.length > 0)
		emit_string(emit, "why", text_string(&reason));
	emit_object_end(emit);
}

static const char *seen_by(const struct kernel_log *log)
{
	if (log->source == VICTIM_KERNEL_LOG && !log->readable)
		return "nobody";
	return source_name(log->source);
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
	if (log != NULL)
		emit_string(emit, "victims_seen_by", seen_by(log));
	emit_array(emit, "victims");
	for (i = 0; log != NULL && i < log->victim_count; i++)
		emit_victim(emit, &log->victims[i]);
	emit_array_end(emit);
}

/* The last look before the end: what is read after it no longer shows what the processes held. */
static void emit_last(struct emit *emit, const struct account *account)
{
	const struct recorder *recorder = account->recorder;
	bool looked = recorder != NULL && recorder->last.at_usec > 0;

	emit_object(emit, "last");
	if (looked) {
		emit_real(emit, "seconds",
			  (double) (recorder->last.at_usec - account->began_usec) / 1e6);
		emit_u64(emit, "need", recorder->last.need_bytes);
	}
	emit_u64(emit, "current", looked ? recorder->last.current_bytes : account->current_bytes);
	report_emit_stat(emit, "stat", looked ? &recorder->stat : &account->stat);
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

static void emit_timeline(struct emit *emit, const struct account *account)
{
	if (account->timeline == NULL) {
		if (account->timeline_text != NULL)
			timeline_emit_text(account->timeline_text, emit, "timeline");
		return;
	}
	timeline_emit(account->timeline, emit, "timeline");
	if (account->timeline->dropped > 0)
		emit_u64(emit, "timeline_dropped", account->timeline->dropped);
}

void report_emit(const struct account *account, struct emit *emit)
{
	emit_object(emit, NULL);
	emit_head(emit, account);
	emit_counters(emit, account);
	emit_victims(emit, account);
	cause_emit(account, emit);
	if (account->recorder != NULL)
		report_emit_rungs(account, emit);
	emit_timeline(emit, account);
	emit_last(emit, account);
	report_emit_seen(account, emit);
	emit_times(emit, account);
	if (account->annotate != NULL)
		account->annotate(account->context, emit);
	emit_object_end(emit);
}
