// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_NETDEVICES_H
#define WEIR_RUNTIME_NETDEVICES_H

#include <sys/types.h>

struct err;
struct netdevices;
struct plan;

/*
 * Moves plan->net_devices to the network namespace of process `pid` (config-linux.md, Network
 * Devices): under their new names, with their permanent global addresses, up. *moves is given back
 * with netdevices_close(); on failure too it says what has been moved.
 */
int netdevices_move(const struct plan *plan, pid_t pid, struct netdevices **moves, struct err *err);

/* Moves them back, as they were: for a create that failed later, while the namespace is there. */
void netdevices_return(struct netdevices *moves);

/* moves may be NULL. */
void netdevices_close(struct netdevices *moves);

#endif
