// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sched.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"
#include "tests/unit/configs.h"
#include "tests/unit/unit.h"

/* A config with one change, planned: the plan, or in `said` why not; warnings likewise. */
struct planned {
	struct arena arena;
	struct spec spec;
	struct plan plan;
	struct text warnings;
	struct err err;
	const char *said; /* "ok" or the error */
	const char *ladder;
	enum cgroup_manager manager;
};

#define auto_planned __attribute__((cleanup(planned_free)))

static void planned_free(struct planned *planned)
{
	plan_release(&planned->plan);
	text_free(&planned->warnings);
	arena_free(&planned->arena);
}

static void plan_text(struct planned *planned, const char *text)
{
	struct plan_request request = {
		.arena = &planned->arena,
		.spec = &planned->spec,
		.warnings = &planned->warnings,
		.id = "c1",
		.bundle = "/bundle",
		.manager = planned->manager,
		.ladder_text = planned->ladder,
		.kernel_capabilities = (1ULL << 41) - 1,
	};

	planned->said = config_says(&planned->arena, text, &planned->spec);
	if (strcmp(planned->said, "ok") != 0)
		return;
	if (plan_make(&request, &planned->plan, &planned->err) < 0)
		planned->said = planned->err.text;
}

/* base.json with the value at `path` replaced. */
static void plan_with(struct planned *planned, const char *path, const char *json)
{
	auto_text struct text text = { 0 };

	config_write(&text, config_tree(&planned->arena, "base.json"), path, json);
	plan_text(planned, text_string(&text));
}

/* A limit as its file would show it; "-" is a file left alone. */
static const char *shown(struct planned *planned, struct cgroup_limit limit)
{
	if (limit.kind == CGROUP_LIMIT_KEEP)
		return "-";
	if (limit.kind == CGROUP_LIMIT_MAX)
		return "max";
	return arena_printf(&planned->arena, "%llu", (unsigned long long) limit.value);
}

TEST(memory_and_swap_become_two_limits)
{
	static const struct {
		const char *memory, *max, *swap, *low;
	} rows[] = {
		{ "{}", "-", "-", "-" },
		{ "{\"limit\": 100}", "100", "-", "-" },
		{ "{\"limit\": 0}", "-", "-", "-" },
		{ "{\"limit\": -1}", "max", "-", "-" },
		{ "{\"limit\": -1, \"swap\": -1}", "max", "max", "-" },
		{ "{\"limit\": 100, \"swap\": -1}", "100", "max", "-" },
		{ "{\"limit\": 100, \"swap\": 300}", "100", "200", "-" },
		/* all of it used by memory: no swap at all, and not no limit */
		{ "{\"limit\": 100, \"swap\": 100}", "100", "0", "-" },
		{ "{\"limit\": 100, \"reservation\": 50}", "100", "-", "50" },
		{ "{\"reservation\": -1}", "-", "-", "max" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_planned struct planned planned = { 0 };
		const struct cgroup_settings *settings = &planned.plan.cgroup.settings;

		plan_with(&planned, "/linux/resources/memory", rows[i].memory);
		CHECK_STRING(planned.said, "ok");
		CHECK_STRING(shown(&planned, settings->memory_max_bytes), rows[i].max);
		CHECK_STRING(shown(&planned, settings->memory_swap_max_bytes), rows[i].swap);
		CHECK_STRING(shown(&planned, settings->memory_low_bytes), rows[i].low);
	}
}

TEST(shares_become_a_weight)
{
	static const struct {
		const char *shares, *weight;
	} rows[] = {
		{ "2", "1" },	       { "512", "59" },	       { "1024", "100" },
		{ "262144", "10000" }, { "1000000", "10000" }, { "0", "-" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_planned struct planned planned = { 0 };

		plan_with(&planned, "/linux/resources/cpu/shares", rows[i].shares);
		CHECK_STRING(planned.said, "ok");
		CHECK_STRING(shown(&planned, planned.plan.cgroup.settings.cpu_weight),
			     rows[i].weight);
	}
}

TEST(quota_and_period_keep_their_zeros_to_themselves)
{
	static const struct {
		const char *cpu, *quota, *period;
	} rows[] = {
		{ "{\"quota\": 50000, \"period\": 100000}", "50000", "100000" },
		{ "{\"quota\": -1}", "max", "-" },
		{ "{\"quota\": 0, \"period\": 0}", "-", "-" },
		{ "{}", "-", "-" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_planned struct planned planned = { 0 };
		const struct cgroup_settings *settings = &planned.plan.cgroup.settings;

		plan_with(&planned, "/linux/resources/cpu", rows[i].cpu);
		CHECK_STRING(planned.said, "ok");
		CHECK_STRING(shown(&planned, settings->cpu_quota_usec), rows[i].quota);
		CHECK_STRING(shown(&planned, settings->cpu_period_usec), rows[i].period);
	}
}

TEST(no_process_is_a_limit_and_minus_one_is_none)
{
	static const char *const rows[][2] = { { "0", "0" }, { "-1", "max" }, { "7", "7" } };
	size_t i;

	for (i = 0; i < 3; i++) {
		auto_planned struct planned planned = { 0 };

		plan_with(&planned, "/linux/resources/pids/limit", rows[i][0]);
		CHECK_STRING(shown(&planned, planned.plan.cgroup.settings.pids_max), rows[i][1]);
	}
}

TEST(unified_files_and_their_controllers_are_planned)
{
	auto_planned struct planned planned = { 0 };
	const struct plan_cgroup *cgroup = &planned.plan.cgroup;

	plan_with(&planned, "/linux/resources",
		  "{\"unified\": {\"memory.stat\": \"5\", \"cgroup.max.depth\": \"2\"}}");
	CHECK_STRING(planned.said, "ok");
	CHECK_NUMBER(cgroup->settings.raw_count, 2);
	CHECK_STRING(cgroup->settings.raw[0].file, "memory.stat");
	CHECK_STRING(cgroup->settings.raw[0].value, "5");
	CHECK_NUMBER(cgroup->controllers.needed, CGROUP_MEMORY);
	CHECK_STRING(cgroup->path, "/weir/c1");
}

TEST(unified_limits_of_memory_override_and_are_known)
{
	auto_planned struct planned planned = { 0 };
	const struct cgroup_settings *settings = &planned.plan.cgroup.settings;

	plan_with(
		&planned, "/linux/resources",
		"{\"memory\": {\"limit\": 7}, \"unified\": {\"memory.high\": \"5\", "
		"\"memory.max\": \"64M\", \"memory.swap.max\": \"max\", \"memory.low\": \"much\", "
		"\"memory.min\": \"1KiB\"}}");
	CHECK_STRING(planned.said, "ok");
	CHECK_NUMBER(settings->memory_high_bytes.value, 5);
	CHECK_NUMBER(settings->memory_max_bytes.value, 67108864);
	CHECK_NUMBER(settings->memory_swap_max_bytes.kind, CGROUP_LIMIT_MAX);
	/* What the kernel would not read is the kernel's to refuse. */
	CHECK_NUMBER(settings->raw_count, 2);
	CHECK_STRING(settings->raw[0].value, "much");
	CHECK_STRING(settings->raw[1].value, "1KiB");
}

TEST(device_rules_are_the_nodes_then_those_asked_for_then_the_standing_ones)
{
	auto_planned struct planned planned = { 0 };
	const struct device_rule *rules;

	plan_with(&planned, "/linux/resources/devices",
		  "[{\"allow\": false, \"access\": \"rwm\"},"
		  " {\"allow\": true, \"type\": \"c\", \"major\": 10, \"minor\": 229, \"access\": "
		  "\"rw\"},"
		  " {\"allow\": false, \"type\": \"b\", \"major\": 8}]");
	CHECK_STRING(planned.said, "ok");
	/* The first is of the node that linux.devices has. */
	rules = planned.plan.cgroup.device_rules;
	CHECK(planned.plan.cgroup.device_rule_count > 4);
	CHECK(rules[0].allow && rules[0].type == 'c' && rules[0].major == 10);
	rules++;
	CHECK(!rules[0].allow && rules[0].type == 'a' && rules[0].major == DEVICE_ANY);
	CHECK(rules[1].allow && rules[1].type == 'c' && rules[1].major == 10);
	CHECK_NUMBER(rules[1].minor, 229);
	CHECK_NUMBER(rules[1].access, DEVICE_READ | DEVICE_WRITE);
	CHECK(!rules[2].allow && rules[2].minor == DEVICE_ANY);
	CHECK_NUMBER(rules[2].access, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD);
	CHECK(rules[3].allow && rules[3].access == DEVICE_MKNOD);
}

TEST(without_rules_only_nodes_and_standing_ones_are_allowed)
{
	auto_planned struct planned planned = { 0 };
	const struct plan_cgroup *cgroup = &planned.plan.cgroup;
	size_t i;

	plan_with(&planned, "/linux/resources/devices", "[]");
	CHECK_STRING(planned.said, "ok");
	CHECK(cgroup->device_rule_count > 1);
	for (i = 0; i < cgroup->device_rule_count; i++) {
		const struct device_rule *rule = &cgroup->device_rules[i];

		/* none is for all devices, but to make a node */
		CHECK(rule->major != DEVICE_ANY || rule->access == DEVICE_MKNOD);
	}
}

TEST(absent_capabilities_are_none)
{
	auto_planned struct planned planned = { 0 };
	const struct plan_capabilities *sets = &planned.plan.process.capabilities;

	plan_with(&planned, "/process/capabilities", "-");
	CHECK_STRING(planned.said, "ok");
	CHECK(sets->bounding == 0 && sets->permitted == 0 && sets->effective == 0);
	CHECK(sets->inheritable == 0 && sets->ambient == 0);
}

/* CAP_CHOWN 0, CAP_KILL 5 */
TEST(capabilities_that_cannot_be_are_warned_of_and_left_out)
{
	auto_planned struct planned planned = { 0 };
	const struct plan_capabilities *sets = &planned.plan.process.capabilities;

	plan_with(&planned, "/process/capabilities",
		  "{\"bounding\": [\"CAP_KILL\", \"CAP_FLY\"], \"permitted\": [\"CAP_KILL\"],"
		  " \"effective\": [\"CAP_CHOWN\", \"CAP_KILL\"],"
		  " \"inheritable\": [\"CAP_KILL\", \"CAP_CHOWN\"], \"ambient\": [\"CAP_CHOWN\"]}");
	CHECK_STRING(planned.said, "ok");
	CHECK_NUMBER(sets->bounding, 1 << 5);
	CHECK_NUMBER(sets->effective, 1 << 5);
	CHECK_NUMBER(sets->inheritable, 1 << 5);
	CHECK_NUMBER(sets->ambient, 0);
	CHECK(strstr(text_string(&planned.warnings), "bounding/1: capability 'CAP_FLY'") != NULL);
	CHECK(strstr(text_string(&planned.warnings), "capabilities/effective: ") != NULL);
	CHECK(strstr(text_string(&planned.warnings), "capabilities/inheritable: ") != NULL);
	CHECK(strstr(text_string(&planned.warnings), "capabilities/ambient: ") != NULL);
}

TEST(a_sysctl_is_a_path_of_its_namespace)
{
	auto_planned struct planned planned = { 0 };

	plan_with(&planned, "/linux/sysctl",
		  "{\"net.ipv4.ip_forward\": \"1\", \"net/ipv4/conf/eth0.1/forwarding\": \"0\"}");
	CHECK_STRING(planned.said, "ok");
	CHECK_NUMBER(planned.plan.sysctl.count, 2);
	CHECK_STRING(planned.plan.sysctl.items[0].key, "net/ipv4/ip_forward");
	CHECK_STRING(planned.plan.sysctl.items[1].key, "net/ipv4/conf/eth0.1/forwarding");
}

TEST(a_sysctl_of_the_host_is_refused)
{
	auto_planned struct planned planned = { 0 };

	plan_with(&planned, "/linux/sysctl", "{\"vm.swappiness\": \"1\"}");
	CHECK(strstr(planned.said, "/linux/sysctl/vm.swappiness") != NULL);
}

static bool has(char *const *words, const char *wanted)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, wanted) == 0)
			return true;
	return false;
}

#define PRESSURE "MEMORY_PRESSURE_WATCH=/run/weir/pressure"

TEST(only_a_ladder_adds_to_the_environment)
{
	auto_planned struct planned with = { .ladder = "graceful" };
	auto_planned struct planned without = { 0 };
	auto_planned struct planned own = { .ladder = "graceful" };

	plan_with(&with, "/process/cwd", "\"/\"");
	CHECK_STRING(with.said, "ok");
	CHECK(has(with.plan.process.envp, PRESSURE));
	CHECK(with.plan.memory.contract && with.plan.memory.ladder != NULL);
	plan_with(&without, "/process/cwd", "\"/\"");
	CHECK(!has(without.plan.process.envp, PRESSURE));
	CHECK(!without.plan.memory.contract && without.plan.memory.ladder == NULL);
	plan_with(&own, "/process/env", "[\"MEMORY_PRESSURE_WATCH=/dev/null\"]");
	CHECK_STRING(own.said, "ok");
	CHECK(!has(own.plan.process.envp, PRESSURE));
	CHECK(has(own.plan.process.envp, "MEMORY_PRESSURE_WATCH=/dev/null"));
}

TEST(a_ladder_needs_a_cgroup)
{
	auto_planned struct planned planned = { .ladder = "graceful",
						.manager = CGROUP_MANAGER_DISABLED };

	plan_with(&planned, "/linux/resources", "{}");
	CHECK(strstr(planned.said, "a ladder needs a cgroup") != NULL);
}

TEST(a_memory_limit_needs_a_cgroup)
{
	auto_planned struct planned planned = { .manager = CGROUP_MANAGER_DISABLED };
	auto_planned struct planned without = { .manager = CGROUP_MANAGER_DISABLED };

	plan_with(&planned, "/process/cwd", "\"/\"");
	CHECK_STRING(planned.said, "/linux/resources/memory/limit: needs a cgroup, and the cgroup "
				   "manager is disabled");
	plan_with(&without, "/linux/resources/memory", "{}");
	CHECK_STRING(without.said, "ok");
}

TEST(an_unset_umask_is_the_usual_one)
{
	auto_planned struct planned unset = { 0 };
	auto_planned struct planned zero = { 0 };

	plan_with(&unset, "/process/user", "{\"uid\": 0, \"gid\": 0}");
	CHECK_NUMBER(unset.plan.process.umask, 022);
	plan_with(&zero, "/process/user", "{\"uid\": 0, \"gid\": 0, \"umask\": 0}");
	CHECK_NUMBER(zero.plan.process.umask, 0);
}

TEST(namespaces_are_made_or_joined)
{
	auto_planned struct planned planned = { 0 };

	plan_with(&planned, "/process/cwd", "\"/\"");
	CHECK_NUMBER(planned.plan.new_namespaces,
		     CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS);
	CHECK_NUMBER(planned.plan.join_count, 1);
	CHECK_NUMBER(planned.plan.joins[0].type, CLONE_NEWNET);
	CHECK_STRING(planned.plan.joins[0].where, "/linux/namespaces/4/path");
}

UNIT_MAIN(UNIT_TEST(memory_and_swap_become_two_limits), UNIT_TEST(shares_become_a_weight),
	  UNIT_TEST(quota_and_period_keep_their_zeros_to_themselves),
	  UNIT_TEST(no_process_is_a_limit_and_minus_one_is_none),
	  UNIT_TEST(unified_files_and_their_controllers_are_planned),
	  UNIT_TEST(unified_limits_of_memory_override_and_are_known),
	  UNIT_TEST(device_rules_are_the_nodes_then_those_asked_for_then_the_standing_ones),
	  UNIT_TEST(without_rules_only_nodes_and_standing_ones_are_allowed),
	  UNIT_TEST(absent_capabilities_are_none),
	  UNIT_TEST(capabilities_that_cannot_be_are_warned_of_and_left_out),
	  UNIT_TEST(a_sysctl_is_a_path_of_its_namespace),
	  UNIT_TEST(a_sysctl_of_the_host_is_refused),
	  UNIT_TEST(only_a_ladder_adds_to_the_environment), UNIT_TEST(a_ladder_needs_a_cgroup),
	  UNIT_TEST(a_memory_limit_needs_a_cgroup), UNIT_TEST(an_unset_umask_is_the_usual_one),
	  UNIT_TEST(namespaces_are_made_or_joined))
