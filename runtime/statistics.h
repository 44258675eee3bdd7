// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_STATISTICS_H
#define WEIR_RUNTIME_STATISTICS_H

#include <stdbool.h>

struct cgroup;
struct emit;
struct state;

/* Whose numbers they are. All borrowed. */
struct statistics_subject {
	const struct cgroup *cgroup;
	const struct state *state; /* of the container that it is of */
	bool own_network;	   /* it has a network namespace of its own */
};

/*
 * The numbers of one cgroup as the member `key` of an object: the format that `events` has with runc (engines.md
 * §3), and besides it memory's own event counters. Times in nanoseconds, pressure's in microseconds as
 * the kernel has it. What a controller that is not there would tell is 0, or missing.
 */
void statistics_emit(const struct statistics_subject *subject, const char *key, struct emit *emit);

#endif
