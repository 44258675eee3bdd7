// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_PRESSURE_H
#define WEIR_CGROUPFS_PRESSURE_H

#include <stdint.h>

struct err;

/* memory.pressure of one cgroup (kernel: Documentation/accounting/psi.rst): for how long, in all,
 * some or all of its tasks that had work were stalled for want of memory. */
struct pressure {
	uint64_t some_usec, full_usec;
};

/* Parses "some avg10=0.00 avg60=0.00 avg300=0.00 total=N" and the line of full. -EINVAL. */
int pressure_parse(const char *text, struct pressure *pressure, struct err *err);

/* -ENOENT without PSI; -EOPNOTSUPP where it was switched off (cgroup.pressure, psi=0). */
int pressure_read(int dirfd, struct pressure *pressure, struct err *err);

#endif
