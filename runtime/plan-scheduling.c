// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's scheduling: processor, disk, NUMA nodes, and the kernel's personality.
 * Should: know which values of a policy contradict each other.
 * Must not: know how many processors or nodes there are.
 */
#include <errno.h>
#include <limits.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/number.h"
#include "runtime/plan.h"
#include "spec/names.h"

#define BITS_MAX  8192U /* NR_CPUS of the largest x86 kernels; nodes are 1024 at most */
#define WORD_BITS (8 * sizeof(unsigned long))

/* One number or range at *cursor, which is moved behind it. */
static bool next_range(const char **cursor, uint64_t *first, uint64_t *last)
{
	if (!number_u64_next(cursor, first))
		return false;
	*last = *first;
	if (**cursor != '-')
		return *first < BITS_MAX;
	++*cursor;
	return number_u64_next(cursor, last) && *first <= *last && *last < BITS_MAX;
}

static void skip_blanks(const char **cursor)
{
	*cursor += strspn(*cursor, " ");
}

/* "0-3,7" (cpuset(7), List format); NULL is no set. */
static int plan_list(struct arena *arena, const char *list, struct plan_bits *bits, struct err *err)
{
	const char *cursor = list;
	uint64_t first;
	uint64_t last;

	if (list == NULL)
		return 0;
	bits->bytes = BITS_MAX / 8;
	bits->words = arena_alloc(arena, bits->bytes);
	if (bits->words == NULL)
		return err_set(err, ENOMEM, "plan");
	for (;;) {
		skip_blanks(&cursor);
		if (!next_range(&cursor, &first, &last))
			break;
		for (; first <= last; first++)
			bits->words[first / WORD_BITS] |= 1UL << first % WORD_BITS;
		skip_blanks(&cursor);
		if (*cursor == '\0')
			return 0;
		if (*cursor++ != ',')
			break;
	}
	return err_say(err, EINVAL, "'%.64s' is not a list like 0-3,7 of numbers below %u", list,
		       BITS_MAX);
}

static int plan_affinity(struct arena *arena, const struct spec_cpu_affinity *asked,
			 struct plan_process *out, struct err *err)
{
	if (asked == NULL)
		return 0;
	if (plan_list(arena, asked->initial, &out->initial_cpus, err) < 0)
		return err_context(err, "/process/execCPUAffinity/initial");
	if (plan_list(arena, asked->final, &out->final_cpus, err) < 0)
		return err_context(err, "/process/execCPUAffinity/final");
	return 0;
}

/* sched(7): what a policy has no use for would be silently dropped by the kernel. */
static int check_scheduler(const struct spec_scheduler *asked, struct err *err)
{
	bool realtime = asked->policy == SCHED_FIFO || asked->policy == SCHED_RR;
	bool deadline = asked->policy == SCHED_DEADLINE;
	const char *name = names_word(names_scheduler_policies, asked->policy);

	if (realtime && asked->priority.value == 0)
		return err_say(err, EINVAL,
			       "/process/scheduler/priority: %s needs one from 1 to 99", name);
	if (!realtime && asked->priority.value != 0)
		return err_say(err, EINVAL, "/process/scheduler/priority: %s has none", name);
	if (!deadline && (asked->runtime | asked->deadline | asked->period) != 0)
		return err_say(err, EINVAL,
			       "/process/scheduler: runtime, deadline and period are of "
			       "SCHED_DEADLINE only");
	if ((realtime || deadline) && asked->nice.value != 0)
		return err_say(err, EINVAL, "/process/scheduler/nice: %s has none", name);
	return 0;
}

static int plan_scheduler(const struct spec_scheduler *asked, struct plan_scheduler *out,
			  struct err *err)
{
	size_t i;

	if (asked == NULL)
		return 0;
	*out = (struct plan_scheduler){
		.set = true,
		.policy = (uint32_t) asked->policy,
		.nice = (int32_t) asked->nice.value,
		.priority = (uint32_t) asked->priority.value,
		.runtime_nsec = asked->runtime,
		.deadline_nsec = asked->deadline,
		.period_nsec = asked->period,
	};
	for (i = 0; i < asked->flags.count; i++)
		out->flags |= asked->flags.items[i];
	return check_scheduler(asked, err);
}

/* set_mempolicy(2): which modes want nodes, and which want none. */
static int check_nodes(const struct spec_memory_policy *asked, struct err *err)
{
	const char *name = names_word(names_memory_modes, asked->mode);
	bool none = asked->mode == MPOL_DEFAULT || asked->mode == MPOL_LOCAL;

	if (none && asked->nodes != NULL)
		return err_say(err, EINVAL, "/linux/memoryPolicy/nodes: %s takes none", name);
	if (!none && asked->mode != MPOL_PREFERRED && asked->nodes == NULL)
		return err_say(err, EINVAL, "/linux/memoryPolicy/nodes: %s needs some", name);
	return 0;
}

static int plan_policy(struct arena *arena, const struct spec_memory_policy *asked,
		       struct plan_memory_policy *out, struct err *err)
{
	const unsigned both = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
	size_t i;

	if (asked == NULL)
		return 0;
	out->set = true;
	out->mode = (int) asked->mode;
	for (i = 0; i < asked->flags.count; i++)
		out->mode |= (int) asked->flags.items[i];
	if (((unsigned) out->mode & both) == both)
		return err_say(err, EINVAL,
			       "/linux/memoryPolicy/flags: MPOL_F_STATIC_NODES and "
			       "MPOL_F_RELATIVE_NODES exclude each other");
	if (check_nodes(asked, err) < 0)
		return -err->number;
	if (plan_list(arena, asked->nodes, &out->nodes, err) < 0)
		return err_context(err, "/linux/memoryPolicy/nodes");
	return 0;
}

int plan_scheduling(struct arena *arena, const struct spec *spec, struct plan_process *process,
		    struct err *err)
{
	const struct spec_process *asked = spec->process;
	int result = plan_scheduler(asked->scheduler, &process->scheduler, err);

	if (asked->io_priority != NULL)
		/* IOPRIO_PRIO_VALUE() mixes signed and unsigned, which gcc tells with sanitizers. */
		process->io_priority = (int) (asked->io_priority->class << IOPRIO_CLASS_SHIFT |
					      asked->io_priority->priority);
	if (spec->linux_config.personality != NULL) {
		process->personality_set = true;
		process->personality = (unsigned long) spec->linux_config.personality->domain;
	}
	if (result == 0)
		result = plan_affinity(arena, asked->exec_cpu_affinity, process, err);
	if (result == 0)
		result = plan_policy(arena, spec->linux_config.memory_policy,
				     &process->memory_policy, err);
	return result;
}
