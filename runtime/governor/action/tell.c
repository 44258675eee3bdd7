// SPDX-License-Identifier: Apache-2.0
/*
 * Telling: the program, people, programs on the host.
 * Should: say each thing once.
 * Must not: wait for whoever is told.
 */
#include <stdio.h>

#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/text.h"
#include "runtime/governor/action/action.h"

static void make_notice(const struct watch *watch, int rung, const struct reading *reading,
			struct notice *notice)
{
	*notice = (struct notice){ .ladder = watch->governed.ladder,
				   .rung = rung,
				   .reading = reading,
				   .unready = watch->unready,
				   .wall_usec = clock_wall_usec() };
}

void act_notify(struct fire *fire, const struct action *action)
{
	struct watch *watch = fire->watch;
	struct notice notice;
	struct err err = { 0 };
	int result;

	(void) action;
	if (watch->contract.fifo < 0)
		return;
	make_notice(watch, (int) fire->rung, fire->reading, &notice);
	result = contract_publish(&watch->contract, &notice, &err);
	if (result == 0)
		result = contract_notify(&watch->contract, &notice, &err);
	if (result < 0)
		fire_fail(fire, &err);
	else if (result > 0)
		fire_note(fire, MOMENT_DROPPED, "the FIFO is full: nobody reads it");
	else
		fire_note(fire, MOMENT_NOTIFIED, "%s", "");
}

void act_unready(struct fire *fire, const struct action *action)
{
	struct watch *watch = fire->watch;
	struct notice notice;
	struct err err = { 0 };

	(void) action;
	if (watch->contract.dirfd < 0 || watch->unready)
		return;
	watch->unready = true;
	make_notice(watch, (int) fire->rung, fire->reading, &notice);
	if (contract_set_unready(&watch->contract, true, &err) < 0 ||
	    contract_publish(&watch->contract, &notice, &err) < 0)
		fire_fail(fire, &err);
	else
		fire_note(fire, MOMENT_UNREADY, "%s", "");
}

static bool still_unready(const struct watch *watch)
{
	size_t i;

	for (i = 0; i < watch_rungs(watch); i++)
		if (watch->states[i].fired &&
		    rung_action(&watch->governed.ladder->rungs[i], ACTION_UNREADY) != NULL)
			return true;
	return false;
}

/* The highest rung that has fired and is not ready again; -1: none. */
static int highest_fired(const struct watch *watch)
{
	int i = (int) watch_rungs(watch) - 1;

	while (i >= 0 && !watch->states[i].fired)
		i--;
	return i;
}

void action_publish(struct watch *watch)
{
	struct notice notice;
	struct err err = { 0 };

	if (watch->contract.dirfd < 0 || watch->stop_sent)
		return;
	make_notice(watch, highest_fired(watch), &watch->last, &notice);
	if (contract_publish(&watch->contract, &notice, &err) < 0)
		watch_note_failure(watch, -1, &err);
}

void tell_rearmed(struct watch *watch, size_t rung)
{
	struct err err = { 0 };

	if (!watch->unready || watch->stop_sent || still_unready(watch))
		return;
	watch->unready = false;
	if (contract_set_unready(&watch->contract, false, &err) < 0)
		watch_note_failure(watch, (int) rung, &err);
	else
		watch_note(watch, MOMENT_READY, (int) rung, NULL);
}

void act_log(struct fire *fire, const struct action *action)
{
	struct watch *watch = fire->watch;
	const struct rung *rung = &watch->governed.ladder->rungs[fire->rung];
	char need[TEXT_SIZE_ROOM];
	char limit[TEXT_SIZE_ROOM];
	char name[128];
	char line[256];

	(void) action;
	snprintf(name, sizeof(name), rung->percent > 0 ? "%.0s%u%%" : "%s", rung->name,
		 rung->percent);
	snprintf(line, sizeof(line), "memory of '%s' reached %s: it needs %s of %s",
		 watch->governed.id, name, text_size(fire->reading->need_bytes, need),
		 text_size(fire->reading->limit_bytes, limit));
	watch->governed.say(watch->governed.context, line);
}

void act_event(struct fire *fire, const struct action *action)
{
	struct watch *watch = fire->watch;
	const struct rung *rung = &watch->governed.ladder->rungs[fire->rung];
	auto_emit struct emit emit = { 0 };
	char time[CLOCK_TEXT_ROOM];

	(void) action;
	if (watch->governed.event == NULL)
		return;
	emit_open(&emit, false);
	emit_object(&emit, NULL);
	emit_string(&emit, "type", "memory");
	emit_string(&emit, "id", watch->governed.id);
	emit_string(&emit, "rung", rung->name);
	emit_u64(&emit, "need", fire->reading->need_bytes);
	emit_u64(&emit, "limit", fire->reading->limit_bytes);
	emit_string(&emit, "time", clock_text(clock_wall_usec(), time));
	emit_object_end(&emit);
	if (emit_text(&emit) != NULL)
		watch->governed.event(watch->governed.context, emit_text(&emit));
}
