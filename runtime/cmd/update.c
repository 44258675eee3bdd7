// SPDX-License-Identifier: Apache-2.0
/*
 * update: other limits for a container that lives.
 * Should: say the same in JSON, whether it came as options or as a file.
 * Must not: know what a limit does.
 */
#include "runtime/update.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/emit.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/base/number.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/container.h"

#define AT(member) offsetof(struct options, update.member)

static const struct option_row rows[] = {
	{ 'r', "resources", OPTION_TEXT, AT(resources), "FILE|-",
	  "JSON of linux.resources; other options are ignored" },
	{ 'm', "memory", OPTION_TEXT, AT(memory), "SIZE", "memory limit; -1: none" },
	{ 0, "memory-swap", OPTION_TEXT, AT(memory_swap), "SIZE",
	  "limit of memory and swap together" },
	{ 0, "memory-reservation", OPTION_TEXT, AT(memory_reservation), "SIZE",
	  "memory that is protected (memory.low)" },
	{ 0, "cpu-share", OPTION_TEXT, AT(cpu_shares), "N", "relative share of CPU time" },
	{ 0, "cpu-shares", OPTION_TEXT, AT(cpu_shares), "N", "relative share of CPU time" },
	{ 0, "cpu-quota", OPTION_TEXT, AT(cpu_quota), "USEC", "CPU time per period; -1: no limit" },
	{ 0, "cpu-period", OPTION_TEXT, AT(cpu_period), "USEC", "that period" },
	{ 0, "cpu-burst", OPTION_TEXT, AT(cpu_burst), "USEC",
	  "CPU time that may be saved up for one" },
	{ 0, "cpu-idle", OPTION_TEXT, AT(cpu_idle), "0|1", "SCHED_IDLE for the whole cgroup" },
	{ 0, "cpuset-cpus", OPTION_TEXT, AT(cpuset_cpus), "LIST", "CPUs it may run on" },
	{ 0, "cpuset-mems", OPTION_TEXT, AT(cpuset_mems), "LIST", "memory nodes it may use" },
	{ 0, "pids-limit", OPTION_TEXT, AT(pids_limit), "N", "number of processes; -1: no limit" },
	{ 0, "blkio-weight", OPTION_TEXT, AT(blkio_weight), "N", "weight of its IO, 10 to 1000" },
	{ 0, "cpu-rt-period", OPTION_TEXT, AT(cpu_rt_period), "USEC", "cgroup v2 has none" },
	{ 0, "cpu-rt-runtime", OPTION_TEXT, AT(cpu_rt_runtime), "USEC", "cgroup v2 has none" },
	{ 0, "kernel-memory", OPTION_TEXT, AT(kernel_memory), "SIZE", "cgroup v2 has none" },
	{ 0, "kernel-memory-tcp", OPTION_TEXT, AT(kernel_memory_tcp), "SIZE",
	  "cgroup v2 has none" },
	{ 0, "l3-cache-schema", OPTION_TEXT, AT(l3_cache_schema), "TEXT",
	  "L3 cache of Intel RDT: L3:0=7f0;1=1f" },
	{ 0, "mem-bw-schema", OPTION_TEXT, AT(mem_bw_schema), "TEXT",
	  "its memory bandwidth: MB:0=20;1=70" },
	{ 'h', "help", OPTION_FLAG, offsetof(struct options, help), NULL, "this help" },
	{ 0 },
};

enum value_kind { VALUE_SIZE, VALUE_NUMBER, VALUE_STRING };

/* Each option as a member of linux.resources; members of one object stand together. */
static const struct member {
	const char *object;
	const char *name;
	enum value_kind kind;
	size_t place;
	const char *option;
} members[] = {
	{ "memory", "limit", VALUE_SIZE, AT(memory), "memory" },
	{ "memory", "swap", VALUE_SIZE, AT(memory_swap), "memory-swap" },
	{ "memory", "reservation", VALUE_SIZE, AT(memory_reservation), "memory-reservation" },
	{ "memory", "kernel", VALUE_SIZE, AT(kernel_memory), "kernel-memory" },
	{ "memory", "kernelTCP", VALUE_SIZE, AT(kernel_memory_tcp), "kernel-memory-tcp" },
	{ "cpu", "shares", VALUE_NUMBER, AT(cpu_shares), "cpu-share" },
	{ "cpu", "quota", VALUE_NUMBER, AT(cpu_quota), "cpu-quota" },
	{ "cpu", "period", VALUE_NUMBER, AT(cpu_period), "cpu-period" },
	{ "cpu", "burst", VALUE_NUMBER, AT(cpu_burst), "cpu-burst" },
	{ "cpu", "idle", VALUE_NUMBER, AT(cpu_idle), "cpu-idle" },
	{ "cpu", "realtimeRuntime", VALUE_NUMBER, AT(cpu_rt_runtime), "cpu-rt-runtime" },
	{ "cpu", "realtimePeriod", VALUE_NUMBER, AT(cpu_rt_period), "cpu-rt-period" },
	{ "cpu", "cpus", VALUE_STRING, AT(cpuset_cpus), "cpuset-cpus" },
	{ "cpu", "mems", VALUE_STRING, AT(cpuset_mems), "cpuset-mems" },
	{ "pids", "limit", VALUE_NUMBER, AT(pids_limit), "pids-limit" },
	{ "blockIO", "weight", VALUE_NUMBER, AT(blkio_weight), "blkio-weight" },
};

#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static const char *given(const struct options *options, const struct member *member)
{
	return *(const char *const *) (const void *) ((const char *) options + member->place);
}

static int put_value(struct emit *emit, const struct member *member, const char *word,
		     struct err *err)
{
	uint64_t bytes = 0;
	int64_t number = 0;

	if (member->kind == VALUE_STRING) {
		emit_string(emit, member->name, word);
		return 0;
	}
	if (number_i64(word, &number)) {
		emit_i64(emit, member->name, number);
		return 0;
	}
	if (member->kind == VALUE_SIZE && number_bytes(word, &bytes)) {
		emit_u64(emit, member->name, bytes);
		return 0;
	}
	return err_say(err, EINVAL, "update: --%s: '%s' is not a %s", member->option, word,
		       member->kind == VALUE_SIZE ? "size like 64m" : "number");
}

/* The options as the JSON that a file would hold. */
static int write_options(const struct options *options, struct text *json, struct err *err)
{
	auto_emit struct emit emit = { 0 };
	const char *object = NULL;
	int result = 0;
	size_t i;

	emit_open(&emit, false);
	emit_object(&emit, NULL);
	for (i = 0; i < MEMBER_COUNT && result == 0; i++) {
		const struct member *member = &members[i];
		const char *word = given(options, member);

		if (word == NULL)
			continue;
		if (object != NULL && strcmp(object, member->object) != 0)
			emit_object_end(&emit);
		if (object == NULL || strcmp(object, member->object) != 0)
			emit_object(&emit, member->object);
		object = member->object;
		result = put_value(&emit, member, word, err);
	}
	if (object != NULL)
		emit_object_end(&emit);
	emit_object_end(&emit);
	if (result == 0 && emit_text(&emit) == NULL)
		result = err_set(err, ENOMEM, "update");
	if (result == 0)
		text_add(json, emit_text(&emit));
	return result;
}

static bool asks_for_resources(const struct options *options)
{
	size_t i;

	if (options->update.resources != NULL)
		return true;
	for (i = 0; i < MEMBER_COUNT; i++)
		if (given(options, &members[i]) != NULL)
			return true;
	return false;
}

static int change(struct call *call, struct container *container, const struct text *json,
		  struct err *err)
{
	const struct update_options *asked = &call->options.update;
	const struct update_schemata schemata = { asked->l3_cache_schema, asked->mem_bw_schema };
	bool of_rdt = schemata.l3_cache != NULL || schemata.mem_bw != NULL;
	int result = 0;

	if (!of_rdt || asks_for_resources(&call->options))
		result = container_update(container, text_string(json), &call->log, err);
	return result < 0 || !of_rdt ? result
				     : container_update_schemata(container, &schemata, err);
}

static int run(struct call *call, struct err *err)
{
	auto_container struct container container = CONTAINER_NONE;
	const struct options *options = &call->options;
	auto_text struct text json = { 0 };
	int result;

	if (options->update.resources != NULL)
		result = input_read("--resources ", options->update.resources, &json, err);
	else
		result = write_options(options, &json, err);
	if (result == 0)
		result = container_open(&container, call->root, options->arguments[0], true, err);
	return result < 0 ? result : change(call, &container, &json, err);
}

const struct command command_update = {
	.name = "update",
	.arguments = "ID",
	.summary = "change the limits of a container",
	.rows = rows,
	.arguments_min = 1,
	.arguments_max = 1,
	.run = run,
};
