// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_SUPERVISE_H
#define WEIR_RUNTIME_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct launch;
struct text;

/* What a foreground container's end was. */
struct outcome {
	int exit_status; /* the program's, or 128 + signal */
	bool timed_out;
};

/*
 * Stays with a started foreground container until it ends: forwards signals to init, hosts the
 * governor, ends it `timeout_usec` after the start (0: never). The report's JSON is added to
 * `report`. Serves launch->relay.
 */
int supervise(struct launch *launch, uint64_t timeout_usec, struct outcome *outcome,
	      struct text *report, struct err *err);

#endif
