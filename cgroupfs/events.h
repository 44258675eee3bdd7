// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_EVENTS_H
#define WEIR_CGROUPFS_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

struct err;

/*
 * cgroup.events: its two switches "populated" and "frozen", and waiting for one. The kernel wakes
 * poll(2) with POLLPRI when either changes; reading from offset 0 arms it again.
 * A cgroup that was removed (its files are gone: -ENOENT, or -ENODEV on an open one) reads as 0.
 */

/* The monotonic time `timeout_msec` from now; negative: never. */
uint64_t events_deadline(int timeout_msec);

/* The switch now: 1, 0 or -errno. */
int events_read(int dirfd, const char *key, struct err *err);

/* Waits until the switch is `value`. Returns 0 if it is so at the first look, 1 if it came to be so,
 * -ETIMEDOUT, or -errno. */
int events_wait(int dirfd, const char *key, int value, uint64_t deadline_usec, struct err *err);

/* Whether the cgroup behind `dirfd` has been removed: every cgroup has a cgroup.procs. */
bool events_is_gone(int dirfd);

/* Waits for any change for at most `patience_msec` and not beyond the deadline. */
void events_pause(int dirfd, int patience_msec, uint64_t deadline_usec);

#endif
