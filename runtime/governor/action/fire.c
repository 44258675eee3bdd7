// SPDX-License-Identifier: Apache-2.0
/*
 * Doing what the ladder decided: in which order.
 * Should: reach the program before its limit, whoever else is slow.
 * Must not: wait; hold the brake longer than it takes to tell the program.
 *
 * The order, and why. At a contact the trip-line is below usage and brakes: natively not at all
 * within the first 1.25 % (the kernel skips sleeps of 10 ms and less), after that harder and harder.
 *
 *	1. TELL: memory.json, then the FIFO: lower rungs first. They never block and take microseconds,
 *	   and with the brake still on, the allocator cannot outrun them to the limit.
 *	2. memory.high goes up: to the next rung, or to the config's value for a stop. A braked task
 *	   is deaf (its signal handler runs when its sleep of up to 2 s is over), so this comes right
 *	   before the signals: one write(2), some microseconds, in which one thread faults a few pages.
 *	3. SEND: room, signals, kills, the stop's included. A stop then brakes again from where usage
 *	   stands: while one thread drains, another takes the last 5 % of 256 MiB in 5 ms. That close
 *	   above the line nothing sleeps, so the handler starts at once; who goes on allocating is slowed
 *	   ever more (3 s from 95 % to the limit with one thread), for no more than its budget.
 *	4. Lines for people, and what takes time: they may be slow (a full pipe, a disk), and by now
 *	   nothing waits for them. LATER.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/base/clock.h"
#include "runtime/base/text.h"
#include "runtime/governor/action/action.h"

enum phase { TELL, SEND, LATER };

static const struct row {
	enum action_kind kind;
	enum phase phase;
	void (*act)(struct fire *fire, const struct action *action);
} rows[] = {
	/* within a phase: in this order */
	{ ACTION_NOTIFY, TELL, act_notify },
	{ ACTION_UNREADY, TELL, act_unready },
	{ ACTION_GROW, SEND, act_grow }, /* room first: then there is time for the rest */
	{ ACTION_SIGNAL, SEND, act_signal },
	{ ACTION_KILL_LARGEST, SEND, act_kill_largest },
	{ ACTION_KILL_GROUP, SEND, act_kill_group },
	{ ACTION_BRAKE, SEND, act_brake }, /* before the stop, which brakes only if nobody did */
	{ ACTION_STOP, SEND, act_stop },
	{ ACTION_LOG, LATER, act_log },
	{ ACTION_EVENT, LATER, act_event },
	{ ACTION_SNAPSHOT, LATER, act_snapshot }, /* before anything frees what it is to show */
	{ ACTION_HEAP_DUMP, LATER, act_heap_dump },
	{ ACTION_SHED, LATER, act_shed },
	{ ACTION_RECLAIM, LATER, act_reclaim },
	{ ACTION_EXEC, LATER, act_exec },
	{ ACTION_HOST_EXEC, LATER, act_exec },
};

void fire_note(struct fire *fire, enum moment moment, const char *format, ...)
{
	struct deed *deed = &fire->deeds[fire->count];
	va_list args;

	if (fire->count == DEEDS)
		return;
	fire->count++;
	deed->moment = moment;
	deed->rung = fire->rung;
	deed->at_usec = clock_monotonic_usec();
	va_start(args, format);
	vsnprintf(deed->note, sizeof(deed->note), format, args);
	va_end(args);
}

void fire_fail(struct fire *fire, const struct err *err)
{
	fire_note(fire, MOMENT_FAILED, "%s", err->text);
}

uint64_t action_amount(const struct action *action, uint64_t limit_bytes)
{
	return action->bytes > 0 ? action->bytes : ladder_bytes(limit_bytes, action->percent);
}

/* All actions of the rung that belong to the phase, in the order of the rows. */
static void run_phase(struct fire *fire, size_t index, enum phase phase)
{
	const struct rung *rung = &fire->watch->governed.ladder->rungs[index];
	size_t row;
	size_t i;

	fire->rung = index;
	for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		for (i = 0; rows[row].phase == phase && i < rung->action_count; i++)
			if (rung->actions[i].kind == rows[row].kind)
				rows[row].act(fire, &rung->actions[i]);
}

/* A lower rung that is passed is only told of. */
static void tell_passed(struct fire *fire, size_t index)
{
	const struct rung *rung = &fire->watch->governed.ladder->rungs[index];
	const struct action *notify = rung_action(rung, ACTION_NOTIFY);

	fire->rung = index;
	if (notify != NULL)
		act_notify(fire, notify);
}

/* ---- writing it down ---- */

static void write_deeds(struct fire *fire, size_t rung)
{
	struct watch *watch = fire->watch;
	size_t i;

	for (i = 0; i < fire->count; i++) {
		const struct deed *deed = &fire->deeds[i];
		struct entry entry = { .moment = deed->moment, .at_usec = deed->at_usec };

		if (deed->rung != rung)
			continue;
		watch_add(watch, &entry, (int) rung, deed->note[0] != '\0' ? deed->note : NULL);
		if (deed->moment == MOMENT_FAILED)
			watch_say_failure(watch, deed->note);
	}
}

static void write_fired(struct fire *fire, size_t index, bool top)
{
	const struct rung *rung = &fire->watch->governed.ladder->rungs[index];
	struct entry entry = { .moment = top ? MOMENT_FIRED : MOMENT_PASSED,
			       .at_usec = fire->reading->at_usec,
			       .need_bytes = fire->reading->need_bytes,
			       .limit_bytes = fire->reading->limit_bytes };
	auto_text struct text names = { 0 };
	size_t i;

	for (i = 0; top && i < rung->action_count; i++)
		text_addf(&names, "%s%s", i > 0 ? "," : "", action_name(rung->actions[i].kind));
	watch_add(fire->watch, &entry, (int) index, names.bytes);
}

static void count_fired(struct watched_rung *rung, uint64_t at_usec)
{
	if (rung->fired_count++ == 0)
		rung->first_fired_usec = at_usec;
}

/* Notes and says what happened to each rung, the lower ones first. */
static void account(struct fire *fire, const struct decision *decision, bool stopping)
{
	struct watch *watch = fire->watch;
	size_t top = (size_t) decision->fire;
	size_t i;

	for (i = 0; i <= top; i++) {
		const struct action *log =
			rung_action(&watch->governed.ladder->rungs[i], ACTION_LOG);

		if (i != top && !(decision->passed & (1U << i)))
			continue;
		count_fired(&watch->rungs[i], fire->reading->at_usec);
		write_fired(fire, i, i == top);
		write_deeds(fire, i);
		fire->rung = i;
		if (log != NULL && (i != top || stopping))
			act_log(fire, log);
	}
	fire->count = 0;
}

static void begin_effects(struct watch *watch, size_t index, const struct reading *reading)
{
	struct watched_rung *rung = &watch->rungs[index];

	rung->fired_usec = reading->at_usec;
	rung->fired_need_bytes = reading->need_bytes;
	rung->effects_left = EFFECTS;
	rung->freed_bytes = INT64_MIN;
}

void action_fire(struct watch *watch, const struct decision *decision,
		 const struct reading *reading)
{
	struct fire fire = { .watch = watch, .reading = reading };
	size_t top = (size_t) decision->fire;
	bool stopping = watch->stop_sent;
	struct decision onward = *decision;
	size_t i;

	for (i = 0; !stopping && i < top; i++)
		if (decision->passed & (1U << i))
			tell_passed(&fire, i);
	if (!stopping)
		run_phase(&fire, top, TELL);
	if (rung_action(&watch->governed.ladder->rungs[top], ACTION_STOP) != NULL)
		onward.next = -1;
	watch_arm(watch, &onward, reading);
	begin_effects(watch, top, reading);
	if (!stopping)
		run_phase(&fire, top, SEND);
	account(&fire, decision, stopping);
	if (stopping)
		return;
	run_phase(&fire, top, LATER);
	write_deeds(&fire, top);
}

/* ---- what time and others bring ---- */

void action_tick(struct watch *watch, uint64_t now_usec)
{
	stop_tick(watch, now_usec);
	braking_tick(watch, now_usec);
	grow_tick(watch, now_usec);
	job_tick(watch, now_usec);
}

uint64_t action_due_usec(const struct watch *watch)
{
	const uint64_t dues[] = { stop_due_usec(watch), braking_due_usec(watch),
				  grow_due_usec(watch), job_due_usec(watch) };
	uint64_t due = UINT64_MAX;
	size_t i;

	for (i = 0; i < sizeof(dues) / sizeof(dues[0]); i++)
		due = dues[i] < due ? dues[i] : due;
	return due;
}

void action_rearmed(struct watch *watch, unsigned rungs)
{
	size_t i;

	for (i = 0; i < watch_rungs(watch); i++) {
		if (!(rungs & (1U << i)))
			continue;
		if (watch->braking.on && watch->braking.rung == i && !watch->stop_sent)
			braking_end(watch, "need fell");
		tell_rearmed(watch, i);
	}
	if (rungs != 0)
		action_publish(watch);
}

void action_release(struct watch *watch)
{
	braking_end(watch, "it has ended");
	freeze_end(watch);
	grow_end(watch);
}
