// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>

#include "cgroupfs/device-program.h"
#include "cgroupfs/devices.h"
#include "runtime/base/err.h"
#include "tests/unit/unit.h"

#define ANY DEVICE_ANY
#define R   DEVICE_READ
#define W   DEVICE_WRITE
#define M   DEVICE_MKNOD
#define RWM DEVICE_ALL

#define COUNT(rules) (sizeof(rules) / sizeof((rules)[0]))

/* ---- a machine that knows the few instructions a device program is made of ---- */

static uint32_t field(const struct bpf_cgroup_dev_ctx *context, int offset)
{
	uint32_t value;

	CHECK(offset >= 0 && (size_t) offset + sizeof(value) <= sizeof(*context));
	memcpy(&value, (const char *) context + offset, sizeof(value));
	return value;
}

/* One instruction that is neither a jump nor the exit. */
static uint32_t computed(const struct bpf_insn *insn, const uint32_t *regs,
			 const struct bpf_cgroup_dev_ctx *context)
{
	switch (insn->code) {
	case BPF_LDX | BPF_MEM | BPF_W:
		CHECK_NUMBER(insn->src_reg, BPF_REG_1);
		return field(context, insn->off);
	case BPF_ALU | BPF_MOV | BPF_X:
		return regs[insn->src_reg];
	case BPF_ALU | BPF_MOV | BPF_K:
		return (uint32_t) insn->imm;
	case BPF_ALU | BPF_AND | BPF_K:
		return regs[insn->dst_reg] & (uint32_t) insn->imm;
	case BPF_ALU | BPF_RSH | BPF_K:
		return regs[insn->dst_reg] >> insn->imm;
	default:
		fprintf(stderr, "instruction 0x%02x is not one of ours\n", insn->code);
		exit(1);
	}
}

static bool jumps(const struct bpf_insn *insn, const uint32_t *regs)
{
	bool equal = regs[insn->dst_reg] == (uint32_t) insn->imm;

	return insn->code == (BPF_JMP32 | BPF_JEQ | BPF_K) ? equal : !equal;
}

static int execute(const struct bpf_insn *program, size_t length,
		   const struct device_request *request)
{
	const struct bpf_cgroup_dev_ctx context = {
		.access_type = request->access << 16 |
			       (unsigned) (request->type == 'b' ? BPF_DEVCG_DEV_BLOCK
								: BPF_DEVCG_DEV_CHAR),
		.major = request->major,
		.minor = request->minor,
	};
	uint32_t regs[11] = { 0 };
	size_t at = 0;

	for (;;) {
		const struct bpf_insn *insn = &program[at];

		CHECK(at < length);
		if (insn->code == (BPF_JMP | BPF_EXIT))
			return (int) regs[BPF_REG_0];
		if (BPF_CLASS(insn->code) == BPF_JMP32)
			at += jumps(insn, regs) ? (size_t) insn->off : 0;
		else
			regs[insn->dst_reg] = computed(insn, regs, &context);
		at++;
	}
}

/* The program's answer, which must be the C decision's. */
static int ask(const struct device_rule *rules, size_t count, const struct device_request *request)
{
	struct bpf_insn *program = NULL;
	size_t length = 0;
	int answer;

	CHECK_NUMBER(device_program_build(rules, count, &program, &length, NULL), 0);
	answer = execute(program, length, request);
	free(program);
	CHECK_NUMBER(devices_decide(rules, count, request), answer);
	return answer;
}

#define ASK(rules, ...) ask(rules, COUNT(rules), &(struct device_request){ __VA_ARGS__ })

/* ---- what rules mean ---- */

TEST(without_a_rule_everything_is_denied)
{
	CHECK(!ask(NULL, 0, &(struct device_request){ 'c', 1, 3, R }));
	CHECK(!ask(NULL, 0, &(struct device_request){ 'b', 8, 0, M }));
}

TEST(the_usual_rules_of_a_container)
{
	static const struct device_rule rules[] = {
		{ 0, 'a', ANY, ANY, RWM }, { 1, 'c', ANY, ANY, M },   { 1, 'b', ANY, ANY, M },
		{ 1, 'c', 1, 3, RWM },	   { 1, 'c', 136, ANY, RWM },
	};

	CHECK(ASK(rules, 'c', 1, 3, R | W) && ASK(rules, 'c', 1, 3, M));
	CHECK(ASK(rules, 'c', 136, 77, R | W));
	CHECK(ASK(rules, 'b', 8, 0, M) && ASK(rules, 'c', 10, 200, M));
	CHECK(!ASK(rules, 'b', 8, 0, R) && !ASK(rules, 'c', 10, 200, R | W));
	CHECK(!ASK(rules, 'b', 1, 3, R)); /* same numbers, other kind */
}

TEST(a_later_rule_overrides_an_earlier_one)
{
	static const struct device_rule narrowed[] = { { 1, 'a', ANY, ANY, RWM },
						       { 0, 'b', ANY, ANY, RWM },
						       { 1, 'b', 7, ANY, R } };
	static const struct device_rule closed[] = { { 1, 'c', 1, 3, RWM },
						     { 0, 'a', ANY, ANY, RWM } };

	CHECK(ASK(narrowed, 'c', 9, 9, RWM) && ASK(narrowed, 'b', 7, 1, R));
	CHECK(!ASK(narrowed, 'b', 7, 1, W) && !ASK(narrowed, 'b', 7, 1, R | W));
	CHECK(!ASK(narrowed, 'b', 8, 1, R));
	CHECK(!ASK(closed, 'c', 1, 3, R));
}

TEST(each_access_bit_is_decided_on_its_own)
{
	static const struct device_rule parts[] = { { 1, 'c', 1, 3, R }, { 1, 'c', 1, 3, W } };
	static const struct device_rule taken[] = { { 1, 'c', 1, 3, RWM }, { 0, 'c', 1, 3, W } };
	static const struct device_rule given[] = { { 1, 'c', 1, 3, RWM },
						    { 0, 'c', 1, 3, R },
						    { 1, 'c', 1, 3, R } };

	CHECK(ASK(parts, 'c', 1, 3, R | W) && !ASK(parts, 'c', 1, 3, R | M));
	CHECK(ASK(taken, 'c', 1, 3, R | M));
	CHECK(!ASK(taken, 'c', 1, 3, R | W) && !ASK(taken, 'c', 1, 3, W));
	CHECK(ASK(given, 'c', 1, 3, R | W));
}

TEST(a_rule_for_everything_hides_those_before_it)
{
	static const struct device_rule rules[] = { { 0, 'c', 1, 3, RWM },
						    { 1, 'a', ANY, ANY, RWM },
						    { 0, 'c', 5, 1, R } };
	struct bpf_insn *program = NULL;
	size_t shorter = 0;
	size_t length = 0;

	CHECK(ASK(rules, 'c', 1, 3, RWM) && !ASK(rules, 'c', 5, 1, R) && ASK(rules, 'c', 5, 1, W));
	/* An instruction that nothing reaches would be refused by the verifier. */
	CHECK_NUMBER(device_program_build(rules, 3, &program, &length, NULL), 0);
	free(program);
	CHECK_NUMBER(device_program_build(rules + 1, 2, &program, &shorter, NULL), 0);
	free(program);
	CHECK_NUMBER(length, shorter);
}

TEST(the_kind_that_is_both_still_has_numbers)
{
	static const struct device_rule rules[] = { { 1, 'a', 7, 1, R } };

	CHECK(ASK(rules, 'b', 7, 1, R) && ASK(rules, 'c', 7, 1, R));
	CHECK(!ASK(rules, 'b', 7, 2, R) && !ASK(rules, 'b', 8, 1, R));
}

TEST(a_rule_without_a_bit_is_no_rule)
{
	static const struct device_rule rules[] = { { 1, 'c', 1, 3, 0 }, { 0, 'c', 1, 3, 0 } };
	static const struct device_rule some[] = { { 1, 'c', 1, 3, R } };

	CHECK(!ASK(rules, 'c', 1, 3, R) && !ASK(rules, 'c', 1, 3, 0));
	CHECK(ASK(some, 'c', 1, 3, 0) && !ASK(some, 'c', 1, 5, 0));
}

TEST(the_largest_numbers_are_numbers)
{
	static const struct device_rule rules[] = { { 1, 'c', UINT32_MAX, 0x80000000, R } };

	CHECK(ASK(rules, 'c', UINT32_MAX, 0x80000000, R));
	CHECK(!ASK(rules, 'c', UINT32_MAX, 0, R) && !ASK(rules, 'c', 0, 0x80000000, R));
}

TEST(what_is_no_rule_is_refused)
{
	static const struct device_rule bad[] = {
		{ 1, 'u', 1, 3, R },  { 1, 0, 1, 3, R },	   { 1, 'c', -2, 3, R },
		{ 1, 'c', 1, -2, R }, { 1, 'c', 1LL << 32, 3, R }, { 1, 'c', 1, 1LL << 32, R },
		{ 1, 'c', 1, 3, 8 },  { 1, 'c', INT64_MIN, 3, R }, { 2, 'c', 1, 3, R },
	};
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		const struct device_rule rules[] = { { 1, 'a', ANY, ANY, RWM }, bad[i] };
		struct bpf_insn *program = NULL;
		struct err err = { 0 };
		size_t length = 7;

		CHECK_NUMBER(device_program_build(rules, 2, &program, &length, &err), -EINVAL);
		CHECK_STRING(err.text, "device rule 1: not a rule");
		CHECK(program == NULL && length == 7);
	}
}

/* ---- program and decision agree: every request, against many lists of rules ---- */

static unsigned next_random(unsigned *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static struct device_rule random_rule(unsigned *state)
{
	return (struct device_rule){
		.allow = (int) (next_random(state) % 2),
		.type = "abc"[next_random(state) % 3],
		.major = (int64_t) (next_random(state) % 3) - 1,
		.minor = (int64_t) (next_random(state) % 3) - 1,
		.access = next_random(state) % 8,
	};
}

TEST(program_and_decision_agree_everywhere)
{
	unsigned state = 1;
	unsigned allowed = 0;
	int round;

	for (round = 0; round < 3000; round++) {
		struct device_rule rules[8];
		size_t count = next_random(&state) % (COUNT(rules) + 1);
		unsigned request;
		size_t i;

		for (i = 0; i < count; i++)
			rules[i] = random_rule(&state);
		for (request = 0; request < 64; request++)
			allowed +=
				(unsigned) ask(rules, count,
					       &(struct device_request){
						       (request & 1) ? 'b' : 'c', request >> 1 & 1,
						       request >> 2 & 1, request >> 3 });
	}
	/* Neither answer is so rare that agreeing would mean little. */
	CHECK(allowed > 3000 * 64 / 10 && allowed < 3000 * 64 * 9 / 10);
}

UNIT_MAIN(UNIT_TEST(without_a_rule_everything_is_denied), UNIT_TEST(the_usual_rules_of_a_container),
	  UNIT_TEST(a_later_rule_overrides_an_earlier_one),
	  UNIT_TEST(each_access_bit_is_decided_on_its_own),
	  UNIT_TEST(a_rule_for_everything_hides_those_before_it),
	  UNIT_TEST(the_kind_that_is_both_still_has_numbers),
	  UNIT_TEST(a_rule_without_a_bit_is_no_rule), UNIT_TEST(the_largest_numbers_are_numbers),
	  UNIT_TEST(what_is_no_rule_is_refused), UNIT_TEST(program_and_decision_agree_everywhere))
