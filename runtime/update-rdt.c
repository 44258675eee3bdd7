// SPDX-License-Identifier: Apache-2.0
/*
 * Another class of service for a container that lives.
 * Should: write what is asked for alone, and keep it.
 * Must not: judge a schema: the processor does.
 */
#include <errno.h>
#include <string.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/merge.h"
#include "runtime/plan.h"
#include "runtime/rdt.h"
#include "runtime/update.h"
#include "spec/load.h"

/* The config as it is kept, with the schemata over it. */
static int merge(struct container *container, const struct update_schemata *schemata,
		 struct text *merged, struct err *err)
{
	auto_emit struct emit emit = { 0 };
	auto_text struct text kept = { 0 };
	const struct json *asked = NULL;
	const struct json *config = NULL;
	const char *text;
	int result = file_load_at(container->dir, STATE_CONFIG_FILE, JSON_BYTES, &kept, err);

	emit_open(&emit, false);
	emit_object(&emit, NULL);
	emit_object(&emit, "linux");
	emit_object(&emit, "intelRdt");
	emit_string(&emit, "l3CacheSchema", schemata->l3_cache);
	emit_string(&emit, "memBwSchema", schemata->mem_bw);
	emit_object_end(&emit);
	emit_object_end(&emit);
	emit_object_end(&emit);
	text = emit_text(&emit);
	if (result == 0 && text == NULL)
		result = err_set(err, ENOMEM, "update");
	if (result == 0)
		result = json_parse(&container->arena, text, strlen(text), &asked, err);
	if (result == 0)
		result = json_parse(&container->arena, text_string(&kept), kept.length, &config,
				    err);
	if (result == 0)
		merge_config(config, asked, merged);
	return result == 0 && !text_ok(merged) ? err_set(err, ENOMEM, "update") : result;
}

static int keep(void *context, struct err *err)
{
	struct container *container = context;

	return state_write(container->dir, &container->state, err);
}

/* One that was made without gets a class of service now, and all of its processes with it. */
static int enter(struct container *container, const struct spec *spec, int root, struct err *err)
{
	const struct plan_request request = { .arena = &container->arena,
					      .spec = spec,
					      .id = container->state.id };
	const struct rdt_keeper keeper = { &container->state, keep, container };
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	auto_free pid_t *pids = NULL;
	struct plan plan = { 0 };
	auto_fd int rootfd = -1;
	size_t count = 0;
	size_t i;
	int result = plan_rdt(&request, &plan, err);

	if (result == 0)
		result = rdt_enter(root, &plan.rdt, container->state.pid, &keeper, err);
	if (result == 0 && container->state.cgroup_path[0] != '\0')
		result = container_open_cgroup(container, &rootfd, &cgroup, err);
	if (result == 0 && cgroup.dirfd >= 0)
		result = cgroup_pids(&cgroup, &pids, &count, err);
	for (i = 0; i < count && result == 0; i++)
		result = rdt_join(&container->state, pids[i], err);
	return result;
}

static int carry_out(struct container *container, const struct update_schemata *schemata,
		     const struct spec *spec, struct err *err)
{
	const char *lines[2];
	auto_fd int root = rdt_open(err);
	size_t count = 0;

	if (root < 0)
		return root;
	if (container->state.rdt_group[0] == '\0')
		return enter(container, spec, root, err);
	if (schemata->l3_cache != NULL)
		lines[count++] = schemata->l3_cache;
	if (schemata->mem_bw != NULL)
		lines[count++] = schemata->mem_bw;
	return rdt_write_schemata(root, container->state.rdt_group, lines, count, err);
}

int container_update_schemata(struct container *container, const struct update_schemata *schemata,
			      struct err *err)
{
	auto_text struct text warnings = { 0 };
	auto_text struct text merged = { 0 };
	struct spec spec = { 0 };
	enum state_status status = container_status(container, NULL);
	int result;

	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return err_say(err, ESRCH, "container not running: '%s' is %s", container->state.id,
			       state_status_name(status));
	result = merge(container, schemata, &merged, err);
	if (result == 0)
		result = spec_parse(&container->arena, &merged, &spec, &warnings, err);
	if (result == 0)
		result = carry_out(container, schemata, &spec, err);
	if (result == 0)
		result = file_replace_at(container->dir, STATE_CONFIG_FILE, text_string(&merged),
					 0600, err);
	return result < 0 ? err_context(err, "update container '%s'", container->state.id) : 0;
}
