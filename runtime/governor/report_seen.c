// SPDX-License-Identifier: Apache-2.0
/*
 * What a governor saw, as members of the report.
 * Should: be true of a governor that died as well: all of it comes out of its recorder.
 * Must not: judge, but for whether its guess of the victim was right.
 */
#include <string.h>

#include "runtime/base/emit.h"
#include "runtime/governor/account.h"
#include "runtime/governor/recorder.h"
#include "runtime/governor/step.h"

static double seconds_since(const struct account *account, uint64_t at_usec)
{
	return (double) (int64_t) (at_usec - account->began_usec) / 1e6;
}

void report_emit_rungs(const struct account *account, struct emit *emit)
{
	const struct recorder *recorder = account->recorder;
	size_t i;

	emit_array(emit, "ladder");
	for (i = 0; i < recorder->rung_count; i++) {
		const struct recorded_rung *rung = &recorder->rungs[i];

		emit_object(emit, NULL);
		if (rung->percent > 0) {
			emit_u64(emit, "rung", rung->percent);
			emit_u64(emit, "bytes",
				 ladder_bytes(recorder->last.limit_bytes, rung->percent));
		} else {
			emit_string(emit, "trigger", rung->name);
		}
		emit_u64(emit, "fired", rung->fired_count);
		if (rung->fired_count > 0)
			emit_real(emit, "first_seconds",
				  seconds_since(account, rung->first_fired_usec));
		emit_bool(emit, "standing", rung->fired);
		if (rung->fired_count > 0 && rung->freed_bytes != INT64_MIN)
			emit_i64(emit, "freed", rung->freed_bytes);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

void report_emit_stat(struct emit *emit, const char *key, const struct memory_stat *stat)
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

	emit_object(emit, key);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		emit_u64(emit, rows[i].key, rows[i].value);
	emit_object_end(emit);
}

static void emit_governor(struct emit *emit, const struct account *account)
{
	static const char *const words[] = { [GOVERNOR_NONE] = "none",
					     [GOVERNOR_RUNS] = "runs",
					     [GOVERNOR_ENDED] = "ended with it",
					     [GOVERNOR_DIED] = "died before it" };

	emit_string(emit, "governor", words[account->governor]);
}

static void emit_suspect(struct emit *emit, const struct suspect *suspect)
{
	emit_object(emit, NULL);
	emit_i64(emit, "pid", suspect->pid);
	if (suspect->ns_pid > 0)
		emit_i64(emit, "ns_pid", suspect->ns_pid);
	emit_string(emit, "comm", suspect->comm);
	emit_string(emit, "cmdline", suspect->cmdline);
	emit_i64(emit, "badness", suspect->badness_bytes);
	emit_u64(emit, "anon", suspect->anon_bytes);
	emit_u64(emit, "file", suspect->file_bytes);
	emit_u64(emit, "shmem", suspect->shmem_bytes);
	emit_u64(emit, "swap", suspect->swap_bytes);
	emit_u64(emit, "pgtables", suspect->pgtables_bytes);
	emit_i64(emit, "oom_score_adj", suspect->oom_score_adj);
	emit_object_end(emit);
}

static bool was_killed(const struct kernel_log *log, pid_t pid)
{
	size_t i;

	for (i = 0; i < log->victim_count && log->victims[i].pid != pid; i++)
		;
	return i < log->victim_count;
}

/* Whom the kernel was expected to kill, and whether it did. */
static void emit_prediction(struct emit *emit, const struct account *account)
{
	const struct suspects *suspects = &account->recorder->suspects;
	const struct kernel_log *log = account->log;
	size_t i;

	if (suspects->at_usec == 0 || suspects->count == 0)
		return;
	emit_object(emit, "prediction");
	emit_real(emit, "seconds", seconds_since(account, suspects->at_usec));
	emit_i64(emit, "victim", suspects->items[0].pid);
	if (log != NULL && log->victim_count > 0)
		emit_bool(emit, "right", was_killed(log, suspects->items[0].pid));
	emit_u64(emit, "processes", suspects->processes);
	emit_u64(emit, "weighed", suspects->asked);
	emit_array(emit, "candidates");
	for (i = 0; i < suspects->count; i++)
		emit_suspect(emit, &suspects->items[i]);
	emit_array_end(emit);
	emit_object_end(emit);
}

static void emit_pace(struct emit *emit, const struct recorder *recorder)
{
	emit_object(emit, "pace");
	emit_real(emit, "bytes_per_second_0.5s", recorder_pace(recorder, 500000));
	emit_real(emit, "bytes_per_second_5s", recorder_pace(recorder, 5000000));
	emit_real(emit, "bytes_per_second_60s", recorder_pace(recorder, 60000000));
	if (recorder->time_to_limit_usec > 0)
		emit_real(emit, "seconds_to_limit", (double) recorder->time_to_limit_usec / 1e6);
	emit_object_end(emit);
}

static void emit_point(struct emit *emit, const struct account *account, const struct point *point)
{
	emit_object(emit, NULL);
	emit_real(emit, "seconds", seconds_since(account, point->at_usec));
	emit_u64(emit, "current", point->current_bytes);
	emit_u64(emit, "need", point->need_bytes);
	emit_u64(emit, "limit", point->limit_bytes);
	emit_u64(emit, "anon", point->anon_bytes);
	emit_u64(emit, "shmem", point->shmem_bytes);
	emit_u64(emit, "file", point->file_bytes);
	emit_u64(emit, "kernel", point->kernel_bytes);
	emit_u64(emit, "sock", point->sock_bytes);
	emit_u64(emit, "swap", point->swap_bytes);
	emit_u64(emit, "psi_some_usec", point->some_usec);
	emit_u64(emit, "psi_full_usec", point->full_usec);
	emit_object_end(emit);
}

static void emit_readings(struct emit *emit, const struct account *account)
{
	size_t i;

	emit_array(emit, "readings");
	for (i = 0; i < account->recorder->point_count; i++)
		emit_point(emit, account, &account->recorder->points[i]);
	emit_array_end(emit);
}

static int64_t grown(uint64_t before, uint64_t now)
{
	return (int64_t) (now - before);
}

/* What memory.stat had more, or less, at the peak than when the first rung fired. */
static void emit_since_first_rung(struct emit *emit, const struct account *account)
{
	const struct recorder *recorder = account->recorder;
	const struct memory_stat *then = &recorder->first_stat;
	const struct memory_stat *now = &recorder->peak_stat;

	if (recorder->first_stat_usec == 0)
		return;
	emit_object(emit, "first_rung_to_peak");
	emit_real(emit, "from_seconds", seconds_since(account, recorder->first_stat_usec));
	emit_real(emit, "to_seconds", seconds_since(account, recorder->peak.at_usec));
	emit_i64(emit, "anon", grown(then->anon, now->anon));
	emit_i64(emit, "file", grown(then->file, now->file));
	emit_i64(emit, "shmem", grown(then->shmem, now->shmem));
	emit_i64(emit, "kernel", grown(then->kernel, now->kernel));
	emit_i64(emit, "sock", grown(then->sock, now->sock));
	emit_i64(emit, "pagetables", grown(then->pagetables, now->pagetables));
	emit_i64(emit, "anon_thp", grown(then->anon_thp, now->anon_thp));
	emit_i64(emit, "pgfault", grown(then->pgfault, now->pgfault));
	emit_i64(emit, "pgmajfault", grown(then->pgmajfault, now->pgmajfault));
	emit_i64(emit, "pgscan", grown(then->pgscan, now->pgscan));
	emit_i64(emit, "pgsteal", grown(then->pgsteal, now->pgsteal));
	emit_i64(emit, "workingset_refault_file",
		 grown(then->workingset_refault_file, now->workingset_refault_file));
	emit_object_end(emit);
}

static void emit_peak(struct emit *emit, const struct account *account)
{
	const struct recorder *recorder = account->recorder;

	emit_object(emit, "peak_need");
	emit_real(emit, "seconds", seconds_since(account, recorder->peak.at_usec));
	emit_u64(emit, "bytes", recorder->peak_need_bytes);
	report_emit_stat(emit, "stat", &recorder->peak_stat);
	emit_object_end(emit);
}

void report_emit_seen(const struct account *account, struct emit *emit)
{
	emit_governor(emit, account);
	if (account->recorder == NULL || account->recorder->rung_count == 0)
		return;
	emit_peak(emit, account);
	emit_prediction(emit, account);
	emit_pace(emit, account->recorder);
	emit_since_first_rung(emit, account);
	emit_readings(emit, account);
}
