// SPDX-License-Identifier: Apache-2.0
/*
 * Device rules as an eBPF program.
 * Should: be readable beside devices_decide(): the same steps in the same order.
 * Must not: load anything, or emit an instruction that cannot be reached (the verifier refuses it).
 */
#include "cgroupfs/device-program.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "cgroupfs/devices.h"
#include "runtime/base/err.h"

/* The longest piece for one rule is a deny rule's: seven instructions to compare type, major and
 * minor, three to see whether it shares a bit, two to answer. Prologue and epilogue are shorter. */
#define RULE_LENGTH 12

enum {
	/* R0 is the answer and R1 the context (struct bpf_cgroup_dev_ctx), by the kernel's rules. */
	CONTEXT = BPF_REG_1,
	SCRATCH = BPF_REG_2,
	ACCESS = BPF_REG_3, /* the bits of the request that no rule has decided yet */
};

struct program {
	struct bpf_insn *insns;
	size_t length;
};

static void emit(struct program *program, struct bpf_insn insn)
{
	program->insns[program->length++] = insn;
}

static void load_field(struct program *program, unsigned to, size_t offset)
{
	emit(program, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
					 .dst_reg = to & 0xf,
					 .src_reg = CONTEXT,
					 .off = (int16_t) offset });
}

/* 32-bit arithmetic with a constant; clears the upper half of the register. */
static void compute(struct program *program, unsigned operation, unsigned reg, int32_t value)
{
	emit(program, (struct bpf_insn){ .code = (uint8_t) (BPF_ALU | operation | BPF_K),
					 .dst_reg = reg & 0xf,
					 .imm = value });
}

static void copy(struct program *program, unsigned to, unsigned from)
{
	emit(program, (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X,
					 .dst_reg = to & 0xf,
					 .src_reg = from & 0xf });
}

/* A 32-bit comparison (5.1); where it jumps to is filled in by end_rule(). */
static void skip_rule_if(struct program *program, unsigned comparison, unsigned reg, int32_t value)
{
	emit(program, (struct bpf_insn){ .code = (uint8_t) (BPF_JMP32 | comparison | BPF_K),
					 .dst_reg = reg & 0xf,
					 .imm = value });
}

static void answer(struct program *program, int allowed)
{
	compute(program, BPF_MOV, BPF_REG_0, allowed);
	emit(program, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

static void end_rule(struct program *program, size_t start)
{
	size_t i;

	for (i = start; i < program->length; i++) {
		if (BPF_CLASS(program->insns[i].code) == BPF_JMP32)
			program->insns[i].off = (int16_t) (program->length - i - 1);
	}
}

/* access_type is (access << 16) | type. */
static void emit_prologue(struct program *program)
{
	load_field(program, ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	compute(program, BPF_RSH, ACCESS, 16);
}

/* Every comparison loads its field anew: a register compared once would be a constant to the
 * verifier from then on, and it would follow the rest of the program once for each rule. */
static void emit_match(struct program *program, const struct device_rule *rule)
{
	if (rule->type != 'a') {
		load_field(program, SCRATCH, offsetof(struct bpf_cgroup_dev_ctx, access_type));
		compute(program, BPF_AND, SCRATCH, 0xffff);
		skip_rule_if(program, BPF_JNE, SCRATCH,
			     rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	}
	if (rule->major != DEVICE_ANY) {
		load_field(program, SCRATCH, offsetof(struct bpf_cgroup_dev_ctx, major));
		skip_rule_if(program, BPF_JNE, SCRATCH, (int32_t) rule->major);
	}
	if (rule->minor != DEVICE_ANY) {
		load_field(program, SCRATCH, offsetof(struct bpf_cgroup_dev_ctx, minor));
		skip_rule_if(program, BPF_JNE, SCRATCH, (int32_t) rule->minor);
	}
}

/* Returns whether anything can come after: a request may still pass this rule by undecided. */
static bool emit_rule(struct program *program, const struct device_rule *rule)
{
	size_t start = program->length;
	bool decides_all = rule->access == DEVICE_ALL;

	if (rule->access == 0)
		return true;
	emit_match(program, rule);
	if (rule->allow && !decides_all) {
		compute(program, BPF_AND, ACCESS, (int32_t) ~rule->access);
		skip_rule_if(program, BPF_JNE, ACCESS, 0);
	} else if (!rule->allow) {
		copy(program, SCRATCH, ACCESS);
		compute(program, BPF_AND, SCRATCH, (int32_t) rule->access);
		skip_rule_if(program, BPF_JEQ, SCRATCH, 0);
	}
	answer(program, rule->allow);
	end_rule(program, start);
	return !(rule->allow && decides_all && rule->type == 'a' && rule->major == DEVICE_ANY &&
		 rule->minor == DEVICE_ANY);
}

static bool is_number(int64_t number)
{
	return number == DEVICE_ANY || (number >= 0 && number <= UINT32_MAX);
}

static bool is_rule(const struct device_rule *rule)
{
	bool has_type = rule->type == 'a' || rule->type == 'b' || rule->type == 'c';

	return has_type && is_number(rule->major) && is_number(rule->minor) &&
	       rule->access <= DEVICE_ALL && (rule->allow == 0 || rule->allow == 1);
}

int device_program_build(const struct device_rule *rules, size_t count, struct bpf_insn **out,
			 size_t *length, struct err *err)
{
	struct program program = { 0 };
	bool open = true;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!is_rule(&rules[i]))
			return err_say(err, EINVAL, "device rule %zu: not a rule", i);
	}
	program.insns = calloc(count + 1, RULE_LENGTH * sizeof(*program.insns));
	if (program.insns == NULL)
		return err_set(err, ENOMEM, "device program");
	emit_prologue(&program);
	/* The last rule first: what it decides, no earlier one can change. */
	for (i = count; i > 0 && open; i--)
		open = emit_rule(&program, &rules[i - 1]);
	if (open)
		answer(&program, 0);
	*out = program.insns;
	*length = program.length;
	return 0;
}
