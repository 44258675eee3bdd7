// SPDX-License-Identifier: Apache-2.0
/*
 * Who has the memory, while it stands still.
 * Should: be over in a quarter of a second, whatever the number of processes.
 * Must not: leave anything frozen: the governor thaws when the helper is gone, the deadman when the governor is.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/governor/action/action.h"

#define FROZEN_LONGEST_USEC 250000 /* governor.md 6.3 */
#define FREEZE_MSEC	    100 /* for all tasks to have stopped; what is not exact then is near */
#define TOP		    5
#define PROCESSES	    512

struct owner {
	pid_t pid;
	uint64_t pss_kib, anon_kib, swap_kib;
};

static uint64_t kib_of(const char *text, const char *key)
{
	const char *line = strstr(text, key);
	uint64_t kib = 0;

	if (line == NULL)
		return 0;
	line += strcspn(line, "0123456789");
	return number_u64_next(&line, &kib) ? kib : 0;
}

/* By PSS, which shares what is shared (smaps_rollup); it walks the page tables, so it is asked only
 * while there is time. */
static bool ask(pid_t pid, struct owner *owner)
{
	char path[64];
	char text[2048];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int) pid);
	if (file_read_at(AT_FDCWD, path, text, sizeof(text), NULL) < 0)
		return false;
	*owner = (struct owner){ pid, kib_of(text, "\nPss:"), kib_of(text, "\nPss_Anon:"),
				 kib_of(text, "\nSwapPss:") };
	return true;
}

static void insert(struct owner top[TOP], const struct owner *owner)
{
	struct owner moving = *owner;
	size_t i;

	for (i = 0; i < TOP; i++) {
		struct owner held = top[i];

		if (moving.pss_kib <= held.pss_kib)
			continue;
		top[i] = moving;
		moving = held;
	}
}

static void say(int output, const struct owner *owner)
{
	char path[64];
	char comm[32] = "?";
	char pss[TEXT_SIZE_ROOM];
	char anon[TEXT_SIZE_ROOM];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int) owner->pid);
	(void) file_read_at(AT_FDCWD, path, comm, sizeof(comm), NULL);
	comm[strcspn(comm, "\n")] = '\0';
	dprintf(output, "process %d (%s): %s, anonymous %s\n", (int) owner->pid, comm,
		text_size(owner->pss_kib * 1024, pss), text_size(owner->anon_kib * 1024, anon));
}

struct snapshot {
	const struct cgroup *cgroup;
	bool freezes;
};

static int look(const void *context, int output)
{
	const struct snapshot *snapshot = context;
	const struct cgroup *cgroup = snapshot->cgroup;
	uint64_t began = clock_monotonic_usec();
	auto_free pid_t *pids = NULL;
	struct owner top[TOP] = { 0 };
	size_t asked = 0;
	size_t count = 0;
	size_t i;

	if (snapshot->freezes)
		(void) cgroup_freeze(cgroup, true, FREEZE_MSEC, NULL);
	if (cgroup_pids(cgroup, &pids, &count, NULL) < 0)
		count = 0;
	for (i = 0; i < count && i < PROCESSES; i++) {
		struct owner owner;

		if (clock_monotonic_usec() - began > FROZEN_LONGEST_USEC)
			break;
		if (ask(pids[i], &owner)) {
			insert(top, &owner);
			asked++;
		}
	}
	if (snapshot->freezes)
		(void) cgroup_freeze(cgroup, false, 0, NULL);
	for (i = 0; i < TOP && top[i].pid > 0; i++)
		say(output, &top[i]);
	dprintf(output, "%zu of %zu processes, standing still for %llu ms\n", asked, count,
		(unsigned long long) (clock_monotonic_usec() - began) / 1000);
	return 0;
}

void act_snapshot(struct fire *fire, const struct action *action)
{
	struct watch *watch = fire->watch;
	const struct cgroup *cgroup = watch->governed.cgroup;
	/* From our side it is over at the latest when the helper's time is; it thaws itself before. */
	const struct snapshot snapshot = {
		cgroup, freeze_guard(watch, clock_monotonic_usec() + 2 * FROZEN_LONGEST_USEC)
	};
	const struct job_work work = { look, &snapshot, { cgroup->dirfd, -1, -1, -1 } };
	struct err err = { 0 };

	if (job_fork(fire, action, &work, &err) < 0) {
		freeze_end(watch);
		fire_fail(fire, &err);
		return;
	}
	fire_note(fire, MOMENT_STARTED, "freeze-snapshot");
}
