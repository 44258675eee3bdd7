// SPDX-License-Identifier: Apache-2.0
/* Profiles, compiled and then run: by an interpreter of classic BPF, call by call. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/plan.h"
#include "runtime/setup/setup.h"
#include "spec/load.h"
#include "tests/unit/configs.h"
#include "tests/unit/unit.h"

/* What the kernel's own checker allows of BPF_LD for seccomp (seccomp_check_filter). */
static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	CHECK(offset % 4 == 0 && offset + 4 <= sizeof(*data));
	memcpy(&word, (const char *) data + offset, sizeof(word));
	return word;
}

static bool jumps(const struct sock_filter *instruction, uint32_t a)
{
	switch (BPF_OP(instruction->code)) {
	case BPF_JEQ:
		return a == instruction->k;
	case BPF_JGT:
		return a > instruction->k;
	case BPF_JGE:
		return a >= instruction->k;
	default:
		CHECK(BPF_OP(instruction->code) == BPF_JSET);
		return (a & instruction->k) != 0;
	}
}

static uint32_t interpret(const struct plan_seccomp *filter, const struct seccomp_data *data)
{
	uint32_t a = 0;
	size_t at = 0;

	for (;;) {
		const struct sock_filter *instruction = &filter->instructions[at++];

		CHECK(at <= filter->count);
		switch (instruction->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = load(data, instruction->k);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= instruction->k;
			break;
		case BPF_JMP | BPF_JA:
			at += instruction->k;
			break;
		case BPF_RET | BPF_K:
			return instruction->k;
		default:
			CHECK(BPF_CLASS(instruction->code) == BPF_JMP);
			at += jumps(instruction, a) ? instruction->jt : instruction->jf;
		}
	}
}

static struct spec profile(struct arena *arena, const char *json)
{
	auto_text struct text text = { 0 };
	struct spec spec = { 0 };

	config_write(&text, config_tree(arena, "base.json"), "/linux/seccomp", json);
	CHECK_STRING(config_says(arena, text_string(&text), &spec), "ok");
	return spec;
}

static const char *compile(struct arena *arena, const char *json, bool strict,
			   struct plan_seccomp *filter)
{
	struct spec spec = profile(arena, json);
	const struct seccomp_wish wish = { .profile = spec.linux_config.seccomp,
					   .refuses_unknown_names = strict };
	struct err err = { 0 };

	*filter = (struct plan_seccomp){ 0 };
	return seccomp_compile(arena, &wish, filter, &err) == 0 ? "ok"
								: arena_string(arena, err.text);
}

/* What the filter says of a call of the native architecture. */
static uint32_t says(const struct plan_seccomp *filter, const char *name, uint64_t first,
		     uint64_t second)
{
	struct seccomp_data data = { .nr = seccomp_syscall_resolve_name(name),
				     .arch = seccomp_arch_native(),
				     .args = { first, second } };

	return interpret(filter, &data);
}

TEST(each_action_is_what_it_says)
{
	static const struct {
		const char *action; /* with its errno, if any */
		uint32_t result;
	} cases[] = {
		{ "\"SCMP_ACT_KILL\"", SECCOMP_RET_KILL_THREAD },
		{ "\"SCMP_ACT_KILL_THREAD\"", SECCOMP_RET_KILL_THREAD },
		{ "\"SCMP_ACT_KILL_PROCESS\"", SECCOMP_RET_KILL_PROCESS },
		{ "\"SCMP_ACT_TRAP\"", SECCOMP_RET_TRAP },
		{ "\"SCMP_ACT_ERRNO\"", SECCOMP_RET_ERRNO | EPERM },
		{ "\"SCMP_ACT_ERRNO\", \"errnoRet\": 0", SECCOMP_RET_ERRNO },
		{ "\"SCMP_ACT_ERRNO\", \"errnoRet\": 38", SECCOMP_RET_ERRNO | ENOSYS },
		{ "\"SCMP_ACT_ERRNO\", \"errnoRet\": 4094", SECCOMP_RET_ERRNO | 4094 },
		{ "\"SCMP_ACT_TRACE\"", SECCOMP_RET_TRACE | EPERM },
		{ "\"SCMP_ACT_TRACE\", \"errnoRet\": 65535", SECCOMP_RET_TRACE | 65535 },
		{ "\"SCMP_ACT_LOG\"", SECCOMP_RET_LOG },
		{ "\"SCMP_ACT_NOTIFY\"", SECCOMP_RET_USER_NOTIF },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_arena struct arena arena = { 0 };
		struct plan_seccomp filter;
		const char *json = arena_printf(
			&arena,
			"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/x\", "
			"\"syscalls\": [{\"names\": [\"getppid\"], \"action\": %s}]}",
			cases[i].action);

		CHECK_STRING(compile(&arena, json, false, &filter), "ok");
		CHECK_NUMBER(says(&filter, "getppid", 0, 0), cases[i].result);
		CHECK_NUMBER(says(&filter, "getpid", 0, 0), SECCOMP_RET_ALLOW);
		CHECK_NUMBER(filter.notifies, cases[i].result == SECCOMP_RET_USER_NOTIF);
	}
}

TEST(the_default_has_its_own_errno)
{
	auto_arena struct arena arena = { 0 };
	struct plan_seccomp filter;

	CHECK_STRING(
		compile(&arena,
			"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, \"syscalls\": "
			"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}, "
			"{\"names\": [\"write\"], \"action\": \"SCMP_ACT_ERRNO\"}, "
			"{\"names\": [\"close\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38}]}",
			false, &filter),
		"ok");
	CHECK_NUMBER(says(&filter, "getppid", 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	CHECK_NUMBER(says(&filter, "read", 0, 0), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(says(&filter, "write", 0, 0), SECCOMP_RET_ERRNO | EPERM);
	CHECK_NUMBER(says(&filter, "close", 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
}

TEST(each_operator_compares_64_bits)
{
	const uint64_t big = 1ULL << 40;
	const struct {
		const char *op;
		uint64_t value, value_two;
		uint64_t yes, no;
	} cases[] = {
		{ "SCMP_CMP_NE", big, 0, 0, big },
		{ "SCMP_CMP_LT", big, 0, big - 1, big },
		{ "SCMP_CMP_LE", big, 0, big, big + 1 },
		{ "SCMP_CMP_EQ", big, 0, big, 0 },
		{ "SCMP_CMP_EQ", 5, 0, 5, big + 5 },
		{ "SCMP_CMP_GE", big, 0, big, big - 1 },
		{ "SCMP_CMP_GT", big, 0, big + 1, big },
		{ "SCMP_CMP_EQ", UINT64_MAX, 0, UINT64_MAX, UINT32_MAX },
		/* The mask in value, what it must leave in valueTwo. */
		{ "SCMP_CMP_MASKED_EQ", big | 0xf0, 0x10, 0x1f, big | 0x1f },
		{ "SCMP_CMP_MASKED_EQ", 0x10000000, 0, 0xefffffff, 0x10000000 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_arena struct arena arena = { 0 };
		struct plan_seccomp filter;
		const char *json = arena_printf(
			&arena,
			"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"dup2\"], "
			"\"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 1, \"value\": %llu, "
			"\"valueTwo\": %llu, \"op\": \"%s\"}]}]}",
			(unsigned long long) cases[i].value,
			(unsigned long long) cases[i].value_two, cases[i].op);

		CHECK_STRING(compile(&arena, json, false, &filter), "ok");
		CHECK_NUMBER(says(&filter, "dup2", 99, cases[i].yes), SECCOMP_RET_ERRNO | EPERM);
		CHECK_NUMBER(says(&filter, "dup2", 99, cases[i].no), SECCOMP_RET_ALLOW);
	}
}

TEST(arguments_of_one_rule_hold_together_and_of_one_index_apart)
{
	auto_arena struct arena arena = { 0 };
	struct plan_seccomp filter;

	CHECK_STRING(
		compile(&arena,
			"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"dup2\"], "
			"\"action\": \"SCMP_ACT_ERRNO\", \"args\": ["
			"{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}, "
			"{\"index\": 1, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"}]}, "
			"{\"names\": [\"dup3\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": ["
			"{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}, "
			"{\"index\": 0, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"}]}]}",
			false, &filter),
		"ok");
	CHECK_NUMBER(says(&filter, "dup2", 1, 2), SECCOMP_RET_ERRNO | EPERM);
	CHECK_NUMBER(says(&filter, "dup2", 1, 3), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(says(&filter, "dup2", 2, 2), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(says(&filter, "dup3", 1, 0), SECCOMP_RET_ERRNO | EPERM);
	CHECK_NUMBER(says(&filter, "dup3", 2, 0), SECCOMP_RET_ERRNO | EPERM);
	CHECK_NUMBER(says(&filter, "dup3", 3, 0), SECCOMP_RET_ALLOW);
}

/* The same name has another number there, and an architecture that is not listed is not let through. */
TEST(each_architecture_has_its_own_numbers)
{
	static const struct {
		const char *word;
		uint32_t token;
		uint32_t audit;
	} cases[] = {
		{ "SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386 },
		{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64 },
		{ "SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM },
		{ "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64 },
		{ "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL, AUDIT_ARCH_MIPSEL },
		{ "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64, AUDIT_ARCH_MIPSEL64 },
		{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, AUDIT_ARCH_MIPSEL64N32 },
		{ "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE },
		{ "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_arena struct arena arena = { 0 };
		struct plan_seccomp with, without;
		struct seccomp_data data = { .arch = cases[i].audit };

		data.nr = seccomp_syscall_resolve_name_arch(cases[i].token, "getppid");
		CHECK_STRING(
			compile(&arena,
				arena_printf(
					&arena,
					"{\"defaultAction\": \"SCMP_ACT_ALLOW\", "
					"\"architectures\": [\"%s\"], \"syscalls\": [{\"names\": "
					"[\"getppid\"], \"action\": \"SCMP_ACT_ERRNO\"}]}",
					cases[i].word),
				false, &with),
			"ok");
		CHECK_STRING(
			compile(&arena, "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}", false, &without),
			"ok");
		CHECK_NUMBER(interpret(&with, &data), SECCOMP_RET_ERRNO | EPERM);
		CHECK_NUMBER(interpret(&without, &data), cases[i].token == seccomp_arch_native()
								 ? SECCOMP_RET_ALLOW
								 : SECCOMP_RET_KILL_THREAD);
	}
}

TEST(an_architecture_of_the_other_byte_order_is_passed_over)
{
	auto_arena struct arena arena = { 0 };
	struct plan_seccomp filter;

	CHECK_STRING(compile(&arena,
			     "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": "
			     "[\"SCMP_ARCH_S390X\", \"SCMP_ARCH_X86_64\", \"SCMP_ARCH_AARCH64\"]}",
			     false, &filter),
		     "ok");
}

TEST(flags_become_the_kernels)
{
	auto_arena struct arena arena = { 0 };
	struct plan_seccomp filter;

	CHECK_STRING(
		compile(&arena,
			"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", "
			"\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\", \"SECCOMP_FILTER_FLAG_TSYNC\", "
			"\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]}",
			false, &filter),
		"ok");
	CHECK_NUMBER(filter.flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
					   SECCOMP_FILTER_FLAG_TSYNC | (1U << 5));
}

#define UNKNOWN                                                                                       \
	"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": " \
	"\"SCMP_ACT_LOG\"}, {\"names\": [\"write\", \"of_tomorrow\"], \"action\": \"SCMP_ACT_ERRNO\"}]}"

TEST(an_unknown_call_is_passed_over_unless_that_is_forbidden)
{
	auto_arena struct arena arena = { 0 };
	struct plan_seccomp filter;

	CHECK_STRING(compile(&arena, UNKNOWN, false, &filter), "ok");
	CHECK_NUMBER(says(&filter, "write", 0, 0), SECCOMP_RET_ERRNO | EPERM);
	CHECK_STRING(
		compile(&arena, UNKNOWN, true, &filter),
		"/linux/seccomp/syscalls/1/names/1: 'of_tomorrow' is unknown to this libseccomp");
}

TEST(a_contradiction_is_named)
{
	auto_arena struct arena arena = { 0 };
	struct plan_seccomp filter;

	CHECK_STRING(
		compile(&arena,
			"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"dup2\"], "
			"\"action\": \"SCMP_ACT_LOG\", \"args\": [{\"index\": 0, \"value\": 1, \"op\": "
			"\"SCMP_CMP_EQ\"}]}, {\"names\": [\"read\", \"dup2\"], \"action\": "
			"\"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 0, \"value\": 1, \"op\": "
			"\"SCMP_CMP_EQ\"}]}]}",
			false, &filter),
		"/linux/seccomp/syscalls/1/names/1: 'dup2': another rule says otherwise");
}

/* What planning says: ok, or the error. */
static const char *planned(struct arena *arena, const char *seccomp, const char *annotations)
{
	auto_text struct text warnings = { 0 };
	struct spec spec = profile(arena, seccomp);
	const struct plan_request request = { .arena = arena,
					      .spec = &spec,
					      .warnings = &warnings,
					      .id = "c1",
					      .bundle = "/bundle" };
	struct plan plan = { 0 };
	struct err err = { 0 };

	if (annotations != NULL) {
		struct spec_pair *pair = arena_array(arena, 1, sizeof(*pair));
		char *word = arena_string(arena, annotations);

		pair->key = text_next(&word, '=');
		pair->value = word;
		spec.annotations = (struct spec_pairs){ pair, 1 };
	}
	if (plan_make(&request, &plan, &err) < 0)
		return arena_string(arena, err.text);
	plan_release(&plan);
	return "ok";
}

#define NOTIFY(more)                                                                                     \
	"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"getppid\"], \"action\": " \
	"\"SCMP_ACT_NOTIFY\"}]" more "}"

TEST(who_is_to_be_notified_must_be_said)
{
	auto_arena struct arena arena = { 0 };

	CHECK_STRING(planned(&arena, NOTIFY(""), NULL),
		     "/linux/seccomp/listenerPath: required, since SCMP_ACT_NOTIFY is used");
	CHECK_STRING(planned(&arena, NOTIFY(", \"listenerPath\": \"agent\""), NULL),
		     "/linux/seccomp/listenerPath: 'agent' is not absolute");
	CHECK_STRING(planned(&arena, NOTIFY(", \"listenerPath\": \"/agent\""), NULL), "ok");
	CHECK_STRING(planned(&arena, NOTIFY(""), "run.oci.seccomp.receiver=/agent"), "ok");
	/* Without the action the value is ignored (config-linux.md). */
	CHECK_STRING(planned(&arena,
			     "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"x\"}",
			     NULL),
		     "ok");
}

TEST(the_annotation_forbids_unknown_calls)
{
	auto_arena struct arena arena = { 0 };

	CHECK_STRING(planned(&arena, UNKNOWN, NULL), "ok");
	CHECK_STRING(planned(&arena, UNKNOWN, "run.oci.seccomp_fail_unknown_syscall=0"), "ok");
	CHECK(strstr(planned(&arena, UNKNOWN, "run.oci.seccomp_fail_unknown_syscall=1"),
		     "'of_tomorrow'") != NULL);
}

UNIT_MAIN(UNIT_TEST(each_action_is_what_it_says), UNIT_TEST(the_default_has_its_own_errno),
	  UNIT_TEST(each_operator_compares_64_bits),
	  UNIT_TEST(arguments_of_one_rule_hold_together_and_of_one_index_apart),
	  UNIT_TEST(each_architecture_has_its_own_numbers),
	  UNIT_TEST(an_architecture_of_the_other_byte_order_is_passed_over),
	  UNIT_TEST(flags_become_the_kernels),
	  UNIT_TEST(an_unknown_call_is_passed_over_unless_that_is_forbidden),
	  UNIT_TEST(a_contradiction_is_named), UNIT_TEST(who_is_to_be_notified_must_be_said),
	  UNIT_TEST(the_annotation_forbids_unknown_calls))
