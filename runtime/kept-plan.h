// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_KEPT_PLAN_H
#define WEIR_RUNTIME_KEPT_PLAN_H

#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/plan.h"

struct err;

/*
 * What of a container's plan its copy of config.json still tells, for whoever governs it without
 * having created it. Some hundred KiB with an engine's config, so it is read when it is needed and given
 * back at once.
 */
struct kept_plan {
	struct container container;
	struct spec spec;
	struct text warnings;
	struct plan plan;
};

#define auto_kept_plan __attribute__((cleanup(kept_plan_release)))
#define KEPT_PLAN_NONE                                                                             \
	{                                                                                          \
		.container = CONTAINER_NONE                                                        \
	}

/* What one more process of it needs (plan_further_process()). */
int kept_plan_process(struct kept_plan *kept, const char *root_path, const char *id,
		      struct err *err);

/* The limits of its cgroup, those of every update included. */
int kept_plan_limits(struct kept_plan *kept, const char *root_path, const char *id,
		     struct err *err);

void kept_plan_release(struct kept_plan *kept);

#endif
