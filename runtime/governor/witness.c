// SPDX-License-Identifier: Apache-2.0
/*
 * Who sees whom the kernel kills: which witness, and whose victims are ours.
 * Should: put together what several tell of the same kill.
 * Must not: take a stranger for one of ours: a witness but for the kernel log knows no cgroups.
 */
#include "runtime/governor/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/governor/kernel_log.h"
#include "runtime/governor/suspects.h"

#define ENDS 256
/* do_exit() wakes who waits for a process before it tells the connector of the end. */
#define LAG_MSEC 100

static bool kernel_log_permitted(void)
{
	auto_fd int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192];

	/* dmesg_restrict refuses at open(2) or at the first read(2). */
	return fd >= 0 && (read(fd, record, sizeof(record)) >= 0 || errno != EPERM);
}

void witness_open(struct witness *witness)
{
	if (witness->instance >= 0 || witness->exits != NULL)
		return;
	witness->owner = getpid();
	if (witness_trace_open(witness, true) || kernel_log_permitted())
		return;
	(void) witness_exits_open(witness);
}

void witness_find(struct witness *witness)
{
	witness->owner = getpid();
	(void) witness_trace_open(witness, false);
}

void witness_close(struct witness *witness)
{
	witness_exits_close(witness);
	if (witness->owner == getpid())
		witness_trace_close(witness);
	fd_close(&witness->hold);
	fd_close(&witness->instance);
}

/* ---- whose they are ---- */

static struct victim *told_already(struct kernel_log *log, const struct victim *victim)
{
	size_t i;

	for (i = 0; i < log->victim_count; i++)
		if (log->victims[i].pid == victim->pid)
			return &log->victims[i];
	return NULL;
}

static bool knows(const struct witness_query *query, pid_t pid)
{
	return pid == query->init_pid ||
	       (query->suspects != NULL && suspects_knows(query->suspects, pid));
}

/* What the last look at the process told, where the witness tells no more than a number. */
static void take_from_suspects(const struct witness_query *query, struct victim *victim)
{
	size_t i;

	for (i = 0; query->suspects != NULL && i < query->suspects->count; i++) {
		const struct suspect *suspect = &query->suspects->items[i];

		if (suspect->pid != victim->pid)
			continue;
		victim->ns_pid = suspect->ns_pid;
		if (victim->comm[0] != '\0')
			continue;
		snprintf(victim->comm, sizeof(victim->comm), "%s", suspect->comm);
		victim->anon_bytes = suspect->anon_bytes;
		victim->file_bytes = suspect->file_bytes;
		victim->shmem_bytes = suspect->shmem_bytes;
		victim->pgtables_bytes = suspect->pgtables_bytes;
		victim->oom_score_adj = suspect->oom_score_adj;
	}
}

static void add(struct kernel_log *log, const struct witness_query *query,
		const struct victim *victim)
{
	struct victim *told = told_already(log, victim);
	struct victim added = *victim;

	if (told != NULL) {
		told->source = victim->source;
		return;
	}
	take_from_suspects(query, &added);
	kernel_log_keep(log, &added);
}

/*
 * A victim is ours if we knew the process. In a burst there are some that lived too short a time to be
 * known: if as many were killed on the whole host as in this cgroup, all of them are ours.
 */
static void tell_traces(const struct witness *witness, const struct witness_query *query,
			struct kernel_log *log)
{
	struct victim *victims = calloc(KERNEL_LOG_VICTIMS, sizeof(*victims));
	size_t count;
	size_t i;
	bool all;

	if (victims == NULL)
		return;
	count = witness_trace_read(witness, query->since_usec, victims, KERNEL_LOG_VICTIMS,
				   &log->complete);
	log->source = VICTIM_TRACE;
	all = count <= query->kills && (log->complete || count == query->kills);
	for (i = 0; i < count; i++)
		if (all || knows(query, victims[i].pid) || told_already(log, &victims[i]) != NULL)
			add(log, query, &victims[i]);
	free(victims);
}

/* A SIGKILL need not be the kernel's for memory, so never more than were counted: the last ones. */
static void tell_exits(const struct witness *witness, const struct witness_query *query,
		       struct kernel_log *log)
{
	struct witness_exit *ends = calloc(ENDS, sizeof(*ends));
	size_t count;
	size_t i;

	if (ends == NULL)
		return;
	count = witness_exits_read(witness, ends, ENDS);
	if (count == 0 && query->kills > 0 && witness_exits_wait(witness, LAG_MSEC))
		count = witness_exits_read(witness, ends, ENDS);
	log->source = VICTIM_EXIT;
	for (i = 0; i < count; i++) {
		const struct victim victim = { .at_usec = ends[i].at_usec,
					       .pid = ends[i].pid,
					       .source = VICTIM_EXIT };

		if (ends[i].at_usec >= query->since_usec &&
		    (knows(query, ends[i].pid) || knows(query, ends[i].parent_pid)))
			add(log, query, &victim);
	}
	free(ends);
}

void witness_tell(const struct witness *witness, const struct witness_query *query,
		  struct kernel_log *log)
{
	size_t i;

	if (witness != NULL && witness->instance >= 0)
		tell_traces(witness, query, log);
	else if (witness != NULL && witness->exits != NULL && !log->readable)
		tell_exits(witness, query, log);
	for (i = 0; i < log->victim_count; i++)
		take_from_suspects(query, &log->victims[i]);
}
