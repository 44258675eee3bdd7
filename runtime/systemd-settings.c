// SPDX-License-Identifier: Apache-2.0
/*
 * A scope and its cgroup's settings as properties of a unit.
 * Should: follow the files as they would be written, raw ones included, so that nothing is decided twice.
 * Must not: make the scope narrower than the container inside it.
 */
#include <errno.h>
#include <string.h>

#include "cgroupfs/settings.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/systemd-plan.h"

#define INFINITY_OF_UNITS UINT64_MAX /* how systemd says "no limit" */

#define CPU_PERIOD_USEC 100000 /* the kernel's, where no other was asked for */
#define QUOTA_STEP_USEC 10000  /* systemd's resolution of CPUQuotaPerSecUSec */
#define CPUS_MAX	8192   /* the kernel's NR_CPUS_DEFAULT at most, and far more than nodes */

int unit_property_set(struct arena *arena, struct unit_properties *properties,
		      const struct unit_property *property, struct err *err)
{
	size_t i;

	for (i = 0; i < properties->count; i++) {
		if (strcmp(properties->items[i].name, property->name) != 0)
			continue;
		properties->items[i] = *property;
		return 0;
	}
	if (properties->count == properties->room) {
		size_t room = 2 * properties->room + 16;
		struct unit_property *more = arena_array(arena, room, sizeof(*more));

		if (more == NULL)
			return err_set(err, ENOMEM, "plan");
		if (properties->count > 0)
			memcpy(more, properties->items, properties->count * sizeof(*more));
		properties->items = more;
		properties->room = room;
	}
	properties->items[properties->count++] = *property;
	return 0;
}

int unit_properties_of_scope(struct arena *arena, const char *id, const struct unit_names *names,
			     struct unit_properties *properties, struct err *err)
{
	const struct unit_property rows[] = {
		{ .name = "Description",
		  .type = UNIT_STRING,
		  .string = arena_printf(arena, "weir container %s", id) },
		{ .name = "Slice",
		  .type = UNIT_STRING,
		  .string = arena_string(arena, names->slice) },
		{ .name = "Delegate", .type = UNIT_BOOL, .number = 1 },
		{ .name = "CPUAccounting", .type = UNIT_BOOL, .number = 1 },
		{ .name = "IOAccounting", .type = UNIT_BOOL, .number = 1 },
		{ .name = "MemoryAccounting", .type = UNIT_BOOL, .number = 1 },
		{ .name = "TasksAccounting", .type = UNIT_BOOL, .number = 1 },
		/* containers are ended by their engine, and not before it at shutdown */
		{ .name = "DefaultDependencies", .type = UNIT_BOOL },
		/* what becomes of a container with a killed process is its own or its engine's */
		{ .name = "OOMPolicy", .type = UNIT_STRING, .string = "continue" },
		{ .name = "CollectMode", .type = UNIT_STRING, .string = "inactive-or-failed" },
	};
	size_t i;
	int result = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]) && result == 0; i++) {
		if (rows[i].type == UNIT_STRING && rows[i].string == NULL)
			result = err_set(err, ENOMEM, "plan");
		else
			result = unit_property_set(arena, properties, &rows[i], err);
	}
	return result;
}

struct translation {
	struct arena *arena;
	struct unit_properties *properties;
	struct err *err;
	int result;
};

static void set(struct translation *to, const struct unit_property *property)
{
	if (to->result == 0)
		to->result = unit_property_set(to->arena, to->properties, property, to->err);
}

static void set_number(struct translation *to, const char *name, uint64_t number)
{
	const struct unit_property property = { .name = name, .type = UNIT_U64, .number = number };

	set(to, &property);
}

/* What is no number here is for the kernel to refuse, in the container's own file. */
static void put_number(struct translation *to, const char *name, const char *value, uint64_t spare)
{
	uint64_t number;

	if (strcmp(value, "max") == 0)
		set_number(to, name, INFINITY_OF_UNITS);
	else if (number_u64(value, &number))
		set_number(to, name, number < UINT64_MAX - spare ? number + spare : number);
}

static void put_exact(struct translation *to, const char *name, const char *value)
{
	put_number(to, name, value, 0);
}

static void put_memory(struct translation *to, const char *name, const char *value)
{
	put_number(to, name, value, UNIT_SPARE_BYTES);
}

static void put_tasks(struct translation *to, const char *name, const char *value)
{
	put_number(to, name, value, UNIT_SPARE_TASKS);
}

/* "default 100", or the number alone; lines for single devices stay with the container. */
static void put_io_weight(struct translation *to, const char *name, const char *value)
{
	put_number(to, name, text_starts(value, "default ") ? value + strlen("default ") : value,
		   0);
}

/* Weight 0 is "idle" since systemd 252. */
static void put_idle(struct translation *to, const char *name, const char *value)
{
	if (strcmp(value, "1") == 0)
		set_number(to, name, 0);
}

/* "QUOTA PERIOD", either "max" or "-" for what is not said. Rounded up: the scope is never narrower. */
static void put_cpu_max(struct translation *to, const char *name, const char *value)
{
	const char *period_text = strchr(value, ' ');
	const char *cursor = value;
	uint64_t period = CPU_PERIOD_USEC;
	uint64_t quota;

	if (period_text != NULL && !number_u64(period_text + 1, &period))
		return;
	if (period_text != NULL)
		set_number(to, "CPUQuotaPeriodUSec", period);
	if (text_starts(value, "max")) {
		set_number(to, name, INFINITY_OF_UNITS);
		return;
	}
	if (period == 0 || !number_u64_next(&cursor, &quota) || quota > UINT64_MAX / 1000000)
		return;
	quota = quota * 1000000 / period;
	set_number(to, name, (quota + QUOTA_STEP_USEC - 1) / QUOTA_STEP_USEC * QUOTA_STEP_USEC);
}

/* "0-2,4" into bytes, the lowest number the lowest bit of the first. False: not such a list. */
static bool read_list(const char *list, uint8_t bytes[CPUS_MAX / 8], size_t *count)
{
	const char *cursor = list;
	uint64_t first;
	uint64_t last;

	*count = 0;
	do {
		if (!number_u64_next(&cursor, &first))
			return false;
		last = first;
		if (*cursor == '-' && (cursor++, !number_u64_next(&cursor, &last)))
			return false;
		if (first > last || last >= CPUS_MAX)
			return false;
		if (*count < last / 8 + 1)
			*count = last / 8 + 1;
		for (; first <= last; first++)
			bytes[first / 8] |= (uint8_t) (1U << (first % 8));
	} while (*cursor == ',' && *++cursor != '\0');
	return *cursor == '\0' || *cursor == '\n';
}

static void put_set(struct translation *to, const char *name, const char *value)
{
	struct unit_property property = { .name = name, .type = UNIT_BYTES };
	uint8_t bytes[CPUS_MAX / 8] = { 0 };

	/* An empty list is no restriction, as an empty array is. */
	if (value[strspn(value, "\n")] != '\0' && !read_list(value, bytes, &property.byte_count))
		return;
	property.bytes =
		(const uint8_t *) arena_copy(to->arena, (const char *) bytes, property.byte_count);
	if (property.bytes == NULL && to->result == 0)
		to->result = err_set(to->err, ENOMEM, "plan");
	set(to, &property);
}

static const struct row {
	const char *file;
	const char *name;
	void (*put)(struct translation *to, const char *name, const char *value);
} rows[] = {
	{ "memory.max", "MemoryMax", put_memory },
	{ "memory.high", "MemoryHigh", put_memory },
	{ "memory.low", "MemoryLow", put_exact },
	{ "memory.min", "MemoryMin", put_exact },
	/* programs of a ladder share the container's */
	{ "memory.swap.max", "MemorySwapMax", put_exact },
	{ "memory.zswap.max", "MemoryZSwapMax", put_exact },
	{ "pids.max", "TasksMax", put_tasks },
	{ "cpu.weight", "CPUWeight", put_exact },
	{ "cpu.idle", "CPUWeight", put_idle },
	{ "cpu.max", "CPUQuotaPerSecUSec", put_cpu_max },
	{ "cpuset.cpus", "AllowedCPUs", put_set },
	{ "cpuset.mems", "AllowedMemoryNodes", put_set },
	{ "io.weight", "IOWeight", put_io_weight },
};

static void translate(void *context, const char *file, const char *value)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].file, file) == 0)
			rows[i].put(context, rows[i].name, value);
}

int unit_properties_of_settings(struct arena *arena, const struct cgroup_settings *settings,
				struct unit_properties *properties, struct err *err)
{
	struct translation to = { arena, properties, err, 0 };

	cgroup_settings_show(settings, translate, &to);
	return to.result;
}
