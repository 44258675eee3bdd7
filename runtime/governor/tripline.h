// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_TRIPLINE_H
#define WEIR_GOVERNOR_TRIPLINE_H

#include <stdint.h>

struct err;
struct reading;

/*
 * memory.high as a trip-line: the only usage threshold of cgroup v2 that notifies. It is also a
 * brake, which is why it stands below usage only from the contact to the decision.
 */
struct tripline {
	int fd; /* memory.high, held open so that lifting it can never fail for want of one */
	uint64_t config_high_bytes; /* the config's own; never exceeded, and what is restored */
	uint64_t placed_bytes;	    /* what the file holds, as far as we know */
};

/*
 * Where usage will stand when what a rung waits for has grown by `ahead_bytes`, if nothing else
 * grows, in whole pages. The config's own value when that is not below both the limit and that
 * value: then the page cache has to be squeezed before need gets there, and `max` events announce it.
 */
uint64_t tripline_place(const struct reading *reading, uint64_t ahead_bytes,
			uint64_t config_high_bytes);

int tripline_open(struct tripline *line, int cgroup_dirfd, uint64_t config_high_bytes,
		  struct err *err);

/* Writes the file unless it holds the value already. If it holds another than was placed, somebody
 * else (`update`) wrote the config's anew: that one is kept from then on, and nothing goes above it. */
int tripline_set(struct tripline *line, uint64_t bytes, struct err *err);

/* The config asks for another memory.high from now on, whatever the file holds. */
void tripline_renew(struct tripline *line, uint64_t config_high_bytes);

/* Restores the config's value. */
int tripline_lift(struct tripline *line, struct err *err);

void tripline_close(struct tripline *line);

#endif
