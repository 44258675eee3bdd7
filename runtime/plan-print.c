// SPDX-License-Identifier: Apache-2.0
/*
 * The plan as JSON. plan-print-*.c hold the nouns that fill a file.
 * Should: print everything that will be done, and nothing that depends on the host.
 * Must not: decide; a value that has to be computed here is missing in the plan.
 */
#include "runtime/plan-print.h"

#include <seccomp.h>
#include <stdio.h>
#include <sys/mount.h>

#include "runtime/base/emit.h"
#include "runtime/plan.h"
#include "spec/names.h"

void plan_print_bits(struct emit *emit, const char *key, uint64_t bits,
		     const struct plan_bit *names)
{
	char rest[24];

	if (bits == 0)
		return;
	emit_array(emit, key);
	for (; names->name != NULL; names++) {
		if ((bits & names->bit) != names->bit)
			continue;
		emit_string(emit, NULL, names->name);
		bits &= ~names->bit;
	}
	snprintf(rest, sizeof(rest), "0x%llx", (unsigned long long) bits);
	if (bits != 0)
		emit_string(emit, NULL, rest);
	emit_array_end(emit);
}

void plan_print_strings(struct emit *emit, const char *key, const char *const *strings,
			size_t count)
{
	size_t i;

	if (count == 0)
		return;
	emit_array(emit, key);
	for (i = 0; i < count; i++)
		emit_string(emit, NULL, strings[i]);
	emit_array_end(emit);
}

void plan_print_octal(struct emit *emit, const char *key, unsigned mode)
{
	char text[16];

	snprintf(text, sizeof(text), "%04o", mode);
	emit_string(emit, key, text);
}

static void print_net_devices(const struct plan *plan, struct emit *emit)
{
	size_t i;

	if (plan->net_device_count == 0)
		return;
	emit_object(emit, "netDevices");
	for (i = 0; i < plan->net_device_count; i++)
		emit_string(emit, plan->net_devices[i].host_name, plan->net_devices[i].name);
	emit_object_end(emit);
}

static void print_namespaces(const struct plan *plan, struct emit *emit)
{
	const struct word *word;
	size_t i;

	emit_object(emit, "namespaces");
	emit_array(emit, "new");
	for (word = names_namespaces; word->word != NULL; word++)
		if ((plan->new_namespaces & (unsigned) word->value) != 0)
			emit_string(emit, NULL, word->word);
	emit_array_end(emit);
	if (plan->join_count > 0)
		emit_array(emit, "join");
	for (i = 0; i < plan->join_count; i++) {
		emit_object(emit, NULL);
		emit_string(emit, "type", names_word(names_namespaces, plan->joins[i].type));
		emit_string(emit, "path", plan->joins[i].path);
		emit_object_end(emit);
	}
	if (plan->join_count > 0)
		emit_array_end(emit);
	emit_string(emit, "uidMap", plan->uid_map);
	emit_string(emit, "gidMap", plan->gid_map);
	emit_string(emit, "timeOffsets", plan->time_offsets);
	print_net_devices(plan, emit);
	if (plan->joins_first)
		emit_bool(emit, "joinsFirst", true);
	if (plan->becomes_root)
		emit_bool(emit, "becomesRoot", true);
	emit_object_end(emit);
}

static void print_hooks_of(const char *name, const struct spec_hook_list *hooks, struct emit *emit)
{
	size_t i;

	if (hooks->count == 0)
		return;
	emit_array(emit, name);
	for (i = 0; i < hooks->count; i++) {
		const struct spec_hook *hook = &hooks->items[i];

		emit_object(emit, NULL);
		emit_string(emit, "path", hook->path);
		plan_print_strings(emit, "args", hook->args.items, hook->args.count);
		plan_print_strings(emit, "env", hook->env.items, hook->env.count);
		if (hook->timeout.set)
			emit_i64(emit, "timeoutSeconds", hook->timeout.value);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

/* In the order of the lifecycle (runtime.md, Lifecycle). */
static void print_hooks(const struct spec_hooks *hooks, struct emit *emit)
{
	emit_object(emit, "hooks");
	print_hooks_of("prestart", &hooks->prestart, emit);
	print_hooks_of("createRuntime", &hooks->create_runtime, emit);
	print_hooks_of("createContainer", &hooks->create_container, emit);
	print_hooks_of("startContainer", &hooks->start_container, emit);
	print_hooks_of("poststart", &hooks->poststart, emit);
	print_hooks_of("poststop", &hooks->poststop, emit);
	emit_object_end(emit);
}

static void print_rootfs(const struct plan *plan, struct emit *emit)
{
	emit_object(emit, "rootfs");
	emit_string(emit, "path", plan->rootfs);
	emit_bool(emit, "readonly", plan->rootfs_readonly);
	emit_string(emit, "propagation",
		    plan->rootfs_propagation == 0
			    ? "private"
			    : names_word(names_propagations, (int64_t) plan->rootfs_propagation));
	emit_object_end(emit);
}

static void print_sysctl(const struct spec_pairs *sysctl, struct emit *emit)
{
	size_t i;

	if (sysctl->count == 0)
		return;
	emit_object(emit, "sysctl");
	for (i = 0; i < sysctl->count; i++)
		emit_string(emit, sysctl->items[i].key, sysctl->items[i].value);
	emit_object_end(emit);
}

static void print_words(struct emit *emit, const char *key, const struct spec_uints *values,
			const struct word *words)
{
	size_t i;

	if (values->count == 0)
		return;
	emit_array(emit, key);
	for (i = 0; i < values->count; i++)
		emit_string(emit, NULL, names_word(words, (int64_t) values->items[i]));
	emit_array_end(emit);
}

static void print_action(struct emit *emit, const char *key, int64_t action,
			 const struct spec_uint *number)
{
	emit_string(emit, key, names_word(names_seccomp_actions, action));
	if (number->set)
		emit_u64(emit, "errnoRet", number->value);
}

static void print_seccomp_rules(const struct spec_seccomp_rules *rules, struct emit *emit)
{
	size_t i;

	emit_array(emit, "rules");
	for (i = 0; i < rules->count; i++) {
		const struct spec_seccomp_rule *rule = &rules->items[i];

		emit_object(emit, NULL);
		print_action(emit, "action", rule->action, &rule->errno_ret);
		emit_u64(emit, "calls", rule->names.count);
		emit_string(emit, "first", rule->names.items[0]);
		if (rule->args.count > 0)
			emit_u64(emit, "arguments", rule->args.count);
		emit_object_end(emit);
	}
	emit_array_end(emit);
}

/* A summary of the profile. The compiled filter's length is libseccomp's and the machine's. */
static void print_seccomp(const struct plan *plan, struct emit *emit)
{
	const struct spec_seccomp *profile = plan->spec->linux_config.seccomp;

	if (plan->seccomp.count == 0 || profile == NULL)
		return;
	emit_object(emit, "seccomp");
	print_action(emit, "defaultAction", profile->default_action, &profile->default_errno_ret);
	print_words(emit, "architectures", &profile->architectures, names_seccomp_archs);
	print_words(emit, "flags", &profile->flags, names_seccomp_flags);
	print_seccomp_rules(&profile->syscalls, emit);
	if (plan->seccomp.notifies)
		emit_string(emit, "listenerPath", plan_listener_path(plan->spec));
	emit_object_end(emit);
}

static void print_rdt(const struct plan_rdt *rdt, struct emit *emit)
{
	if (rdt->group == NULL)
		return;
	emit_object(emit, "intelRdt");
	emit_string(emit, "group", rdt->group);
	emit_bool(emit, "lasting", rdt->lasting);
	plan_print_strings(emit, "schemata", rdt->lines, rdt->line_count);
	emit_bool(emit, "monitored", rdt->monitored);
	emit_object_end(emit);
}

void plan_print(const struct plan *plan, struct emit *emit)
{
	emit_object(emit, NULL);
	emit_string(emit, "id", plan->id);
	emit_string(emit, "bundle", plan->bundle);
	plan_print_cgroup(plan, emit);
	print_rdt(&plan->rdt, emit);
	plan_print_memory(plan, emit);
	print_namespaces(plan, emit);
	emit_string(emit, "hostname", plan->hostname);
	emit_string(emit, "domainname", plan->domainname);
	print_rootfs(plan, emit);
	plan_print_mounts(plan, emit);
	plan_print_devices(plan, emit);
	plan_print_strings(emit, "maskedPaths", plan->masked_paths.items, plan->masked_paths.count);
	plan_print_strings(emit, "readonlyPaths", plan->readonly_paths.items,
			   plan->readonly_paths.count);
	print_sysctl(&plan->sysctl, emit);
	plan_print_process(plan, emit);
	print_seccomp(plan, emit);
	print_hooks(&plan->spec->hooks, emit);
	emit_object_end(emit);
}
