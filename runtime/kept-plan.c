// SPDX-License-Identifier: Apache-2.0
/*
 * The plan of a container that others created.
 * Should: come to the same as what create had.
 * Must not: be kept.
 */
#include "runtime/kept-plan.h"

#include "runtime/base/err.h"
#include "runtime/host.h"

static int load(struct kept_plan *kept, const char *root_path, const char *id, struct err *err)
{
	int result = container_open(&kept->container, root_path, id, false, err);

	return result < 0 ? result : container_load_spec(&kept->container, &kept->spec, err);
}

static struct plan_request request_of(struct kept_plan *kept)
{
	const struct state *state = &kept->container.state;

	return (struct plan_request){
		.arena = &kept->container.arena,
		.spec = &kept->spec,
		.warnings = &kept->warnings,
		.id = state->id,
		.bundle = state->bundle,
		.manager = CGROUP_MANAGER_CGROUPFS,
		.ladder_text = state->ladder[0] != '\0' ? state->ladder : NULL,
		.kernel_capabilities = host_capabilities(),
	};
}

int kept_plan_process(struct kept_plan *kept, const char *root_path, const char *id,
		      struct err *err)
{
	int result = load(kept, root_path, id, err);
	const struct plan_request request = request_of(kept);

	return result < 0 ? result : plan_further_process(&request, &kept->plan, err);
}

int kept_plan_limits(struct kept_plan *kept, const char *root_path, const char *id, struct err *err)
{
	int result = load(kept, root_path, id, err);
	const struct plan_request request = request_of(kept);

	return result < 0 ? result : plan_resources(&request, &kept->plan, err);
}

void kept_plan_release(struct kept_plan *kept)
{
	plan_release(&kept->plan);
	text_free(&kept->warnings);
	container_close(&kept->container);
}
