// SPDX-License-Identifier: Apache-2.0
/*
 * The timeline.
 * Should: cost nothing while nothing happens.
 * Must not: fail anybody.
 */
#include "runtime/governor/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/clock.h"
#include "runtime/base/emit.h"
#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"

static const char *const names[MOMENTS] = {
	[MOMENT_WATCHING] = "watching", [MOMENT_LIMIT] = "limit-changed",
	[MOMENT_FIRED] = "fired",	[MOMENT_PASSED] = "passed",
	[MOMENT_REARMED] = "rearmed",	[MOMENT_NOTIFIED] = "notified",
	[MOMENT_HEARD] = "heard",	[MOMENT_UNHEARD] = "unheard",
	[MOMENT_DROPPED] = "dropped",	[MOMENT_SIGNAL] = "signal",
	[MOMENT_EXEC] = "exec",		[MOMENT_EXEC_ENDED] = "exec-ended",
	[MOMENT_STOP] = "stop",		[MOMENT_BRAKED] = "braked",
	[MOMENT_RELEASED] = "released", [MOMENT_GRACE_OVER] = "grace-over",
	[MOMENT_FROZEN] = "frozen",	[MOMENT_THAWED] = "thawed",
	[MOMENT_UNREADY] = "unready",	[MOMENT_READY] = "ready",
	[MOMENT_GROWN] = "grown",	[MOMENT_SHRUNK] = "shrunk",
	[MOMENT_KILLED] = "killed",	[MOMENT_STARTED] = "started",
	[MOMENT_DONE] = "done",		[MOMENT_SNAPSHOT] = "snapshot",
	[MOMENT_FREED] = "freed",	[MOMENT_OOM] = "oom",
	[MOMENT_OOM_KILL] = "oom-kill", [MOMENT_UNKILLABLE] = "unkillable",
	[MOMENT_FAILED] = "failed",	[MOMENT_ENDED] = "ended",
};

const char *moment_name(enum moment moment)
{
	return names[moment];
}

void timeline_open(struct timeline *timeline, int fd)
{
	*timeline = (struct timeline){ .fd = fd,
				       .began_usec = clock_monotonic_usec(),
				       .began_wall_usec = clock_wall_usec() };
}

uint64_t timeline_wall_usec(const struct timeline *timeline, uint64_t at_usec)
{
	return timeline->began_wall_usec + (at_usec - timeline->began_usec);
}

static void emit_entry(const struct timeline *timeline, struct emit *emit,
		       const struct entry *entry)
{
	char time[CLOCK_TEXT_ROOM];

	emit_object(emit, NULL);
	emit_string(emit, "time", clock_text(timeline_wall_usec(timeline, entry->at_usec), time));
	emit_real(emit, "seconds", (double) (entry->at_usec - timeline->began_usec) / 1e6);
	emit_string(emit, "event", moment_name(entry->moment));
	if (entry->rung > 0)
		emit_u64(emit, "rung", entry->rung);
	emit_string(emit, "trigger", entry->trigger);
	if (entry->need_bytes > 0)
		emit_u64(emit, "need", entry->need_bytes);
	if (entry->limit_bytes > 0)
		emit_u64(emit, "limit", entry->limit_bytes);
	if (entry->moment == MOMENT_FREED)
		emit_i64(emit, "bytes", entry->bytes);
	if (entry->moment == MOMENT_HEARD || entry->moment == MOMENT_UNHEARD)
		emit_bool(emit, "heard", entry->moment == MOMENT_HEARD);
	emit_string(emit, "note", entry->note);
	emit_object_end(emit);
}

/* One write(2) for the whole line: O_APPEND then keeps lines of several writers apart. */
static void append(const struct timeline *timeline, const struct entry *entry)
{
	auto_emit struct emit emit = { 0 };
	auto_text struct text line = { 0 };

	if (timeline->fd < 0)
		return;
	emit_open(&emit, false);
	emit_entry(timeline, &emit, entry);
	if (emit_text(&emit) == NULL)
		return;
	text_addf(&line, "%s\n", emit_text(&emit));
	if (text_ok(&line))
		fd_write_full(timeline->fd, line.bytes, line.length);
}

/* Room for one more entry: more memory, or the oldest of those that may go. */
static bool make_room(struct timeline *timeline)
{
	size_t room = timeline->room > 0 ? 2 * timeline->room : 8;
	struct entry *entries;

	if (timeline->count < timeline->room)
		return true;
	if (timeline->count == TIMELINE_ENTRIES) {
		entries = timeline->entries + TIMELINE_FIRST;
		free(entries->note);
		memmove(entries, entries + 1,
			(TIMELINE_ENTRIES - TIMELINE_FIRST - 1) * sizeof(*entries));
		timeline->count--;
		timeline->dropped++;
		return true;
	}
	entries = realloc(timeline->entries, room * sizeof(*entries));
	if (entries == NULL)
		return false;
	timeline->entries = entries;
	timeline->room = room;
	return true;
}

void timeline_add(struct timeline *timeline, const struct entry *entry, const char *note)
{
	struct entry kept = *entry;

	kept.note = note != NULL ? strdup(note) : NULL;
	append(timeline, &kept);
	if (make_room(timeline)) {
		timeline->entries[timeline->count++] = kept;
		return;
	}
	free(kept.note);
	timeline->dropped++;
}

void timeline_emit(const struct timeline *timeline, struct emit *emit, const char *key)
{
	size_t i;

	emit_array(emit, key);
	for (i = 0; i < timeline->count; i++)
		emit_entry(timeline, emit, &timeline->entries[i]);
	emit_array_end(emit);
}

/* Where the newest `most` lines begin. */
static const char *newest(const char *lines, size_t most)
{
	const char *at = lines + strlen(lines);

	while (at > lines && most > 0) {
		at--;
		while (at > lines && at[-1] != '\n')
			at--;
		most--;
	}
	return at;
}

void timeline_emit_text(const char *lines, struct emit *emit, const char *key)
{
	auto_arena struct arena arena = { 0 };
	const char *line = newest(lines, TIMELINE_ENTRIES);

	emit_array(emit, key);
	/* A line without its end was not written whole: its writer died. */
	while (strchr(line, '\n') != NULL) {
		const struct json *entry = NULL;
		size_t length = strcspn(line, "\n");

		if (json_parse(&arena, line, length, &entry, NULL) == 0 &&
		    entry->type == JSON_OBJECT)
			emit_json(emit, NULL, entry);
		line += length + 1;
	}
	emit_array_end(emit);
}

void timeline_close(struct timeline *timeline)
{
	size_t i;

	for (i = 0; i < timeline->count; i++)
		free(timeline->entries[i].note);
	free(timeline->entries);
	timeline->entries = NULL;
	timeline->count = timeline->room = 0;
}
