// SPDX-License-Identifier: Apache-2.0
/*
 * System call filters: compiled in the parent by libseccomp, installed by the child.
 * Should: compile exactly the profile; what libseccomp cannot express is an error.
 * Must not: need libseccomp in the child.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/setup/setup.h"

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

		if (result < 0 && result != -EEXIST)
			return err_set(err, -result, "/linux/seccomp/architectures/%zu", i);
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

static int add_names(scmp_filter_ctx context, uint32_t action, const struct spec_seccomp_rule *rule,
		     struct err *err)
{
	size_t i;

	for (i = 0; i < rule->names.count; i++) {
		int number = seccomp_syscall_resolve_name(rule->names.items[i]);
		int result;

		/* A name this libseccomp does not know: profiles name calls of all kernels and
		 * architectures. What is not named falls to the default action. */
		if (number == __NR_SCMP_ERROR)
			continue;
		result = add_rule(context, action, number, &rule->args);
		/* A call that an architecture of the list does not have, or not by arguments. */
		if (result == -EDOM)
			continue;
		if (result < 0)
			return err_set(err, -result, "names/%zu: '%s'", i, rule->names.items[i]);
	}
	return 0;
}

static int add_rules(scmp_filter_ctx context, const struct spec_seccomp *profile,
		     uint32_t default_action, struct err *err)
{
	size_t i;

	for (i = 0; i < profile->syscalls.count; i++) {
		const struct spec_seccomp_rule *rule = &profile->syscalls.items[i];
		uint32_t action = action_of(rule->action, &rule->errno_ret);

		/* The default says the same; libseccomp refuses to be told twice. */
		if (action == default_action)
			continue;
		if (add_names(context, action, rule, err) < 0)
			return err_context(err, "/linux/seccomp/syscalls/%zu", i);
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

int seccomp_compile(struct arena *arena, const struct spec_seccomp *profile,
		    struct plan_seccomp *out, struct err *err)
{
	uint32_t default_action = action_of(profile->default_action, &profile->default_errno_ret);
	scmp_filter_ctx context = seccomp_init(default_action);
	int result;

	if (context == NULL)
		return err_say(err, EINVAL, "/linux/seccomp/defaultAction: not possible");
	/* A binary tree instead of a chain of 400 comparisons for each call (libseccomp ≥ 2.5);
	 * no_new_privs is the process's own choice. */
	(void) seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	(void) seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0);
	out->flags = flags_of(&profile->flags);
	result = add_architectures(context, &profile->architectures, err);
	if (result == 0)
		result = add_rules(context, profile, default_action, err);
	if (result == 0)
		result = export(context, arena, out, err);
	seccomp_release(context);
	return result;
}

int setup_seccomp(struct setup *setup, struct err *err)
{
	const struct plan_seccomp *filter = &setup->plan->seccomp;
	struct sock_fprog program = { .len = filter->count, .filter = filter->instructions };

	if (filter->count == 0)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program) < 0)
		return err_set(err, errno, "/linux/seccomp: install the filter");
	setup->filtered = true;
	if (!setup->admin_until_filter)
		return 0;
	setup->admin_until_filter = false;
	return setup_capabilities(setup, err);
}
