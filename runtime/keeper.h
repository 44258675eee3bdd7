// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_KEEPER_H
#define WEIR_RUNTIME_KEEPER_H

struct err;
struct launch;

/*
 * The keeper: a small process that hosts the governor of one detached container, because `create`
 * ends and init belongs to the engine's subreaper. Forked when the governor is armed already, so
 * that no moment is unwatched. It has its own session, stdio on /dev/null, no other descriptor than
 * the governor's (engines wait for end of file on the pipes they gave us), dumpable 0,
 * no_new_privs, and ends when init has ended and the report is kept. Its pid goes into the state.
 */
int keeper_fork(struct launch *launch, struct err *err);

#endif
