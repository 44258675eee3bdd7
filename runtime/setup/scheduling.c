// SPDX-License-Identifier: Apache-2.0
/*
 * What a process can only give itself: its memory policy and its personality. Both are inherited.
 * Should: read back what it sets.
 * Must not: need a privilege, or a library that knows of NUMA.
 */
#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/setup/setup.h"

#define NODE_WORDS (8192 / (8 * sizeof(unsigned long))) /* plan-scheduling.c: BITS_MAX */

/* The highest node that is set, and one: kernels without that many nodes refuse a longer mask (its
 * end counts from 1: mm/mempolicy.c, get_nodes()). */
static unsigned long bits_used(const struct plan_bits *bits)
{
	const size_t word_bits = 8 * sizeof(unsigned long);
	size_t bit = bits->words != NULL ? 8 * bits->bytes : 0;

	while (bit > 0 && (bits->words[(bit - 1) / word_bits] >> (bit - 1) % word_bits & 1) == 0)
		bit--;
	return bit > 0 ? bit + 1 : 0;
}

static int set_policy(const struct plan_memory_policy *policy, struct err *err)
{
	unsigned long now[NODE_WORDS];
	int mode = -1;

	if (!policy->set)
		return 0;
	if (syscall(SYS_set_mempolicy, policy->mode, policy->nodes.words,
		    bits_used(&policy->nodes)) < 0)
		return err_set(err, errno, "/linux/memoryPolicy: set_mempolicy");
	memset(now, 0, sizeof(now));
	if (syscall(SYS_get_mempolicy, &mode, now, 8 * sizeof(now), NULL, 0) < 0)
		return err_set(err, errno, "/linux/memoryPolicy: get_mempolicy");
	/* Without nodes, "preferred" is what others call "local" (set_mempolicy(2)). */
	if (mode != policy->mode && policy->nodes.words != NULL)
		return err_say(
			err, EPERM,
			"/linux/memoryPolicy: the kernel reports another value than was set");
	return 0;
}

static int set_personality(const struct plan_process *process, struct err *err)
{
	if (!process->personality_set)
		return 0;
	if (personality(process->personality) < 0)
		return err_set(err, errno, "/linux/personality");
	/* 0xffffffff changes nothing and asks (personality(2)). */
	if ((unsigned long) personality(0xffffffff) != process->personality)
		return err_say(err, EPERM,
			       "/linux/personality: the kernel reports another value than was set");
	return 0;
}

int setup_scheduling(struct setup *setup, struct err *err)
{
	const struct plan_process *process = &setup->plan->process;
	int result = set_policy(&process->memory_policy, err);

	return result < 0 ? result : set_personality(process, err);
}
