// SPDX-License-Identifier: Apache-2.0
/*
 * A look at a container's memory.
 * Should: ask nobody: neither the container nor its governor notices.
 * Must not: fail for what has just gone.
 */
#include "runtime/glance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/container.h"
#include "runtime/hindsight.h"
#include "runtime/news.h"

/* The governor looks every second at least while need rises; what it said of the time to the limit longer
 * ago is no forecast. */
#define FORECAST_USEC 3000000

static bool read_cgroup(const struct container *container, struct glance *glance)
{
	auto_cgroup struct cgroup cgroup = { .dirfd = -1 };
	auto_fd int rootfd = -1;

	if (container_open_cgroup(container, &rootfd, &cgroup, NULL) < 0 ||
	    memory_value_read(cgroup.dirfd, "memory.current", &glance->current_bytes, NULL) < 0 ||
	    memory_stat_read(cgroup.dirfd, &glance->stat, NULL) < 0 ||
	    memory_events_read(cgroup.dirfd, false, &glance->events, NULL) < 0 ||
	    memory_effective_limit(rootfd, cgroup.path, &glance->limit_bytes, glance->limit_holder,
				   NULL) < 0)
		return false;
	glance->need_bytes = memory_need(&glance->stat, glance->current_bytes);
	/* What a kernel does not have stays 0. */
	(void) memory_value_read(cgroup.dirfd, "memory.peak", &glance->peak_bytes, NULL);
	(void) memory_value_read(cgroup.dirfd, "memory.swap.current", &glance->swap_bytes, NULL);
	(void) pressure_read(cgroup.dirfd, &glance->pressure, NULL);
	return true;
}

static void take_recorder(const struct container *container, struct glance *glance)
{
	auto_free struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (recorder == NULL || hindsight_recorder(container, recorder, NULL) < 0 ||
	    recorder->rung_count == 0)
		return;
	glance->recorded = true;
	glance->governed = news_heard(container->dir);
	glance->rung_count = recorder->rung_count;
	memcpy(glance->rungs, recorder->rungs, sizeof(glance->rungs));
	if (glance->governed && glance->at_usec - recorder->last.at_usec < FORECAST_USEC)
		glance->time_to_limit_usec = recorder->time_to_limit_usec;
	if (recorder->suspects.count > 0)
		glance->next_victim = recorder->suspects.items[0];
}

int glance_take(const char *root_path, const char *id, struct glance *glance, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	int result = container_open(&container, root_path, id, false, err);

	if (result < 0)
		return result;
	*glance = (struct glance){ .at_usec = clock_monotonic_usec() };
	snprintf(glance->id, sizeof(glance->id), "%s", id);
	glance->status = container_status(&container, NULL);
	glance->pid = glance->status != STATUS_STOPPED ? container.state.pid : 0;
	glance->limit_bytes = MEMORY_NO_LIMIT;
	glance->has_cgroup = read_cgroup(&container, glance);
	take_recorder(&container, glance);
	return 0;
}

double glance_percent(const struct glance *glance)
{
	if (glance->limit_bytes == MEMORY_NO_LIMIT || glance->limit_bytes == 0)
		return 0;
	return 100.0 * (double) glance->need_bytes / (double) glance->limit_bytes;
}

const struct recorded_rung *glance_standing(const struct glance *glance)
{
	size_t i;

	for (i = glance->rung_count; i-- > 0;)
		if (glance->rungs[i].fired)
			return &glance->rungs[i];
	return NULL;
}

const struct recorded_rung *glance_next(const struct glance *glance)
{
	size_t i;

	for (i = 0; i < glance->rung_count; i++)
		if (!glance->rungs[i].fired)
			return &glance->rungs[i];
	return NULL;
}

/* ---- several ---- */

struct several {
	const char *root_path;
	struct glance *glances;
	size_t count, room;
};

static int add(void *context, const char *id, struct err *err)
{
	struct several *several = context;
	size_t room = several->room * 2 + 16;
	struct glance *more;
	int result;

	if (several->count == several->room) {
		more = reallocarray(several->glances, room, sizeof(*more));
		if (more == NULL)
			return err_set(err, ENOMEM, "containers");
		several->glances = more;
		several->room = room;
	}
	result = glance_take(several->root_path, id, &several->glances[several->count], err);
	if (result == 0)
		several->count++;
	return result;
}

/* Of all that are there, one may go while we look, or be damaged: the others are seen all the same. */
static int add_if_there(void *context, const char *id, struct err *err)
{
	struct err own = { 0 };
	int result = add(context, id, &own);

	if (result != -ENOMEM)
		return 0;
	*err = own;
	return result;
}

static int add_all(struct several *several, struct err *err)
{
	auto_container struct container root = CONTAINER_NONE;
	int result = container_find_root(&root, several->root_path, err);

	/* Nobody made the root yet: there are none. */
	if (result == -ENOENT)
		return 0;
	return result < 0 ? result : container_for_each(&root, add_if_there, several, err);
}

int glance_all(const char *root_path, char *const ids[], size_t count, struct glances *glances,
	       struct err *err)
{
	struct several several = { .root_path = root_path };
	int result = 0;
	size_t i;

	if (count == 0)
		result = add_all(&several, err);
	for (i = 0; i < count && result == 0; i++) {
		result = container_check_id(ids[i], err);
		if (result == 0)
			result = add(&several, ids[i], err);
	}
	if (result < 0) {
		free(several.glances);
		return result;
	}
	*glances = (struct glances){ several.glances, several.count };
	return 0;
}
