// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's resources: what OCI asks of cgroup v1 in words, as values of cgroup v2 files. The ONE
 * place where "shares", "reservation" and "-1 is unlimited" are known.
 * Should: turn a limit into the same limit.
 * Must not: turn a limit into none.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"

/* Where a container without linux.cgroupsPath lives. */
#define DEFAULT_PARENT "/weir"

static struct cgroup_limit limit_of(const struct spec_int *value)
{
	if (!value->set)
		return (struct cgroup_limit){ CGROUP_LIMIT_KEEP, 0 };
	if (value->value < 0)
		return (struct cgroup_limit){ CGROUP_LIMIT_MAX, 0 };
	return (struct cgroup_limit){ CGROUP_LIMIT_VALUE, (uint64_t) value->value };
}

static struct cgroup_limit value_of(const struct spec_uint *value)
{
	if (!value->set)
		return (struct cgroup_limit){ CGROUP_LIMIT_KEEP, 0 };
	return (struct cgroup_limit){ CGROUP_LIMIT_VALUE, value->value };
}

/* OCI's swap is memory plus swap; memory.swap.max is swap alone. That swap needs a limit, and is no
 * less than it, was checked when the config was read. limit 0 means "not set" to engines. */
static int plan_memory_limits(const struct spec_memory *memory, struct cgroup_settings *settings,
			      struct err *err)
{
	settings->memory_max_bytes = limit_of(&memory->limit);
	settings->memory_low_bytes = limit_of(&memory->reservation);
	if (memory->limit.set && memory->limit.value == 0)
		settings->memory_max_bytes.kind = CGROUP_LIMIT_KEEP;
	if (!memory->swap.set || memory->swap.value == 0)
		return 0;
	if (memory->swap.value < 0) {
		settings->memory_swap_max_bytes.kind = CGROUP_LIMIT_MAX;
		return 0;
	}
	if (!memory->limit.set || memory->limit.value <= 0)
		return err_say(err, EINVAL,
			       "/linux/resources/memory/swap: a limit of memory plus "
			       "swap needs /linux/resources/memory/limit");
	if (memory->swap.value < memory->limit.value)
		return err_say(err, EINVAL,
			       "/linux/resources/memory/swap: memory plus swap is "
			       "less than /linux/resources/memory/limit");
	settings->memory_swap_max_bytes.kind = CGROUP_LIMIT_VALUE;
	settings->memory_swap_max_bytes.value =
		(uint64_t) (memory->swap.value - memory->limit.value);
	return 0;
}

/*
 * cpu.shares (2 … 262144, 1024 by default) to cpu.weight (1 … 10000, 100 by default) by the curve
 * crun and runc agree on, through (2, 1), (1024, 100), (262144, 10000):
 * weight = ceil(10^((l² + 125·l)/612 − 7/34)), l = log2(shares).
 */
static uint64_t weight_of_shares(uint64_t shares)
{
	double l;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2((double) shares);
	/* 1024 is exactly 100, and must not become 101 for the last bit of a double. */
	return (uint64_t) ceil(pow(10, (l * l + 125 * l) / 612 - 7.0 / 34) - 1e-9);
}

static void plan_cpu(const struct spec_cpu *cpu, struct cgroup_settings *settings)
{
	if (cpu->shares.set && cpu->shares.value != 0)
		settings->cpu_weight = (struct cgroup_limit){ CGROUP_LIMIT_VALUE,
							      weight_of_shares(cpu->shares.value) };
	settings->cpu_quota_usec = limit_of(&cpu->quota);
	settings->cpu_period_usec = value_of(&cpu->period);
	/* 0 stands for "not set" in configs of engines: the kernel knows neither. */
	if (cpu->quota.set && cpu->quota.value == 0)
		settings->cpu_quota_usec.kind = CGROUP_LIMIT_KEEP;
	if (cpu->period.set && cpu->period.value == 0)
		settings->cpu_period_usec.kind = CGROUP_LIMIT_KEEP;
	settings->cpu_burst_usec = value_of(&cpu->burst);
	settings->cpu_idle = limit_of(&cpu->idle);
	if (cpu->cpus != NULL && cpu->cpus[0] != '\0')
		settings->cpuset_cpus = cpu->cpus;
	if (cpu->mems != NULL && cpu->mems[0] != '\0')
		settings->cpuset_mems = cpu->mems;
}

static unsigned access_bits(const char *access)
{
	unsigned bits = 0;

	if (access == NULL || access[0] == '\0')
		return DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD;
	for (; *access != '\0'; access++) {
		bits |= *access == 'r' ? DEVICE_READ : 0U;
		bits |= *access == 'w' ? DEVICE_WRITE : 0U;
		bits |= *access == 'm' ? DEVICE_MKNOD : 0U;
	}
	return bits;
}

static int64_t number_or_any(const struct spec_int *number)
{
	return number->set && number->value >= 0 ? number->value : DEVICE_ANY;
}

/*
 * What every container may do whatever the rules say, unless they are only permissions: the default
 * devices and its own terminals; making a node gives no access to it.
 */
static const struct device_rule always[] = {
	{ 1, 'c', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD },
	{ 1, 'b', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD },
	{ 1, 'c', 1, 3, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },		/* null */
	{ 1, 'c', 1, 5, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },		/* zero */
	{ 1, 'c', 1, 7, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },		/* full */
	{ 1, 'c', 1, 8, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },		/* random */
	{ 1, 'c', 1, 9, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },		/* urandom */
	{ 1, 'c', 5, 0, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },		/* tty */
	{ 1, 'c', 5, 1, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },		/* console */
	{ 1, 'c', 5, 2, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD },		/* ptmx */
	{ 1, 'c', 136, DEVICE_ANY, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD }, /* pts */
};

#define ALWAYS_COUNT (sizeof(always) / sizeof(always[0]))

static struct device_rule allow_node(const struct spec_device *device)
{
	return (struct device_rule){ .allow = 1,
				     .type = (char) device->type,
				     .major = device->major.value,
				     .minor = device->minor.value,
				     .access = DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD };
}

static struct device_rule rule_of(const struct spec_device_rule *rule)
{
	return (struct device_rule){ .allow = rule->allow,
				     .type = rule->type == 0 ? 'a' : (char) rule->type,
				     .major = number_or_any(&rule->major),
				     .minor = number_or_any(&rule->minor),
				     .access = access_bits(rule->access) };
}

/*
 * What matches no rule is denied, also where the config has none (GHSA-g54h-m393-cpwq). First the
 * nodes of linux.devices, which MUST be available unless a rule says otherwise; then the rules in
 * their order; then the standing exceptions.
 */
int plan_device_rules(struct arena *arena, const struct spec *spec, struct plan_cgroup *cgroup,
		      struct err *err)
{
	static const struct spec_device_rules none = { 0 };
	const struct spec_resources *resources = spec->linux_config.resources;
	const struct spec_device_rules *asked = resources != NULL ? &resources->devices : &none;
	const struct spec_devices *nodes = &spec->linux_config.devices;
	struct device_rule *rules =
		arena_array(arena, nodes->count + asked->count + ALWAYS_COUNT, sizeof(*rules));
	size_t count = 0;
	size_t i;

	if (rules == NULL)
		return err_set(err, ENOMEM, "plan");
	for (i = 0; i < nodes->count; i++)
		if (nodes->items[i].type != 'p')
			rules[count++] = allow_node(&nodes->items[i]);
	for (i = 0; i < asked->count; i++)
		rules[count++] = rule_of(&asked->items[i]);
	memcpy(rules + count, always, sizeof(always));
	cgroup->device_rules = rules;
	cgroup->device_rule_count = count + ALWAYS_COUNT;
	return 0;
}

/* Files of `unified` whose value others of us have to know: the governor the config's memory.high,
 * an update the memory limit that it lowers. */
static const struct {
	const char *file;
	size_t place;
} known_files[] = {
	{ "memory.max", offsetof(struct cgroup_settings, memory_max_bytes) },
	{ "memory.swap.max", offsetof(struct cgroup_settings, memory_swap_max_bytes) },
	{ "memory.high", offsetof(struct cgroup_settings, memory_high_bytes) },
	{ "memory.low", offsetof(struct cgroup_settings, memory_low_bytes) },
	{ "memory.min", offsetof(struct cgroup_settings, memory_min_bytes) },
};

/* The value as the kernel reads it; what is none stays as it is, for the kernel to refuse. */
static bool read_limit(const char *text, struct cgroup_limit *limit)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t bytes;

	if (strcmp(text, "max") == 0) {
		*limit = (struct cgroup_limit){ CGROUP_LIMIT_MAX, 0 };
		return true;
	}
	if (text[digits] != '\0' && (strchr("kmgKMG", text[digits]) == NULL || text[digits + 1]))
		return false;
	if (!number_bytes(text, &bytes))
		return false;
	*limit = (struct cgroup_limit){ CGROUP_LIMIT_VALUE, bytes };
	return true;
}

static bool take_known(const struct spec_pair *pair, struct cgroup_settings *settings)
{
	size_t i;

	for (i = 0; i < sizeof(known_files) / sizeof(known_files[0]); i++) {
		char *place = (char *) settings + known_files[i].place;

		if (strcmp(pair->key, known_files[i].file) == 0)
			return read_limit(pair->value, (struct cgroup_limit *) (void *) place);
	}
	return false;
}

/* Last and overriding: behind all that the other properties ask for. */
static int plan_unified(struct arena *arena, const struct spec_pairs *unified,
			struct cgroup_settings *settings, struct err *err)
{
	struct cgroup_raw *raw = arena_array(arena, unified->count, sizeof(*raw));
	size_t i;

	if (raw == NULL)
		return err_set(err, ENOMEM, "plan");
	settings->raw = raw;
	for (i = 0; i < unified->count; i++) {
		const struct spec_pair *pair = &unified->items[i];

		if (!take_known(pair, settings))
			raw[settings->raw_count++] = (struct cgroup_raw){ pair->key, pair->value };
	}
	return 0;
}

/* Processes do not live in the scope itself: the files there are systemd's (CGROUP_DELEGATION). */
static int plan_scope(const struct plan_request *request, struct plan_cgroup *cgroup,
		      struct err *err)
{
	int result = unit_names_of(request->spec->linux_config.cgroups_path, request->id,
				   request->rootless, &cgroup->names, err);

	cgroup->user_manager = request->rootless;
	return result < 0 ? result : unit_leaf_path(&cgroup->names, cgroup->path, err);
}

static int plan_properties(const struct plan_request *request, struct plan_cgroup *cgroup,
			   struct err *err)
{
	struct unit_properties *properties = &cgroup->properties;
	int result;

	if (cgroup->manager != CGROUP_MANAGER_SYSTEMD)
		return 0;
	result = unit_properties_of_scope(request->arena, request->id, &cgroup->names, properties,
					  err);
	if (result == 0)
		result = unit_properties_of_settings(request->arena, &cgroup->settings, properties,
						     err);
	if (result == 0)
		result = unit_properties_of_annotations(request->arena, &request->spec->annotations,
							properties, err);
	return result;
}

int plan_cgroup_path(const struct spec *spec, const char *id, char out[CGROUP_PATH_ROOM],
		     struct err *err)
{
	auto_text struct text path = { 0 };
	const char *asked = spec->linux_config.cgroups_path;

	if (asked == NULL || asked[0] == '\0')
		text_addf(&path, DEFAULT_PARENT "/%s", id);
	else if (asked[0] == '/')
		text_add(&path, asked);
	else
		text_addf(&path, DEFAULT_PARENT "/%s", asked);
	if (cgroup_path_normalise(text_string(&path), out, err) < 0)
		return err_context(err, "/linux/cgroupsPath");
	return 0;
}

static int plan_values(struct arena *arena, const struct spec *spec, struct plan_cgroup *cgroup,
		       struct err *err)
{
	const struct spec_resources *resources = spec->linux_config.resources;
	int result = 0;

	if (resources == NULL)
		return 0;
	if (resources->memory != NULL)
		result = plan_memory_limits(resources->memory, &cgroup->settings, err);
	if (result < 0)
		return result;
	if (resources->cpu != NULL)
		plan_cpu(resources->cpu, &cgroup->settings);
	if (resources->pids != NULL)
		cgroup->settings.pids_max = limit_of(&resources->pids->limit);
	result = plan_lines(arena, resources, &cgroup->settings, err);
	if (result < 0)
		return result;
	return plan_unified(arena, &resources->unified, &cgroup->settings, err);
}

/* Without a cgroup there is nothing to hold the limit: the one thing weir never drops in silence. */
static int refuse_lost_limit(const struct plan_request *request, struct err *err)
{
	struct plan_cgroup unused = { 0 };
	int result = plan_values(request->arena, request->spec, &unused, err);

	if (result < 0 || unused.settings.memory_max_bytes.kind != CGROUP_LIMIT_VALUE)
		return result;
	return err_say(err, EINVAL,
		       "/linux/resources/memory/limit: needs a cgroup, and the cgroup "
		       "manager is disabled");
}

int plan_resources(const struct plan_request *request, struct plan *plan, struct err *err)
{
	struct plan_cgroup *cgroup = &plan->cgroup;
	int result;

	cgroup->manager = request->manager;
	if (cgroup->manager == CGROUP_MANAGER_DISABLED)
		return refuse_lost_limit(request, err);
	if (cgroup->manager == CGROUP_MANAGER_SYSTEMD)
		result = plan_scope(request, cgroup, err);
	else
		result = plan_cgroup_path(request->spec, request->id, cgroup->path, err);
	if (result == 0)
		result = plan_values(request->arena, request->spec, cgroup, err);
	if (result == 0)
		result = plan_device_rules(request->arena, request->spec, cgroup, err);
	if (result == 0)
		result = plan_properties(request, cgroup, err);
	plan_delegation(request->spec, cgroup);
	cgroup->controllers.needed = cgroup_settings_controllers(&cgroup->settings);
	cgroup->controllers.wished = CGROUP_CPU | CGROUP_CPUSET | CGROUP_IO | CGROUP_MEMORY |
				     CGROUP_PIDS | CGROUP_HUGETLB | CGROUP_RDMA | CGROUP_MISC;
	return result;
}
