// SPDX-License-Identifier: Apache-2.0
/*
 * Doing what the ladder decided.
 * Should: reach the program before its limit, whoever else is slow.
 * Must not: wait; hold the brake longer than it takes to tell the program.
 *
 * The order, and why. At a contact the trip-line is below usage and brakes: natively not at all
 * within the first 1.25 % (the kernel skips sleeps of 10 ms and less), after that harder and harder.
 *
 *	1. memory.json, then the FIFO: lower rungs first. They never block and take microseconds, and
 *	   with the brake still on, the allocator cannot outrun them to the limit.
 *	2. memory.high goes up: to the next rung, or to the config's value for a stop. A braked task
 *	   is deaf (its signal handler runs when its sleep of up to 2 s is over), so this comes right
 *	   before the signals: one write(2), some microseconds, in which one thread faults a few pages.
 *	3. Signals, the stop's included. A stop then brakes again from where usage stands: while one
 *	   thread drains, another takes the last 5 % of 256 MiB in 5 ms. That close above the line
 *	   nothing sleeps, so the handler starts at once; who goes on allocating is slowed ever more
 *	   (3 s from 95 % to the limit with one thread). Released after 2 s, come what may.
 *	4. Lines for people, and programs: they may be slow (a full pipe, an execve), and by now nothing
 *	   waits for them.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/governor/ladder.h"
#include "runtime/governor/watch.h"

/* The budget of governor.md §6.3: what a program may be slowed for in all. */
#define BRAKE_USEC 2000000

static const struct rung *rung_of(const struct watch *watch, size_t index)
{
	return &watch->governed.ladder->rungs[index];
}

static const struct action *find_action(const struct rung *rung, enum action_kind kind)
{
	size_t i;

	for (i = 0; i < rung->action_count; i++)
		if (rung->actions[i].kind == kind)
			return &rung->actions[i];
	return NULL;
}

/* ---- 1. the program ---- */

/* How telling one rung went; noted later, when the brake is off. */
struct told {
	bool tried;
	int result;
	struct err err;
};

static void tell(struct watch *watch, size_t index, const struct reading *reading,
		 struct told *told)
{
	struct notice notice = { .ladder = watch->governed.ladder,
				 .rung = index,
				 .reading = reading,
				 .time_to_limit_usec = watch->time_to_limit_usec,
				 .wall_usec = clock_wall_usec() };

	if (find_action(rung_of(watch, index), ACTION_NOTIFY) == NULL || watch->contract.fifo < 0)
		return;
	told->tried = true;
	told->result = contract_publish(&watch->contract, &notice, &told->err);
	if (told->result == 0)
		told->result = contract_notify(&watch->contract, &notice, &told->err);
}

static void note_told(struct watch *watch, size_t index, const struct told *told)
{
	if (!told->tried)
		return;
	if (told->result < 0)
		watch_note_failure(watch, (int) index, &told->err);
	else
		watch_note(watch, told->result > 0 ? MOMENT_DROPPED : MOMENT_NOTIFIED, (int) index,
			   told->result > 0 ? "the FIFO is full: nobody reads it" : NULL);
}

/* ---- 3. signals ---- */

/* How sending the rung's signals went; noted later. */
struct sent {
	size_t count;
	struct {
		enum moment moment;
		int signal;
		int error; /* an errno value; 0: sent */
	} items[LADDER_ACTIONS];
};

static void send_signal(struct watch *watch, int signal, enum moment moment, struct sent *sent)
{
	int result = pidfd_send_signal(watch->governed.init_pidfd, signal, NULL, 0);

	sent->items[sent->count].moment = moment;
	sent->items[sent->count].signal = signal;
	sent->items[sent->count++].error = result < 0 ? errno : 0;
}

/* The line goes a little above usage, lest the kernel makes the writer reclaim. */
static void brake(struct watch *watch)
{
	uint64_t limit = watch->last.limit_bytes;
	uint64_t current = 0;
	uint64_t line;

	if (memory_value_read(watch->governed.cgroup->dirfd, "memory.current", &current, NULL) < 0)
		return;
	line = current + watch->last.slack_bytes;
	if (line >= limit || line >= watch->line.config_high_bytes ||
	    tripline_set(&watch->line, line, NULL) < 0)
		return;
	watch->brake_until_usec = clock_monotonic_usec() + BRAKE_USEC;
}

static void stop(struct watch *watch, const struct action *action, struct sent *sent)
{
	int signal = watch->governed.stop_signal > 0 ? watch->governed.stop_signal : SIGTERM;

	send_signal(watch, signal, MOMENT_STOP, sent);
	brake(watch);
	watch->stop_sent = true;
	watch->stop_kill_usec = clock_monotonic_usec() + action->grace_usec;
}

static void send_signals(struct watch *watch, size_t index, struct sent *sent)
{
	const struct rung *rung = rung_of(watch, index);
	size_t i;

	for (i = 0; i < rung->action_count; i++) {
		if (rung->actions[i].kind == ACTION_SIGNAL)
			send_signal(watch, rung->actions[i].signal, MOMENT_SIGNAL, sent);
		if (rung->actions[i].kind == ACTION_STOP)
			stop(watch, &rung->actions[i], sent);
	}
}

static void note_sent(struct watch *watch, size_t index, const struct sent *sent)
{
	size_t i;

	for (i = 0; i < sent->count; i++) {
		const char *name = sigabbrev_np(sent->items[i].signal);
		struct err err = { 0 };
		char note[32];

		if (name != NULL)
			snprintf(note, sizeof(note), "SIG%s", name);
		else
			snprintf(note, sizeof(note), "signal %d", sent->items[i].signal);
		if (sent->items[i].error == 0) {
			watch_note(watch, sent->items[i].moment, (int) index, note);
			continue;
		}
		err_set(&err, sent->items[i].error, "%s to process %d", note,
			(int) watch->governed.init_pid);
		watch_note_failure(watch, (int) index, &err);
	}
}

/* ---- 4. people and programs ---- */

static void say(struct watch *watch, size_t index, const struct reading *reading)
{
	char need[TEXT_SIZE_ROOM];
	char limit[TEXT_SIZE_ROOM];
	char line[256];

	if (find_action(rung_of(watch, index), ACTION_LOG) == NULL)
		return;
	snprintf(line, sizeof(line), "memory of '%s' reached %u%%: it needs %s of %s",
		 watch->governed.id, rung_of(watch, index)->percent,
		 text_size(reading->need_bytes, need), text_size(reading->limit_bytes, limit));
	watch->governed.say(watch->governed.context, line);
}

#define ENVIRONMENT 5

/* Starts the program; `texts` are the environment's, kept for the call only. */
static int start(struct watch *watch, const struct action *action, struct text texts[ENVIRONMENT],
		 int *pidfd, struct err *err)
{
	const char *env[ENVIRONMENT + 1] = { NULL };
	size_t i;

	for (i = 0; i < ENVIRONMENT; i++) {
		if (!text_ok(&texts[i]))
			return err_set(err, ENOMEM, "exec");
		env[i] = text_string(&texts[i]);
	}
	return watch->governed.exec(watch->governed.context, action->words, env, pidfd, err);
}

static int start_hook(struct watch *watch, size_t index, const struct action *action,
		      const struct reading *reading, struct err *err)
{
	struct watched_rung *rung = &watch->rungs[index];
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &rung->hook_source };
	struct text texts[ENVIRONMENT] = { 0 };
	double percent = 100.0 * (double) reading->need_bytes / (double) reading->limit_bytes;
	size_t i;
	int result;

	text_addf(&texts[0], "WEIR_RUNG=%u", rung_of(watch, index)->percent);
	text_addf(&texts[1], "WEIR_NEED=%llu", (unsigned long long) reading->need_bytes);
	text_addf(&texts[2], "WEIR_LIMIT=%llu", (unsigned long long) reading->limit_bytes);
	text_addf(&texts[3], "WEIR_NEED_PERCENT=%.1f", percent);
	text_addf(&texts[4], "WEIR_CONTAINER=%s", watch->governed.id);
	result = start(watch, action, texts, &rung->hook, err);
	for (i = 0; i < ENVIRONMENT; i++)
		text_free(&texts[i]);
	if (result < 0) {
		rung->hook = -1;
		return result;
	}
	rung->hook_began_usec = clock_monotonic_usec();
	rung->hook_killed = false;
	if (epoll_ctl(watch->epoll, EPOLL_CTL_ADD, rung->hook, &event) < 0)
		return err_set(err, errno, "exec: pidfd");
	return 0;
}

/* At most one program of a rung at a time: one that hangs must not be joined by another. */
static void exec(struct watch *watch, size_t index, const struct reading *reading)
{
	const struct action *action = find_action(rung_of(watch, index), ACTION_EXEC);
	struct err err = { 0 };

	if (action == NULL)
		return;
	if (watch->rungs[index].hook >= 0)
		err_say(&err, EBUSY, "exec %s: the last one is still running", action->words[0]);
	else if (watch->governed.exec == NULL)
		err_say(&err, ENOTSUP, "exec %s: not possible here", action->words[0]);
	else if (start_hook(watch, index, action, reading, &err) == 0)
		watch_note(watch, MOMENT_EXEC, (int) index, action->words[0]);
	if (err.number != 0)
		watch_note_failure(watch, (int) index, &err);
}

/* ---- all of it ---- */

static void note_fired(struct watch *watch, size_t index, enum moment moment, bool stopping)
{
	const struct rung *rung = rung_of(watch, index);
	auto_text struct text names = { 0 };
	size_t i;

	for (i = 0; moment == MOMENT_FIRED && i < rung->action_count; i++)
		text_addf(&names, "%s%s", i > 0 ? "," : "", action_name(rung->actions[i].kind));
	if (stopping)
		watch_note(watch, moment, (int) index, "stopping: log only");
	else
		watch_note(watch, moment, (int) index, names.bytes);
}

static void begin_effects(struct watch *watch, size_t index, const struct reading *reading)
{
	struct watched_rung *rung = &watch->rungs[index];

	rung->fired_usec = reading->at_usec;
	rung->fired_need_bytes = reading->need_bytes;
	rung->effects_left = EFFECTS;
}

static void count_fired(struct watched_rung *rung, uint64_t at_usec)
{
	if (rung->fired_count++ == 0)
		rung->first_fired_usec = at_usec;
}

/* What firing did, until there is time to note it. */
struct deeds {
	bool stopping; /* a stop was under way before */
	struct told told[LADDER_RUNGS];
	struct sent sent;
};

/* Notes and says what happened to each rung, the lower ones first. */
static void account(struct watch *watch, const struct decision *decision,
		    const struct reading *reading, const struct deeds *deeds)
{
	size_t top = (size_t) decision->fire;
	size_t i;

	for (i = 0; i <= top; i++) {
		if (i != top && !(decision->passed & (1U << i)))
			continue;
		count_fired(&watch->rungs[i], reading->at_usec);
		note_fired(watch, i, i == top ? MOMENT_FIRED : MOMENT_PASSED, deeds->stopping);
		note_told(watch, i, &deeds->told[i]);
		say(watch, i, reading);
	}
	note_sent(watch, top, &deeds->sent);
	if (!deeds->stopping && watch->brake_until_usec > 0)
		watch_note(watch, MOMENT_BRAKED, (int) top, "for at most 2 s");
}

void action_fire(struct watch *watch, const struct decision *decision,
		 const struct reading *reading)
{
	struct deeds deeds = { .stopping = watch->stop_sent };
	size_t top = (size_t) decision->fire;
	struct decision onward = *decision;
	size_t i;

	for (i = 0; !deeds.stopping && i <= top; i++)
		if (i == top || decision->passed & (1U << i))
			tell(watch, i, reading, &deeds.told[i]);
	if (find_action(rung_of(watch, top), ACTION_STOP) != NULL)
		onward.next = -1;
	watch_arm(watch, &onward, reading);
	begin_effects(watch, top, reading);
	if (!deeds.stopping)
		send_signals(watch, top, &deeds.sent);
	account(watch, decision, reading, &deeds);
	if (!deeds.stopping)
		exec(watch, top, reading);
}

/* ---- what time and the programs bring ---- */

static void kill_after_grace(struct watch *watch)
{
	struct err err = { 0 };

	watch->stop_forced = true;
	if (cgroup_kill(watch->governed.cgroup, &err) < 0)
		watch_note_failure(watch, -1, &err);
	else
		watch_note(watch, MOMENT_GRACE_OVER, -1, NULL);
}

static bool grace_runs(const struct watch *watch)
{
	return watch->stop_sent && !watch->stop_forced && !watch->ended;
}

static void release_brake(struct watch *watch)
{
	struct err err = { 0 };

	watch->brake_until_usec = 0;
	if (tripline_lift(&watch->line, &err) < 0)
		watch_note_failure(watch, -1, &err);
	watch_note(watch, MOMENT_RELEASED, -1, NULL);
}

static bool brakes(const struct watch *watch)
{
	return watch->brake_until_usec > 0 && !watch->ended;
}

static bool hook_runs(const struct watched_rung *rung)
{
	return rung->hook >= 0 && !rung->hook_killed;
}

void action_tick(struct watch *watch, uint64_t now_usec)
{
	size_t i;

	if (grace_runs(watch) && watch->stop_kill_usec <= now_usec)
		kill_after_grace(watch);
	if (brakes(watch) && watch->brake_until_usec <= now_usec)
		release_brake(watch);
	for (i = 0; i < watch_rungs(watch); i++) {
		struct watched_rung *rung = &watch->rungs[i];

		if (!hook_runs(rung) || rung->hook_began_usec + HOOK_TIMEOUT_USEC > now_usec)
			continue;
		rung->hook_killed = true;
		pidfd_send_signal(rung->hook, SIGKILL, NULL, 0);
	}
}

uint64_t action_due_usec(const struct watch *watch)
{
	uint64_t due = grace_runs(watch) ? watch->stop_kill_usec : UINT64_MAX;
	size_t i;

	if (brakes(watch) && watch->brake_until_usec < due)
		due = watch->brake_until_usec;
	for (i = 0; i < watch_rungs(watch); i++) {
		uint64_t hook = watch->rungs[i].hook_began_usec + HOOK_TIMEOUT_USEC;

		if (hook_runs(&watch->rungs[i]) && hook < due)
			due = hook;
	}
	return due;
}

void action_hook_ready(struct watch *watch, size_t index)
{
	struct watched_rung *rung = &watch->rungs[index];
	uint64_t msec = (clock_monotonic_usec() - rung->hook_began_usec) / 1000;
	siginfo_t info = { 0 };
	char note[96];
	/* Reaped in any case. It may be somebody else's child; then only its end is known. */
	int reaped = waitid(P_PIDFD, (id_t) rung->hook, &info, WEXITED | WNOHANG);

	if (rung->hook_killed)
		snprintf(note, sizeof(note), "killed after %d s", HOOK_TIMEOUT_USEC / 1000000);
	else if (reaped < 0)
		snprintf(note, sizeof(note), "after %llu ms", (unsigned long long) msec);
	else
		snprintf(note, sizeof(note), "%s %d after %llu ms",
			 info.si_code == CLD_EXITED ? "exit" : "signal", info.si_status,
			 (unsigned long long) msec);
	epoll_ctl(watch->epoll, EPOLL_CTL_DEL, rung->hook, NULL);
	fd_close(&rung->hook);
	watch_note(watch, MOMENT_EXEC_ENDED, (int) index, note);
}
