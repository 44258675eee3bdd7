// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_PROCESS_TABLE_H
#define WEIR_RUNTIME_PROCESS_TABLE_H

#include <stddef.h>
#include <sys/types.h>

struct err;
struct text;

/* Processes as people read them. */

/* The columns of `ps -ef` (procps): UID PID PPID C STIME TTY TIME CMD, out of /proc; a process that
 * has gone meanwhile is left out. */
void process_table(const pid_t *pids, size_t count, struct text *out);

/* What the host's ps(1) prints with these words (NULL-ended, the program first), less the lines of
 * other processes: the column is found by the heading PID. -EINVAL if there is none; ps's own failure. */
int process_table_of_ps(char *const words[], const pid_t *pids, size_t count, struct text *out,
			struct err *err);

#endif
