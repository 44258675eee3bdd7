// SPDX-License-Identifier: Apache-2.0
/*
 * Room for a while.
 * Should: give memory.max back as soon as need allows it.
 * Must not: take from the host what it needs itself, or leave more than was asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/memory.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/governor/action/action.h"
#include "runtime/governor/deadman.h"

/* No more than half as much again: what needs more has the wrong limit. */
#define CEILING_PERCENT 150
/* The host keeps twice what is given, and this much in any case. */
#define HOST_LEAST_BYTES (128ULL << 20)
#define TRY_USEC	 1000000 /* to give it back, this often */

static int write_max(const struct watch *watch, uint64_t bytes, struct err *err)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long) bytes);
	if (pwrite(watch->grown.fd, text, strlen(text), 0) < 0)
		return err_set(err, errno, "memory.max: write %s", text);
	return 0;
}

static uint64_t host_available(void)
{
	char text[2048];
	const char *line;
	uint64_t kib = 0;

	if (file_read_at(AT_FDCWD, "/proc/meminfo", text, sizeof(text), NULL) < 0)
		return 0;
	line = strstr(text, "MemAvailable:");
	if (line == NULL)
		return 0;
	line += strcspn(line, "0123456789");
	return number_u64_next(&line, &kib) ? kib * 1024 : 0;
}

/* How much it may be; 0 with the reason in err. */
static uint64_t allowed(const struct watch *watch, const struct action *action, uint64_t max_bytes,
			struct err *err)
{
	const struct ladder_ceiling *most = &watch->governed.ladder->ceiling;
	uint64_t wish = max_bytes + action_amount(action, max_bytes);
	uint64_t ceiling = ladder_bytes(max_bytes, CEILING_PERCENT);
	uint64_t available = host_available();

	if (max_bytes == MEMORY_NO_LIMIT || max_bytes > watch->last.limit_bytes) {
		err_say(err, EINVAL, "grow: the limit is not the container's own");
		return 0;
	}
	if (most->grow_bytes > 0 || most->grow_percent > 0)
		ceiling = max_bytes + (most->grow_percent > 0
					       ? ladder_bytes(max_bytes, most->grow_percent)
					       : most->grow_bytes);
	wish = wish < ceiling ? wish : ceiling;
	if (available < HOST_LEAST_BYTES || (available - HOST_LEAST_BYTES) / 2 < wish - max_bytes) {
		err_say(err, ENOMEM, "grow: the host has too little memory left");
		return 0;
	}
	return wish & ~4095ULL;
}

void act_grow(struct fire *fire, const struct action *action)
{
	struct watch *watch = fire->watch;
	struct grown *grown = &watch->grown;
	struct err err = { 0 };
	char size[TEXT_SIZE_ROOM];
	uint64_t max_bytes = 0;
	uint64_t to;

	if (grown->from_bytes > 0)
		return;
	if (memory_value_read(watch->governed.cgroup->dirfd, "memory.max", &max_bytes, &err) < 0) {
		fire_fail(fire, &err);
		return;
	}
	to = allowed(watch, action, max_bytes, &err);
	if (to > 0 && watch->undo != NULL) {
		watch->undo->files[UNDO_MAX].value = max_bytes;
		watch->undo->files[UNDO_MAX].due = true;
	}
	if (to == 0 || write_max(watch, to, &err) < 0) {
		fire_fail(fire, &err);
		return;
	}
	grown->from_bytes = max_bytes;
	grown->to_bytes = to;
	grown->rung = fire->rung;
	grown->until_usec = clock_monotonic_usec() + TRY_USEC;
	fire_note(fire, MOMENT_GROWN, "memory.max is %s for now", text_size(to, size));
}

/* Lowering below usage would make us reclaim, and then kill: only when there is room for it, and the
 * rung is ready again, which says that need fell and stays so. */
static bool fits(const struct watch *watch)
{
	uint64_t current = 0;

	if (watch->states[watch->grown.rung].fired)
		return false;
	return memory_value_read(watch->governed.cgroup->dirfd, "memory.current", &current, NULL) <
		       0 ||
	       current + watch->last.slack_bytes < watch->grown.from_bytes;
}

void grow_end(struct watch *watch)
{
	struct grown *grown = &watch->grown;
	struct err err = { 0 };

	if (grown->from_bytes == 0)
		return;
	if (write_max(watch, grown->from_bytes, &err) < 0)
		watch_note_failure(watch, -1, &err);
	else
		watch_note(watch, MOMENT_SHRUNK, -1, "memory.max is what it was");
	grown->from_bytes = 0;
	if (watch->undo != NULL)
		watch->undo->files[UNDO_MAX].due = false;
}

void grow_tick(struct watch *watch, uint64_t now_usec)
{
	struct grown *grown = &watch->grown;
	uint64_t max_bytes = 0;

	if (grown->from_bytes == 0 || watch->ended || grown->until_usec > now_usec)
		return;
	grown->until_usec = now_usec + TRY_USEC;
	/* Somebody else set another limit meanwhile: that one counts. */
	if (memory_value_read(watch->governed.cgroup->dirfd, "memory.max", &max_bytes, NULL) == 0 &&
	    max_bytes != grown->to_bytes) {
		grown->from_bytes = 0;
		if (watch->undo != NULL)
			watch->undo->files[UNDO_MAX].due = false;
		return;
	}
	if (fits(watch))
		grow_end(watch);
}

uint64_t grow_due_usec(const struct watch *watch)
{
	return watch->grown.from_bytes > 0 && !watch->ended ? watch->grown.until_usec : UINT64_MAX;
}
