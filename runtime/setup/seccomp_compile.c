// SPDX-License-Identifier: Apache-2.0
/*
 * System call filters, compiled: in the parent, by libseccomp.
 * Should: compile exactly the profile; what libseccomp cannot express is an error with its JSON path.
 * Must not: install anything.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/setup.h"
#include "spec/names.h"

#define FILTER_MAX 65535 /* struct sock_fprog counts in 16 bits; the kernel takes 4096 of them */

/* SCMP_ACT_ERRNO and SCMP_ACT_TRACE carry a number; EPERM by default (config-linux.md, Seccomp). */
static uint32_t action_of(int64_t action, const struct spec_uint *number)
{
	uint32_t value = number->set ? (uint32_t) number->value : EPERM;

	if ((uint32_t) action == SCMP_ACT_ERRNO(0))
		return SCMP_ACT_ERRNO(value & 0xffff);
	if ((uint32_t) action == SCMP_ACT_TRACE(0))
		return SCMP_ACT_TRACE(value & 0xffff);
	return (uint32_t) action;
}

static int add_architectures(scmp_filter_ctx context, const struct spec_uints *wanted,
			     struct err *err)
{
	size_t i;

	/* The native one is there from the start. */
	for (i = 0; i < wanted->count; i++) {
		int result = seccomp_arch_add(context, (uint32_t) wanted->items[i]);

		/* -EDOM: of the other byte order. This machine cannot run its calls. */
		if (result == 0 || result == -EEXIST || result == -EDOM)
			continue;
		return err_say(err, EINVAL,
			       "/linux/seccomp/architectures/%zu: %s is unknown to this libseccomp",
			       i, names_word(names_seccomp_archs, (int64_t) wanted->items[i]));
	}
	return 0;
}

static struct scmp_arg_cmp compare(const struct spec_seccomp_arg *arg)
{
	struct scmp_arg_cmp comparison = { .arg = (unsigned) arg->index,
					   .op = (enum scmp_compare) arg->op,
					   .datum_a = arg->value,
					   .datum_b = arg->value_two };

	/* OCI has the mask in value and what it must give in valueTwo, as libseccomp does. */
	return comparison;
}

static bool repeats_an_index(const struct spec_seccomp_args *args)
{
	unsigned seen = 0;
	size_t i;

	for (i = 0; i < args->count; i++) {
		unsigned bit = 1U << (args->items[i].index % 32);

		if ((seen & bit) != 0)
			return true;
		seen |= bit;
	}
	return false;
}

/* All arguments in one rule: they are ANDed. libseccomp takes an index only once a rule; profiles
 * that name one twice mean "either", and get a rule for each. */
static int add_rule(scmp_filter_ctx context, uint32_t action, int number,
		    const struct spec_seccomp_args *args)
{
	struct scmp_arg_cmp all[6];
	size_t i;

	if (args->count == 0)
		return seccomp_rule_add_array(context, action, number, 0, NULL);
	if (repeats_an_index(args)) {
		for (i = 0; i < args->count; i++) {
			struct scmp_arg_cmp one = compare(&args->items[i]);
			int result = seccomp_rule_add_array(context, action, number, 1, &one);

			if (result < 0)
				return result;
		}
		return 0;
	}
	for (i = 0; i < args->count && i < 6; i++)
		all[i] = compare(&args->items[i]);
	return seccomp_rule_add_array(context, action, number, (unsigned) i, all);
}

static int add_name(scmp_filter_ctx context, uint32_t action, const struct spec_seccomp_rule *rule,
		    size_t index, struct err *err)
{
	const char *name = rule->names.items[index];
	int result = add_rule(context, action, seccomp_syscall_resolve_name(name), &rule->args);

	/* -EACCES: the default says the same, and libseccomp refuses to be told twice. */
	if (result == -EACCES)
		return 0;
	/* -EDOM: a call that an architecture of the list does not have, or not by arguments. */
	if (result == 0 || result == -EDOM)
		return 0;
	if (result == -EEXIST)
		return err_say(err, EEXIST, "names/%zu: '%s': another rule says otherwise", index,
			       name);
	return err_set(err, -result, "names/%zu: '%s'", index, name);
}

/* A name this libseccomp does not know is passed over: profiles name calls of all kernels and
 * architectures. What is not named falls to the default action. */
static int add_names(scmp_filter_ctx context, const struct seccomp_wish *wish, uint32_t action,
		     const struct spec_seccomp_rule *rule, struct err *err)
{
	size_t i;

	for (i = 0; i < rule->names.count; i++) {
		const char *name = rule->names.items[i];
		bool known = seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;

		if (!known && wish->refuses_unknown_names)
			return err_say(err, EINVAL, "names/%zu: '%s' is unknown to this libseccomp",
				       i, name);
		if (known && add_name(context, action, rule, i, err) < 0)
			return -err->number;
	}
	return 0;
}

static int add_rules(scmp_filter_ctx context, const struct seccomp_wish *wish, struct err *err)
{
	const struct spec_seccomp_rules *rules = &wish->profile->syscalls;
	struct err own = { 0 };
	size_t i;

	for (i = 0; i < rules->count; i++) {
		uint32_t action = action_of(rules->items[i].action, &rules->items[i].errno_ret);

		if (add_names(context, wish, action, &rules->items[i], &own) < 0)
			return err_say(err, own.number, "/linux/seccomp/syscalls/%zu/%s", i,
				       own.text);
	}
	return 0;
}

static int export(scmp_filter_ctx context, struct arena *arena, struct plan_seccomp *out,
		  struct err *err)
{
	auto_fd int file = memfd_create("weir-seccomp", MFD_CLOEXEC);
	struct stat status;
	int result;

	if (file < 0)
		return err_set(err, errno, "/linux/seccomp: memfd_create");
	result = seccomp_export_bpf(context, file);
	if (result < 0)
		return err_set(err, -result, "/linux/seccomp: compile");
	if (fstat(file, &status) < 0)
		return err_set(err, errno, "/linux/seccomp: stat");
	if ((size_t) status.st_size / sizeof(struct sock_filter) > FILTER_MAX)
		return err_say(err, E2BIG, "/linux/seccomp: the compiled filter is too long");
	out->instructions = arena_alloc(arena, (size_t) status.st_size);
	if (out->instructions == NULL)
		return err_set(err, ENOMEM, "/linux/seccomp");
	if (lseek(file, 0, SEEK_SET) < 0 ||
	    fd_read_full(file, out->instructions, (size_t) status.st_size) != status.st_size)
		return err_say(err, EIO, "/linux/seccomp: read the compiled filter");
	out->count = (unsigned short) ((size_t) status.st_size / sizeof(struct sock_filter));
	return 0;
}

static unsigned flags_of(const struct spec_uints *flags)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < flags->count; i++)
		bits |= (unsigned) flags->items[i];
	return bits;
}

bool seccomp_notifies(const struct spec_seccomp *profile)
{
	size_t i;

	for (i = 0; i < profile->syscalls.count; i++)
		if (profile->syscalls.items[i].action == SCMP_ACT_NOTIFY)
			return true;
	return profile->default_action == SCMP_ACT_NOTIFY;
}

int seccomp_compile(struct arena *arena, const struct seccomp_wish *wish, struct plan_seccomp *out,
		    struct err *err)
{
	const struct spec_seccomp *profile = wish->profile;
	uint32_t default_action = action_of(profile->default_action, &profile->default_errno_ret);
	scmp_filter_ctx context = seccomp_init(default_action);
	int result;

	if (context == NULL)
		return err_say(err, EINVAL, "/linux/seccomp/defaultAction: not possible");
	/* A binary tree instead of a chain of 400 comparisons for each call (libseccomp ≥ 2.5);
	 * no_new_privs is the process's own choice. */
	(void) seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	(void) seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0);
	out->notifies = seccomp_notifies(profile);
	out->flags = flags_of(&profile->flags);
	result = add_architectures(context, &profile->architectures, err);
	if (result == 0)
		result = add_rules(context, wish, err);
	if (result == 0)
		result = export(context, arena, out, err);
	seccomp_release(context);
	return result;
}
