// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's scheduling of a process, in time and on nodes, as JSON.
 * Should: say the constants by the words of the specification.
 * Must not: print a default that nobody asked for.
 */
#include <linux/ioprio.h>
#include <stdio.h>

#include "runtime/base/emit.h"
#include "runtime/plan-print.h"
#include "runtime/plan.h"
#include "spec/names.h"

/* A list of the words whose bits are set, in the order of the table; what has no word as "0x…". No
 * list for none. Single bits only: a word that is a combination is left to its parts. */
static void print_flags(struct emit *emit, const char *key, uint64_t bits, const struct word *words)
{
	char rest[24];

	if (bits == 0)
		return;
	emit_array(emit, key);
	for (; words->word != NULL; words++) {
		uint64_t bit = (uint64_t) words->value;

		if ((bits & bit) == 0)
			continue;
		emit_string(emit, NULL, words->word);
		bits &= ~bit;
	}
	snprintf(rest, sizeof(rest), "0x%llx", (unsigned long long) bits);
	if (bits != 0)
		emit_string(emit, NULL, rest);
	emit_array_end(emit);
}

static void print_scheduler(const struct plan_scheduler *scheduler, struct emit *emit)
{
	if (!scheduler->set)
		return;
	emit_object(emit, "scheduler");
	emit_string(emit, "policy", names_word(names_scheduler_policies, scheduler->policy));
	print_flags(emit, "flags", scheduler->flags, names_scheduler_flags);
	emit_i64(emit, "nice", scheduler->nice);
	emit_u64(emit, "priority", scheduler->priority);
	emit_u64(emit, "runtimeNanoseconds", scheduler->runtime_nsec);
	emit_u64(emit, "deadlineNanoseconds", scheduler->deadline_nsec);
	emit_u64(emit, "periodNanoseconds", scheduler->period_nsec);
	emit_object_end(emit);
}

static void print_io_priority(int value, struct emit *emit)
{
	if (value == 0)
		return;
	emit_object(emit, "ioPriority");
	emit_string(emit, "class", names_word(names_io_classes, IOPRIO_PRIO_CLASS(value)));
	emit_i64(emit, "priority", IOPRIO_PRIO_DATA(value));
	emit_object_end(emit);
}

static void print_bits(const char *key, const struct plan_bits *bits, struct emit *emit)
{
	const size_t word_bits = 8 * sizeof(unsigned long);
	size_t i;

	if (bits->words == NULL)
		return;
	emit_array(emit, key);
	for (i = 0; i < 8 * bits->bytes; i++)
		if ((bits->words[i / word_bits] >> i % word_bits & 1) != 0)
			emit_u64(emit, NULL, i);
	emit_array_end(emit);
}

/* set_mempolicy(2) takes the mode and its flags as one number. */
static void print_policy(const struct plan_memory_policy *policy, struct emit *emit)
{
	const struct word *flag;
	uint64_t flags = 0;

	if (!policy->set)
		return;
	for (flag = names_memory_flags; flag->word != NULL; flag++)
		flags |= (uint64_t) policy->mode & (uint64_t) flag->value;
	emit_object(emit, "memoryPolicy");
	emit_string(emit, "mode", names_word(names_memory_modes, policy->mode & ~(int64_t) flags));
	print_flags(emit, "flags", flags, names_memory_flags);
	print_bits("nodes", &policy->nodes, emit);
	emit_object_end(emit);
}

void plan_print_schedule(const struct plan_process *process, struct emit *emit)
{
	print_scheduler(&process->scheduler, emit);
	print_io_priority(process->io_priority, emit);
	print_bits("initialCpus", &process->initial_cpus, emit);
	print_bits("finalCpus", &process->final_cpus, emit);
	print_policy(&process->memory_policy, emit);
	if (process->personality_set)
		emit_string(emit, "personality",
			    names_word(names_personalities, (int64_t) process->personality));
}
