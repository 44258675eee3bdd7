// SPDX-License-Identifier: Apache-2.0
/*
 * Explaining what one did not see.
 * Should: use all that is left, and say when the governor died.
 * Must not: fail for want of anything but the counters.
 */
#include "runtime/hindsight.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/governor/explain.h"
#include "runtime/governor/recorder.h"
#include "runtime/kept-policy.h"
#include "runtime/news.h"

#define TIMELINE_BYTES_MAX (16U << 20) /* 100,000 entries; only the newest are used */

int hindsight_recorder(const struct container *container, struct recorder *recorder,
		       struct err *err)
{
	return recorder_read(container->dir, STATE_RECORDER, recorder, err);
}

static void take_traces(const struct container *container, struct ungoverned *ungoverned,
			struct recorder *recorder, struct text *timeline)
{
	if (hindsight_recorder(container, recorder, NULL) < 0)
		return;
	ungoverned->recorder = recorder;
	ungoverned->governor_died = !news_heard(container->dir);
	if (file_load_at(container->dir, STATE_TIMELINE, TIMELINE_BYTES_MAX, timeline, NULL) == 0 &&
	    text_ok(timeline))
		ungoverned->timeline = text_string(timeline);
}

int hindsight_explain(const struct container *container, int cgroup_rootfd,
		      const struct cgroup *cgroup, struct emit *report, struct err *err)
{
	struct ungoverned ungoverned = { .id = container->state.id,
					 .cgroup_rootfd = cgroup_rootfd,
					 .cgroup = cgroup,
					 .init_pid = container->state.pid,
					 .since_usec = container->state.created_mono_usec,
					 .ending = { .kind = ENDING_UNKNOWN },
					 .annotate = policy_annotate_container,
					 .context = (void *) (uintptr_t) container };
	auto_text struct text timeline = { 0 };
	auto_free struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (recorder == NULL)
		return -ENOMEM;
	if (container_status(container, NULL) != STATUS_STOPPED)
		ungoverned.ending.kind = ENDING_NONE;
	take_traces(container, &ungoverned, recorder, &timeline);
	return explain_ungoverned(&ungoverned, report, err);
}
