// SPDX-License-Identifier: Apache-2.0
/*
 * config-linux.md, Seccomp.
 * Should: keep the rules as written; names of system calls are libseccomp's to know.
 * Must not: build a filter.
 */
#include <seccomp.h>

#include "runtime/base/json.h"
#include "spec/field.h"
#include "spec/names.h"
#include "spec/shapes.h"
#include "spec/spec.h"

#define ARG_INDEX_MAX 5	    /* a system call has six arguments */
#define ERRNO_MAX     4095  /* MAX_ERRNO of <linux/err.h>: the kernel cuts what is above */
#define TRACE_MAX     65535 /* SECCOMP_RET_DATA has 16 bits */

static const struct field arg_rows[] = {
	ROW_UINT(spec_seccomp_arg, index, "index", ARG_INDEX_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT(spec_seccomp_arg, value, "value", UINT64_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT(spec_seccomp_arg, value_two, "valueTwo", UINT64_MAX, ),
	ROW_WORD(spec_seccomp_arg, op, "op", names_seccomp_operators, .flags = FIELD_REQUIRED),
};
static const struct shape arg_shape = SHAPE(spec_seccomp_arg, arg_rows, NULL);

static const struct field rule_rows[] = {
	ROW_STRINGS(spec_seccomp_rule, names, "names", .flags = FIELD_REQUIRED | FIELD_FILLED),
	ROW_WORD(spec_seccomp_rule, action, "action", names_seccomp_actions,
		 .flags = FIELD_REQUIRED),
	ROW_UINT_IF_SET(spec_seccomp_rule, errno_ret, "errnoRet", TRACE_MAX, ),
	ROW_LIST(spec_seccomp_rule, args, "args", &arg_shape, ),
};

static int check_errno(struct loading *loading, const struct json *json, const char *name,
		       int64_t action, const struct spec_uint *errno_ret)
{
	if (!errno_ret->set)
		return 0;
	if (action == SCMP_ACT_ERRNO(0) && errno_ret->value > ERRNO_MAX)
		return field_refuse_member(loading, json, name, "no errno is above %d", ERRNO_MAX);
	if (action == SCMP_ACT_ERRNO(0) || action == SCMP_ACT_TRACE(0))
		return 0;
	return field_refuse_member(loading, json, name, "%s takes no errno",
				   names_word(names_seccomp_actions, action));
}

static int check_rule(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_seccomp_rule *rule = object;
	size_t i;

	for (i = 0; i < rule->names.count; i++)
		if (rule->names.items[i][0] == '\0')
			return field_refuse(loading, field_item(json, "names", i), "empty");
	return check_errno(loading, json, "errnoRet", rule->action, &rule->errno_ret);
}

static const struct shape rule_shape = SHAPE(spec_seccomp_rule, rule_rows, check_rule);

static const struct field seccomp_rows[] = {
	ROW_WORD(spec_seccomp, default_action, "defaultAction", names_seccomp_actions,
		 .flags = FIELD_REQUIRED),
	ROW_UINT_IF_SET(spec_seccomp, default_errno_ret, "defaultErrnoRet", TRACE_MAX, ),
	ROW_WORDS(spec_seccomp, architectures, "architectures", names_seccomp_archs, ),
	ROW_WORDS(spec_seccomp, flags, "flags", names_seccomp_flags, ),
	ROW_STRING(spec_seccomp, listener_path, "listenerPath", ),
	ROW_STRING(spec_seccomp, listener_metadata, "listenerMetadata", ),
	ROW_LIST(spec_seccomp, syscalls, "syscalls", &rule_shape, ),
};

static int check_seccomp(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_seccomp *seccomp = object;

	if (seccomp->listener_metadata != NULL && seccomp->listener_path == NULL)
		return field_refuse_member(loading, json, "listenerMetadata",
					   "given without listenerPath");
	return check_errno(loading, json, "defaultErrnoRet", seccomp->default_action,
			   &seccomp->default_errno_ret);
}

const struct shape shape_seccomp = SHAPE(spec_seccomp, seccomp_rows, check_seccomp);
