// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_SUSPECTS_H
#define WEIR_GOVERNOR_SUSPECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup;

/*
 * Whom the kernel would kill: the processes of a cgroup, weighed as oom_badness() weighs them
 * (governor.md §3.4): resident, swapped and page tables, and a 1000th of the limit for each point
 * of oom_score_adj. /proc/PID/oom_score takes the host for the limit and is of no use here.
 */
#define SUSPECTS       8   /* that are named */
#define SUSPECTS_PIDS  256 /* whose numbers are remembered, to know a victim by */
#define SUSPECTS_ASKED 128 /* of one look: each takes some 50 us */
#define SUSPECT_COMM   64  /* 15 bytes, each at most "\ooo" */
#define SUSPECT_LINE   128

struct suspect {
	pid_t pid;    /* as we number it */
	pid_t ns_pid; /* as its own pid namespace does */
	int64_t badness_bytes;
	uint64_t anon_bytes, file_bytes, shmem_bytes, swap_bytes, pgtables_bytes;
	int32_t oom_score_adj;
	char comm[SUSPECT_COMM];
	char cmdline[SUSPECT_LINE]; /* words by blanks; "" if it has none */
};

struct suspects {
	uint64_t at_usec;   /* 0: nobody looked */
	uint32_t processes; /* in the cgroup */
	uint32_t asked;
	uint32_t count;
	uint32_t pid_count;
	struct suspect items[SUSPECTS]; /* the worst first: that one is the next victim */
	pid_t pids[SUSPECTS_PIDS];	/* of this look and, while there is room, of those before */
};

/* One process. False if it is gone, is the kernel's, or may not be killed (oom_score_adj -1000).
 * `limit_bytes` includes the swap it may use. `procfd` is /proc. */
bool suspect_read(int procfd, pid_t pid, uint64_t limit_bytes, struct suspect *suspect);

/* All of a cgroup, and those below it. */
void suspects_take(struct suspects *suspects, const struct cgroup *cgroup, uint64_t limit_bytes);

/* Whether it was seen in the cgroup. */
bool suspects_knows(const struct suspects *suspects, pid_t pid);

/* Of a struct that was read from a file: counts within their tables, strings that end. */
void suspects_mend(struct suspects *suspects);

#endif
