// SPDX-License-Identifier: Apache-2.0
/*
 * Other resources for a container that lives.
 * Should: decide all before it writes anything, and keep what it did.
 * Must not: write a file that nobody asked to change.
 */
#include "runtime/update.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "cgroupfs/change.h"
#include "cgroupfs/devices.h"
#include "cgroupfs/memory.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/container.h"
#include "runtime/governor/contract.h"
#include "runtime/log.h"
#include "runtime/merge.h"
#include "runtime/news.h"
#include "runtime/plan.h"
#include "runtime/scope.h"
#include "spec/load.h"

struct update {
	struct container *container;
	const struct json *kept;  /* the copy of config.json */
	const struct json *asked; /* {"linux": {"resources": …}} */
	struct spec kept_spec;
	struct text merged;
	struct spec merged_spec;
	struct plan kept_plan, merged_plan;
	struct plan asked_plan; /* of what is asked for alone */
	struct text warnings;
	bool limit_given; /* and not only completed, see complete_memory() */
};

/* The member `name` of linux.resources.OBJECT. */
static const struct json *asked_member(const struct update *update, const char *object,
				       const char *name)
{
	const struct json *resources =
		json_member(json_member(update->asked, "linux"), "resources");
	const struct json *member = json_member(json_member(resources, object), name);

	return merge_asks(member) ? member : NULL;
}

static int parse(struct update *update, const struct text *text, const struct json **json,
		 struct err *err)
{
	if (!text_ok(text))
		return err_set(err, ENOMEM, "update");
	return json_parse(&update->container->arena, text_string(text), text->length, json, err);
}

static int read_kept(struct update *update, struct err *err)
{
	auto_text struct text said_before = { 0 };
	auto_text struct text text = { 0 };
	int result =
		file_load_at(update->container->dir, STATE_CONFIG_FILE, JSON_BYTES, &text, err);

	/* A composed bundle has none: nothing is kept, and there is nothing to merge with. */
	if (result == 0 && text.length == 0)
		return err_say(err, EINVAL, "the container was not made from a config.json");
	if (result == 0)
		result = parse(update, &text, &update->kept, err);
	if (result == 0)
		result = spec_parse(&update->container->arena, &text, &update->kept_spec,
				    &said_before, err);
	return result < 0 ? err_context(err, "the copy of config.json") : 0;
}

static int read_asked(struct update *update, const char *asked, struct err *err)
{
	auto_text struct text alone = { 0 };
	auto_text struct text wrapped = { 0 };
	const struct json *json = NULL;
	int result;

	/* By itself first: so an error's line and column are those of what was written. */
	text_add(&alone, asked);
	result = parse(update, &alone, &json, err);
	if (result == 0 && json->type != JSON_OBJECT)
		result = err_say(err, EINVAL, "expected an object, found %s",
				 json_type_name(json->type));
	if (result < 0)
		return err_context(err, "resources");
	text_addf(&wrapped, "{\"linux\": {\"resources\": %s}}", asked);
	return parse(update, &wrapped, &update->asked, err);
}

/* Puts a member of memory to those asked for. */
static int complete_with(struct update *update, const char *name, int64_t value, struct err *err)
{
	auto_text struct text extra = { 0 };
	auto_text struct text text = { 0 };
	const struct json *json = NULL;
	int result;

	text_addf(&extra, "{\"linux\": {\"resources\": {\"memory\": {\"%s\": %lld}}}}", name,
		  (long long) value);
	result = parse(update, &extra, &json, err);
	if (result < 0)
		return result;
	merge_config(update->asked, json, &text);
	return parse(update, &text, &update->asked, err);
}

/* OCI's swap is memory and swap: each of limit and swap means nothing without the other. */
static int complete_memory(struct update *update, struct err *err)
{
	static const struct spec_memory none = { 0 };
	const struct spec_resources *resources = update->kept_spec.linux_config.resources;
	const struct spec_memory *kept =
		resources != NULL && resources->memory != NULL ? resources->memory : &none;
	const struct json *limit = asked_member(update, "memory", "limit");
	const struct json *swap = asked_member(update, "memory", "swap");
	int64_t bytes = 0;

	if (swap != NULL && limit == NULL && kept->limit.value != 0)
		return complete_with(update, "limit", kept->limit.value, err);
	if (limit == NULL || swap != NULL || kept->swap.value <= 0 || !json_i64(limit, &bytes))
		return 0;
	if (bytes < 0)
		return complete_with(update, "swap", -1, err);
	if (__builtin_add_overflow(bytes, kept->swap.value - kept->limit.value, &bytes))
		return err_say(err, ERANGE, "/linux/resources/memory/limit: too large");
	return complete_with(update, "swap", bytes, err);
}

static int make_plan(struct update *update, const struct spec *spec, struct plan *plan,
		     struct err *err)
{
	const struct plan_request request = { .arena = &update->container->arena,
					      .spec = spec,
					      .warnings = &update->warnings,
					      .id = update->container->state.id,
					      .bundle = update->container->state.bundle,
					      .manager = CGROUP_MANAGER_CGROUPFS };

	return plan_resources(&request, plan, err);
}

/* What is asked for, alone: the files that are to be written. */
static int plan_asked(struct update *update, struct err *err)
{
	static const char frame[] = "{\"ociVersion\": \"" WEIR_OCI_VERSION
				    "\", \"root\": {\"path\": \"/\"}, \"linux\": {}}";
	auto_text struct text frame_text = { 0 };
	auto_text struct text text = { 0 };
	const struct json *json = NULL;
	struct spec spec = { 0 };
	int result;

	text_add(&frame_text, frame);
	result = parse(update, &frame_text, &json, err);
	if (result < 0)
		return result;
	merge_config(json, update->asked, &text);
	result = spec_parse(&update->container->arena, &text, &spec, &update->warnings, err);
	if (result == 0)
		result = make_plan(update, &spec, &update->asked_plan, err);
	if (!update->limit_given)
		update->asked_plan.cgroup.settings.memory_max_bytes.kind = CGROUP_LIMIT_KEEP;
	return result;
}

static int decide(struct update *update, const char *asked, struct err *err)
{
	int result = read_kept(update, err);

	if (result == 0)
		result = read_asked(update, asked, err);
	if (result < 0)
		return result;
	update->limit_given = asked_member(update, "memory", "limit") != NULL ||
			      asked_member(update, "unified", "memory.max") != NULL;
	result = complete_memory(update, err);
	if (result < 0)
		return result;
	merge_config(update->kept, update->asked, &update->merged);
	result = spec_parse(&update->container->arena, &update->merged, &update->merged_spec,
			    &update->warnings, err);
	if (result == 0)
		result = make_plan(update, &update->kept_spec, &update->kept_plan, err);
	if (result == 0)
		result = make_plan(update, &update->merged_spec, &update->merged_plan, err);
	if (result == 0)
		result = plan_asked(update, err);
	return result;
}

/* ---- doing ---- */

static int set_devices(const struct cgroup *cgroup, const struct plan *plan, struct err *err)
{
	return devices_apply(cgroup->dirfd, plan->cgroup.device_rules,
			     plan->cgroup.device_rule_count, err);
}

/* All that there are were enabled at create. */
static int check_controllers(const struct update *update, const struct cgroup *cgroup,
			     struct err *err)
{
	unsigned needed = cgroup_settings_controllers(&update->asked_plan.cgroup.settings);
	char words[256]; /* the kernel's names of all controllers are under 100 bytes */
	ssize_t length =
		file_read_at(cgroup->dirfd, "cgroup.controllers", words, sizeof(words), err);
	unsigned lacking;

	if (length < 0)
		return (int) length;
	lacking = needed & ~cgroup_controllers_parse(words);
	if (lacking == 0)
		return 0;
	return err_say(err, EOPNOTSUPP, "controller '%s' is not enabled in %s",
		       cgroup_controller_name(lacking & (~lacking + 1)), cgroup->path);
}

static int write_cgroup(const struct update *update, const struct cgroup *cgroup, struct err *err)
{
	const struct spec_resources *merged = update->merged_spec.linux_config.resources;
	const struct cgroup_change change = {
		.settings = &update->asked_plan.cgroup.settings,
		.refuse_below_usage = merged != NULL && merged->memory != NULL &&
				      merged->memory->check_before_update,
	};
	const struct json *resources =
		json_member(json_member(update->asked, "linux"), "resources");
	bool devices = merge_asks(json_member(resources, "devices"));
	int result = check_controllers(update, cgroup, err);

	if (result < 0)
		return result;
	if (devices)
		result = set_devices(cgroup, &update->merged_plan, err);
	if (result == 0)
		result = cgroup_settings_change(cgroup->dirfd, &change, err);
	if (result < 0 && devices)
		(void) set_devices(cgroup, &update->kept_plan, NULL);
	return result;
}

static int carry_out(const struct update *update, struct err *err)
{
	struct container *container = update->container;
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	auto_fd int rootfd = -1;
	int result = container_open_cgroup(container, &rootfd, &cgroup, err);

	if (result == 0)
		result = write_cgroup(update, &cgroup, err);
	/* After the files, so that a lower limit is never met by the scope before the container. */
	if (result == 0)
		result = scope_update(container, &update->asked_plan.cgroup.settings, err);
	if (result < 0)
		return result;
	result = file_replace_at(container->dir, STATE_CONFIG_FILE, text_string(&update->merged),
				 0600, err);
	return result < 0 ? err_context(err, "the limits are changed, but not kept") : 0;
}

/* Also when it failed: memory.high was ours for a moment (cgroupfs/shrink.c). Where there should be a
 * governor and none is, the one that was may have been killed together with its deadman. */
static void tell_governor(const struct update *update)
{
	const struct container *container = update->container;
	const struct cgroup_limit *high = &update->merged_plan.cgroup.settings.memory_high_bytes;
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	auto_fd int rootfd = -1;

	if (container->state.ladder[0] == '\0')
		return;
	if (news_heard(container->dir)) {
		news_tell(container->dir);
		return;
	}
	if (container_open_cgroup(container, &rootfd, &cgroup, NULL) == 0)
		(void) memory_value_write(
			cgroup.dirfd, "memory.high",
			high->kind == CGROUP_LIMIT_VALUE ? high->value : MEMORY_NO_LIMIT, NULL);
}

/* Of a container that is aligned and that nobody governs: the program may follow, its environment
 * cannot. The limit holds whether it was told or not. */
static void publish_limit(const struct container *container, const struct log *log)
{
	auto_fd int contract = openat(container->dir, STATE_CONTRACT,
				      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	auto_fd int rootfd = -1;
	char holder[CGROUP_PATH_ROOM];
	struct err err = { 0 };
	uint64_t bytes = 0;

	if (contract < 0)
		return;
	if (container_open_cgroup(container, &rootfd, &cgroup, &err) < 0 ||
	    memory_effective_limit(rootfd, cgroup.path, &bytes, holder, &err) < 0 ||
	    contract_publish_limit(contract, bytes, &err) < 0)
		log_warnings(log, err.text);
}

static int check_status(const struct container *container, struct err *err)
{
	enum state_status status = container_status(container, NULL);

	if (status != STATUS_STOPPED && status != STATUS_CREATING)
		return 0;
	return err_say(err, ESRCH, "container not running: '%s' is %s", container->state.id,
		       state_status_name(status));
}

int container_update(struct container *container, const char *asked, const struct log *log,
		     struct err *err)
{
	struct update update = { .container = container };
	int result = check_status(container, err);

	if (result < 0)
		return result;
	result = decide(&update, asked, err);
	log_warnings(log, text_string(&update.warnings));
	if (result == 0) {
		result = carry_out(&update, err);
		tell_governor(&update);
		if (result == 0 && !news_heard(container->dir))
			publish_limit(container, log);
	}
	text_free(&update.merged);
	text_free(&update.warnings);
	return result < 0 ? err_context(err, "update container '%s'", container->state.id) : 0;
}
