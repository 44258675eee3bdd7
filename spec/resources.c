// SPDX-License-Identifier: Apache-2.0
/*
 * config-linux.md, Control groups, for config.json and for `update`.
 * Should: keep OCI's meaning (-1 is unlimited, swap includes memory) and refuse, with the reason,
 *         what cgroup v2 cannot do.
 * Must not: know a file of any controller.
 */
#include <inttypes.h>
#include <string.h>

#include "runtime/base/json.h"
#include "spec/field.h"
#include "spec/names.h"
#include "spec/shapes.h"
#include "spec/spec.h"

#define MAJOR_MAX      4095    /* 12 bits of a dev_t, <linux/kdev_t.h> */
#define MINOR_MAX      1048575 /* and 20 bits */
#define SWAPPINESS_MAX 100     /* config-linux.md */
#define SWAPPINESS_HOST                                                                            \
	60		 /* vm.swappiness unless changed: Documentation/admin-guide/sysctl/vm.rst */
#define INTERFACE_MAX 15 /* IFNAMSIZ less the NUL */

static const struct field rule_rows[] = {
	ROW_BOOL(spec_device_rule, allow, "allow", .flags = FIELD_REQUIRED),
	ROW_WORD(spec_device_rule, type, "type", names_device_rule_types, ),
	ROW_INT_IF_SET(spec_device_rule, major, "major", -1, MAJOR_MAX, ),
	ROW_INT_IF_SET(spec_device_rule, minor, "minor", -1, MINOR_MAX, ),
	ROW_STRING(spec_device_rule, access, "access", ),
};

/* -1 is how engines spell the wildcard that the spec spells by leaving the number out. */
static int check_rule(struct loading *loading, const struct json *json, void *object)
{
	struct spec_device_rule *rule = object;
	char room[FIELD_SHOWN_ROOM];

	if (rule->major.value < 0)
		rule->major = (struct spec_int){ 0 };
	if (rule->minor.value < 0)
		rule->minor = (struct spec_int){ 0 };
	if (rule->access != NULL && rule->access[strspn(rule->access, "rwm")] != '\0')
		return field_refuse_member(loading, json, "access",
					   "'%s' is not made of r, w and m",
					   field_shown(rule->access, room));
	return 0;
}

static const struct shape rule_shape = SHAPE(spec_device_rule, rule_rows, check_rule);

static const struct field memory_rows[] = {
	ROW_INT_IF_SET(spec_memory, limit, "limit", -1, INT64_MAX, ),
	ROW_INT_IF_SET(spec_memory, reservation, "reservation", -1, INT64_MAX, ),
	ROW_INT_IF_SET(spec_memory, swap, "swap", -1, INT64_MAX, ),
	ROW_INT_IF_SET(spec_memory, kernel, "kernel", -1, INT64_MAX, .harmless = -1,
		       .refused = "cgroup v2 has no limit of its own for kernel memory"),
	ROW_INT_IF_SET(spec_memory, kernel_tcp, "kernelTCP", -1, INT64_MAX, .harmless = -1,
		       .refused = "cgroup v2 has no limit of its own for TCP buffers"),
	ROW_UINT_IF_SET(spec_memory, swappiness, "swappiness", SWAPPINESS_MAX,
			.harmless = SWAPPINESS_HOST,
			.refused = "cgroup v2 has no per-cgroup swappiness"),
	ROW_BOOL_IF_SET(spec_memory, disable_oom_killer, "disableOOMKiller",
			.refused = "cgroup v2 cannot disable the OOM killer"),
	ROW_BOOL_IF_SET(spec_memory, use_hierarchy, "useHierarchy", .harmless = true,
			.refused = "cgroup v2 is always hierarchical"),
	ROW_BOOL(spec_memory, check_before_update, "checkBeforeUpdate", ),
};

/* `swap` counts memory and swap together, so that it can be neither less than `limit` nor of use
 * without it. */
static int check_memory(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_memory *memory = object;

	if (memory->swap.value > 0 && (!memory->limit.set || memory->limit.value < 0))
		return field_refuse_member(loading, json, "swap",
					   "no memory limit, which swap includes");
	if (memory->swap.set && memory->limit.set && memory->swap.value >= 0 &&
	    memory->swap.value < memory->limit.value)
		return field_refuse_member(loading, json, "swap",
					   "%" PRId64 " is less than the memory limit %" PRId64
					   ", which swap includes",
					   memory->swap.value, memory->limit.value);
	return 0;
}

static const struct shape memory_shape = SHAPE(spec_memory, memory_rows, check_memory);

static const char no_realtime[] = "cgroup v2 has no real-time CPU limits";

static const struct field cpu_rows[] = {
	ROW_UINT_IF_SET(spec_cpu, shares, "shares", UINT64_MAX, ),
	ROW_INT_IF_SET(spec_cpu, quota, "quota", -1, INT64_MAX, ),
	ROW_UINT_IF_SET(spec_cpu, burst, "burst", UINT64_MAX, ),
	ROW_UINT_IF_SET(spec_cpu, period, "period", UINT64_MAX, ),
	ROW_INT_IF_SET(spec_cpu, realtime_runtime, "realtimeRuntime", INT64_MIN, INT64_MAX,
		       .refused = no_realtime),
	ROW_UINT_IF_SET(spec_cpu, realtime_period, "realtimePeriod", UINT64_MAX,
			.refused = no_realtime),
	ROW_STRING(spec_cpu, cpus, "cpus", ),
	ROW_STRING(spec_cpu, mems, "mems", ),
	ROW_INT_IF_SET(spec_cpu, idle, "idle", 0, 1, ),
};

static int check_cpu(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_cpu *cpu = object;
	int result;

	if (cpu->quota.value > 0 && cpu->burst.value > (uint64_t) cpu->quota.value)
		return field_refuse_member(loading, json, "burst",
					   "%" PRIu64 " is more than the quota %" PRId64,
					   cpu->burst.value, cpu->quota.value);
	result = spec_check_list(loading, json, "cpus", cpu->cpus);
	return result < 0 ? result : spec_check_list(loading, json, "mems", cpu->mems);
}

static const struct shape cpu_shape = SHAPE(spec_cpu, cpu_rows, check_cpu);

static const struct field hugepage_rows[] = {
	ROW_STRING(spec_hugepage_limit, page_size, "pageSize", .flags = FIELD_REQUIRED),
	ROW_UINT(spec_hugepage_limit, limit, "limit", UINT64_MAX, .flags = FIELD_REQUIRED),
};

static int check_hugepage(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_hugepage_limit *limit = object;
	size_t digits = strspn(limit->page_size, "0123456789");
	const char *unit = limit->page_size + digits;
	char room[FIELD_SHOWN_ROOM];

	if (digits > 0 && limit->page_size[0] != '0' && strchr("KMG", unit[0]) != NULL &&
	    strcmp(unit + 1, "B") == 0)
		return 0;
	return field_refuse_member(loading, json, "pageSize", "'%s' is not a size like 2MB",
				   field_shown(limit->page_size, room));
}

static const struct shape hugepage_shape =
	SHAPE(spec_hugepage_limit, hugepage_rows, check_hugepage);

static const struct field priority_rows[] = {
	ROW_STRING(spec_interface_priority, name, "name", .flags = FIELD_REQUIRED,
		   .max = INTERFACE_MAX),
	ROW_UINT(spec_interface_priority, priority, "priority", UINT32_MAX,
		 .flags = FIELD_REQUIRED),
};
static const struct shape priority_shape = SHAPE(spec_interface_priority, priority_rows, NULL);

static const struct field network_rows[] = {
	ROW_UINT_IF_SET(spec_network, class_id, "classID", UINT32_MAX,
			.refused = "cgroup v2 has no net_cls controller"),
	ROW_LIST(spec_network, priorities, "priorities", &priority_shape,
		 .refused = "cgroup v2 has no net_prio controller"),
};
static const struct shape network_shape = SHAPE(spec_network, network_rows, NULL);

static const struct field pids_rows[] = {
	ROW_INT_IF_SET(spec_pids, limit, "limit", -1, INT64_MAX, ),
};
static const struct shape pids_shape = SHAPE(spec_pids, pids_rows, NULL);

static const struct field rdma_rows[] = {
	ROW_UINT_IF_SET(spec_rdma, hca_handles, "hcaHandles", UINT32_MAX, ),
	ROW_UINT_IF_SET(spec_rdma, hca_objects, "hcaObjects", UINT32_MAX, ),
};

static int check_rdma(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_rdma *rdma = object;

	if (!rdma->hca_handles.set && !rdma->hca_objects.set)
		return field_refuse(loading, json, "neither hcaHandles nor hcaObjects is given");
	return 0;
}

static const struct shape rdma_shape = SHAPE(spec_rdma, rdma_rows, check_rdma);

static const struct field resources_rows[] = {
	ROW_LIST(spec_resources, devices, "devices", &rule_shape, ),
	ROW_POINTER(spec_resources, memory, "memory", &memory_shape, ),
	ROW_POINTER(spec_resources, cpu, "cpu", &cpu_shape, ),
	ROW_POINTER(spec_resources, block_io, "blockIO", &shape_block_io, ),
	ROW_LIST(spec_resources, hugepage_limits, "hugepageLimits", &hugepage_shape, ),
	ROW_POINTER(spec_resources, network, "network", &network_shape, ),
	ROW_POINTER(spec_resources, pids, "pids", &pids_shape, ),
	ROW_NAMED(spec_resources, rdma, "rdma", &rdma_shape, ),
	ROW_PAIRS(spec_resources, unified, "unified", ),
};

/* A key is a file of the container's own cgroup: nothing that could be another place. */
static int check_resources(struct loading *loading, const struct json *json, void *object)
{
	const struct json *unified = json_member(json, "unified");
	const struct json *item = unified != NULL ? unified->first : NULL;

	(void) object;
	for (; item != NULL; item = item->next)
		if (strchr(item->key, '/') != NULL || item->key[0] == '.')
			return field_refuse(loading, item, "not the name of a file in a cgroup");
	return 0;
}

const struct shape shape_resources = SHAPE(spec_resources, resources_rows, check_resources);
