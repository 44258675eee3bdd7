// SPDX-License-Identifier: Apache-2.0
/*
 * Help from outside: a program in the container, the kernel's reclaim, what language runtimes offer.
 * Should: be started after everything that cannot wait.
 * Must not: be charged to the memory that it is to free.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/memory.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/governor/action/action.h"

/* ---- exec ---- */

#define ENVIRONMENT 8
#define HOST_PATH   "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* On the host it is the whole environment, and has the first process's pid as the host sees it. */
static void make_environment(const struct fire *fire, bool on_host, struct text texts[ENVIRONMENT])
{
	const struct watch *watch = fire->watch;
	const struct reading *reading = fire->reading;
	const struct rung *rung = &watch->governed.ladder->rungs[fire->rung];

	if (rung->percent > 0)
		text_addf(&texts[0], "WEIR_RUNG=%u", rung->percent);
	else
		text_addf(&texts[0], "WEIR_RUNG=%s", rung->name);
	text_addf(&texts[1], "WEIR_NEED=%llu", (unsigned long long) reading->need_bytes);
	text_addf(&texts[2], "WEIR_LIMIT=%llu", (unsigned long long) reading->limit_bytes);
	text_addf(&texts[3], "WEIR_NEED_PERCENT=%.1f",
		  100.0 * (double) reading->need_bytes / (double) reading->limit_bytes);
	text_addf(&texts[4], "WEIR_CONTAINER=%s", watch->governed.id);
	text_addf(&texts[5], "WEIR_TTL_MS=%llu",
		  (unsigned long long) (reading->time_to_limit_usec / 1000));
	if (!on_host)
		return;
	text_add(&texts[6], "PATH=" HOST_PATH);
	text_addf(&texts[7], "WEIR_PID=%d", (int) watch->governed.init_pid);
}

static int start_program(struct fire *fire, const struct action *action, int *pidfd,
			 struct err *err)
{
	const struct governed *governed = &fire->watch->governed;
	struct text texts[ENVIRONMENT] = { 0 };
	const char *env[ENVIRONMENT + 1] = { NULL };
	bool on_host = action->kind == ACTION_HOST_EXEC;
	bool whole = true;
	size_t i;
	int result = 0;

	make_environment(fire, on_host, texts);
	for (i = 0; i < ENVIRONMENT && texts[i].length > 0; i++) {
		whole &= text_ok(&texts[i]);
		env[i] = text_string(&texts[i]);
	}
	if (!whole)
		result = err_set(err, ENOMEM, "%s", action_name(action->kind));
	else if (on_host)
		result = governed->host_exec(governed->context, action->words, env, pidfd, err);
	else
		result = governed->exec(governed->context, action->words, env, pidfd, err);
	for (i = 0; i < ENVIRONMENT; i++)
		text_free(&texts[i]);
	return result;
}

/* At most one program of a rung at a time: one that hangs must not be joined by another. */
void act_exec(struct fire *fire, const struct action *action)
{
	const struct governed *governed = &fire->watch->governed;
	struct err err = { 0 };
	int pidfd = -1;
	int result = job_may_start(fire, action, &err);

	if (result == 0 && (action->kind == ACTION_HOST_EXEC ? governed->host_exec == NULL
							     : governed->exec == NULL))
		result = err_say(&err, ENOTSUP, "%s %s: not possible here",
				 action_name(action->kind), action->words[0]);
	if (result == 0)
		result = start_program(fire, action, &pidfd, &err);
	if (result == 0)
		result = job_adopt(fire, action, pidfd, -1, &err);
	if (result < 0)
		fire_fail(fire, &err);
	else
		fire_note(fire, MOMENT_EXEC, "%s", action->words[0]);
}

/* ---- reclaim ---- */

struct reclaim {
	int dirfd; /* of the cgroup */
	uint64_t bytes;
};

/* The kernel reclaims in the writer's time; -EAGAIN: less than that was to be had. */
static int reclaim(const void *context, int output)
{
	const struct reclaim *wish = context;
	auto_fd int file = openat(wish->dirfd, "memory.reclaim", O_WRONLY | O_CLOEXEC);
	uint64_t before = 0;
	uint64_t after = 0;
	char size[TEXT_SIZE_ROOM];
	char text[32];
	ssize_t written;

	(void) memory_value_read(wish->dirfd, "memory.current", &before, NULL);
	snprintf(text, sizeof(text), "%llu", (unsigned long long) wish->bytes);
	written = file >= 0 ? write(file, text, strlen(text)) : -1;
	if (file < 0 || (written < 0 && errno != EAGAIN)) {
		dprintf(output, "reclaim: %s\n", strerror(errno));
		return -1;
	}
	(void) memory_value_read(wish->dirfd, "memory.current", &after, NULL);
	dprintf(output, "reclaim: %s less%s\n",
		text_size(before > after ? before - after : 0, size),
		written < 0 ? " (no more is to be had)" : "");
	return 0;
}

void act_reclaim(struct fire *fire, const struct action *action)
{
	int dirfd = fire->watch->governed.cgroup->dirfd;
	const struct reclaim wish = { dirfd, action_amount(action, fire->reading->limit_bytes) };
	const struct job_work work = { reclaim, &wish, { dirfd, -1, -1, -1 } };
	struct err err = { 0 };

	if (job_fork(fire, action, &work, &err) < 0)
		fire_fail(fire, &err);
	else
		fire_note(fire, MOMENT_STARTED, "reclaim");
}

/* ---- heap-dump ---- */

void act_heap_dump(struct fire *fire, const struct action *action)
{
	const struct governed *governed = &fire->watch->governed;
	struct err err = { 0 };
	int pidfd = -1;
	int output = -1;
	int result = job_may_start(fire, action, &err);

	if (result == 0 && governed->dump == NULL)
		return;
	if (result == 0)
		result = governed->dump(governed->context, action->words[0], &pidfd, &output, &err);
	if (result == 0)
		result = job_adopt(fire, action, pidfd, output, &err);
	if (result < 0)
		fire_fail(fire, &err);
	else
		fire_note(fire, MOMENT_STARTED, "heap-dump");
}

/* ---- shed ---- */

void act_shed(struct fire *fire, const struct action *action)
{
	const struct governed *governed = &fire->watch->governed;
	struct err err = { 0 };
	int pidfd = -1;
	int output = -1;
	int result = job_may_start(fire, action, &err);

	if (result == 0 && governed->shed == NULL)
		return;
	if (result == 0)
		result = governed->shed(governed->context, &pidfd, &output, &err);
	if (result == 0)
		result = job_adopt(fire, action, pidfd, output, &err);
	if (result < 0)
		fire_fail(fire, &err);
	else
		fire_note(fire, MOMENT_STARTED, "shed");
}
