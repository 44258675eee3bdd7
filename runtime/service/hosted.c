// SPDX-License-Identifier: Apache-2.0
/*
 * One container among many under one governor.
 * Should: know it from its state alone, and keep no more of it than governing needs.
 * Must not: let what is wrong with one be felt by another.
 */
#include "runtime/service/hosted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/memory.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/container.h"
#include "runtime/govern.h"
#include "runtime/governor/ladder.h"
#include "runtime/kept-plan.h"
#include "runtime/kept-policy.h"
#include "runtime/news.h"

/* A ladder has 25 KiB, and a thousand containers have few different ones. */
struct shared_ladder {
	struct shared_ladder *next;
	char *text;
	size_t users;
	struct kept_bounds bounds;
	struct ladder ladder;
};

struct hosted {
	struct hosted *next;
	struct container container;
	struct cgroup cgroup;
	int pidfd;
	struct govern govern;
	struct shared_ladder *ladder;
	struct kept_bounds bounds;
	char id[]; /* the state's goes with its arena */
};

/* ---- ladders ---- */

static struct shared_ladder *take_ladder(struct hosting *hosting, const char *text,
					 const struct kept_bounds *bounds, struct err *err)
{
	struct shared_ladder *shared = hosting->ladders;

	while (shared != NULL &&
	       (strcmp(shared->text, text) != 0 || !policy_same_bounds(&shared->bounds, bounds)))
		shared = shared->next;
	if (shared != NULL) {
		shared->users++;
		return shared;
	}
	shared = calloc(1, sizeof(*shared));
	if (shared == NULL || (shared->text = strdup(text)) == NULL) {
		free(shared);
		err_set(err, ENOMEM, "ladder");
		return NULL;
	}
	if (ladder_parse(text, &shared->ladder, err) < 0) {
		free(shared->text);
		free(shared);
		return NULL;
	}
	shared->bounds = *bounds;
	policy_bind(bounds, &shared->ladder);
	shared->users = 1;
	shared->next = hosting->ladders;
	hosting->ladders = shared;
	return shared;
}

static void drop_ladder(struct hosting *hosting, struct shared_ladder *shared)
{
	struct shared_ladder **link = &hosting->ladders;

	if (shared == NULL || --shared->users > 0)
		return;
	while (*link != shared)
		link = &(*link)->next;
	*link = shared->next;
	ladder_free(&shared->ladder);
	free(shared->text);
	free(shared);
}

/* ---- one container ---- */

static struct hosted *find(const struct hosting *hosting, const char *id)
{
	struct hosted *hosted = hosting->first;

	while (hosted != NULL && strcmp(hosted->id, id) != 0)
		hosted = hosted->next;
	return hosted;
}

bool hosted_has(const struct hosting *hosting, const char *id)
{
	return find(hosting, id) != NULL;
}

static void release(struct hosting *hosting, struct hosted *hosted)
{
	govern_close(&hosted->govern);
	cgroup_close(&hosted->cgroup);
	fd_close(&hosted->pidfd);
	drop_ladder(hosting, hosted->ladder);
	hosted->container.root = -1;
	container_close(&hosted->container);
	free(hosted);
}

/* Strings of the state that are looked at later are ours from here on; the rest goes. */
static void slim(struct hosting *hosting, struct hosted *hosted)
{
	struct container *container = &hosted->container;

	container->state.id = hosted->id;
	container->state.bundle = container->state.rootfs = "";
	container->state.oci_version = container->state.boot_id = container->state.owner = "";
	container->state.manager = container->state.scope = container->state.ladder = "";
	container->state.annotations.count = 0;
	fd_close(&container->root);
	container->root = hosting->rootfd;
	arena_free(&container->arena);
	container->arena.newest = NULL;
}

static int open_parts(struct hosting *hosting, struct hosted *hosted, struct err *err)
{
	const struct state *state = &hosted->container.state;
	int result;

	if (state->ladder[0] == '\0')
		return err_say(err, EINVAL, "it has no ladder");
	if (state->cgroup_path[0] == '\0' || !state->cgroup_made)
		return err_say(err, EINVAL, "it has no cgroup");
	hosted->pidfd = state_open_process(state, state->pid, state->pid_start);
	if (hosted->pidfd < 0)
		return err_set(err, -hosted->pidfd, "its first process");
	result = policy_kept_bounds(hosted->container.dir, &hosted->bounds, err);
	if (result < 0)
		return result;
	hosted->ladder = take_ladder(hosting, state->ladder, &hosted->bounds, err);
	if (hosted->ladder == NULL)
		return -err->number;
	result = cgroup_open(hosting->cgroup_rootfd, state->cgroup_path, &hosted->cgroup, err);
	if (result < 0)
		return result;
	hosted->govern.contract = openat(hosted->container.dir, STATE_CONTRACT,
					 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return hosted->govern.contract < 0 ? err_set(err, errno, STATE_CONTRACT) : 0;
}

/* If the deadman was killed too, the container is still braked, or has still what it was lent. */
static int undo_orphan(const struct hosting *hosting, const struct hosted *hosted, struct err *err)
{
	auto_kept_plan struct kept_plan kept = KEPT_PLAN_NONE;
	const struct cgroup_limit *max = &kept.plan.cgroup.settings.memory_max_bytes;
	const struct cgroup_limit *high = &kept.plan.cgroup.settings.memory_high_bytes;
	uint64_t current = 0;
	int dirfd = hosted->cgroup.dirfd;
	int result = kept_plan_limits(&kept, hosting->root_path, hosted->id, err);

	if (result == 0)
		result = memory_value_write(
			dirfd, "memory.high",
			high->kind == CGROUP_LIMIT_VALUE ? high->value : MEMORY_NO_LIMIT, err);
	/* Never below usage: that would have it killed. */
	if (result == 0 && max->kind == CGROUP_LIMIT_VALUE &&
	    memory_value_read(dirfd, "memory.current", &current, NULL) == 0 && current < max->value)
		result = memory_value_write(dirfd, "memory.max", max->value, err);
	return result;
}

static int begin(struct hosting *hosting, struct hosted *hosted, bool orphan, struct err *err)
{
	struct govern_subject subject = { .container = &hosted->container,
					  .cgroup = &hosted->cgroup,
					  .cgroup_rootfd = hosting->cgroup_rootfd };
	int result = container_open(&hosted->container, hosting->root_path, hosted->id, false, err);

	if (result == 0)
		result = open_parts(hosting, hosted, err);
	if (result == 0 && news_heard(hosted->container.dir))
		result = err_say(err, EBUSY, "somebody governs it already");
	if (result == 0 && orphan)
		result = undo_orphan(hosting, hosted, err);
	subject.stop_signal = hosted->container.state.stop_signal;
	slim(hosting, hosted);
	if (result < 0)
		return result;
	subject.init_pidfd = hosted->pidfd;
	subject.ladder = &hosted->ladder->ladder;
	if (hosted->bounds.host_exec.uid > 0)
		subject.host_exec = &hosted->bounds.host_exec;
	subject.config_high_bytes = govern_config_high(&hosted->container);
	hosted->govern.governor = hosting->governor;
	hosted->govern.hosted = true;
	hosted->govern.speaks = hosting->speaks;
	return govern_begin(&hosted->govern, &subject, err);
}

int hosted_begin(struct hosting *hosting, const char *id, bool orphan, struct err *err)
{
	static const struct govern no_govern = GOVERN_NONE;
	static const struct container no_container = CONTAINER_NONE;
	struct hosted *hosted;
	int result;

	if (hosted_has(hosting, id))
		return err_say(err, EEXIST, "it is governed already");
	hosted = calloc(1, sizeof(*hosted) + strlen(id) + 1);
	if (hosted == NULL)
		return err_set(err, ENOMEM, "governor");
	hosted->container = no_container;
	hosted->cgroup.dirfd = hosted->pidfd = -1;
	hosted->govern = no_govern;
	memcpy(hosted->id, id, strlen(id) + 1);
	result = begin(hosting, hosted, orphan, err);
	if (result < 0) {
		release(hosting, hosted);
		return result;
	}
	hosted->next = hosting->first;
	hosting->first = hosted;
	hosting->count++;
	return 0;
}

static void forget(struct hosting *hosting, struct hosted *hosted)
{
	struct hosted **link = &hosting->first;

	while (*link != hosted)
		link = &(*link)->next;
	*link = hosted->next;
	hosting->count--;
	release(hosting, hosted);
}

void hosted_abandon(struct hosting *hosting, const char *id)
{
	struct hosted *hosted = find(hosting, id);

	if (hosted == NULL)
		return;
	governor_drop(hosting->governor, id);
	forget(hosting, hosted);
}

int hosted_reap(struct hosting *hosting, char *id, struct err *err)
{
	/* Not our child: how init ended is its parent's to know. */
	const struct ending ending = { .kind = ENDING_UNKNOWN };
	const struct governed *ended = governor_ended(hosting->governor);
	struct hosted *hosted = ended != NULL ? find(hosting, ended->id) : NULL;
	int result;

	if (hosted == NULL)
		return 0;
	snprintf(id, NAME_MAX + 1, "%s", hosted->id);
	result = govern_finish(&hosted->govern, &hosted->container, &ending, NULL, err);
	forget(hosting, hosted);
	return result < 0 ? result : 1;
}

void hosted_end(struct hosting *hosting)
{
	/* First, so that all is undone before anybody can see that nobody governs any more. */
	if (hosting->governor != NULL)
		governor_close(hosting->governor);
	hosting->governor = NULL;
	while (hosting->first != NULL)
		forget(hosting, hosting->first);
}
