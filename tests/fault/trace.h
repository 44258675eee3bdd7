// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_TESTS_TRACE_H
#define WEIR_TESTS_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * One command under ptrace(2), with all its children, and one thing done to one of them at one of
 * its system calls.
 */
struct blow {
	int process; /* in order of birth: 0 the command itself, 1 its first child, ... */
	long number; /* of its system calls since its exec, from 1; 0: none, they are counted only */
	int error; /* what the call fails with instead of being made; 0: SIGKILL before it is made */
	bool stdio; /* the command's own, instead of /dev/null */
	int output; /* where the command's stdout goes; -1: nowhere */
	bool stays; /* what is born after a blow with an error goes on to be traced to its end */
};

struct traced {
	bool hit;    /* the process had so many calls */
	bool hung;   /* it did not end in time; everything of it was killed */
	long calls;  /* of that process, up to an exec of its own or its end */
	long nr;     /* of the call that was hit */
	int status;  /* of the command, as waitpid(2) has it */
	int crashed; /* the signal that killed a process and was not ours; 0: none */
};

/* Runs the command to its end; whoever of its children is left then is let go, untraced, and
 * becomes ours to reap (the caller is a subreaper). */
void trace(char *const argv[], const struct blow *blow, struct traced *out);

#endif
