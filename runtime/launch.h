// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_LAUNCH_H
#define WEIR_RUNTIME_LAUNCH_H

#include <stdbool.h>

#include "cgroupfs/cgroup.h"
#include "runtime/container.h"
#include "runtime/govern.h"
#include "runtime/hooks.h"
#include "runtime/interrupt.h"
#include "runtime/notify.h"
#include "runtime/plan.h"
#include "runtime/relay.h"
#include "runtime/scope.h"
#include "runtime/sync.h"

struct err;
struct log;
struct netdevices;

/*
 * From a plan to a container that waits for its start. launch_create() does all that must be undone
 * on failure, and undoes it.
 */
struct launch {
	struct container *container; /* claimed; borrowed */
	struct plan *plan; /* borrowed; only its cgroup's path changes, to where systemd put it */
	const struct log *log;
	bool keep_keyring;	    /* --no-new-keyring */
	bool detached;		    /* a later `start` lets it go, through exec.sock */
	const char *pidfd_socket;   /* gets a pidfd of it; NULL: none */
	const char *console_socket; /* takes the terminal; NULL: it stays with us */
	/* made by launch_create() */
	struct relay
		relay; /* its master is our end of the program's terminal, if it stays with us */
	int pidfd;
	int sync; /* our end; still open when not detached */
	int cgroup_rootfd;
	struct cgroup cgroup;
	struct interrupt interrupt;
	struct scope scope;
	int contract_mount; /* the contract directory as a detached mount, for the child */
	int notify_mount;   /* likewise that of notify.h */
	struct notify notify;
	int *idmapped; /* sources of id-mapped mounts, for the child; NULL: none */
	struct hook_output hook_output;
	struct netdevices *net_moves; /* NULL: none */
	struct govern govern;
};

#define auto_launch __attribute__((cleanup(launch_close)))
#define LAUNCH_NONE                                                                                \
	{                                                                                          \
		.pidfd = -1, .sync = -1, .cgroup_rootfd = -1, .cgroup = { .dirfd = -1 },           \
		.contract_mount = -1, .notify_mount = -1, .notify = NOTIFY_NONE,                   \
		.scope = SCOPE_NONE, .relay = RELAY_NONE, .interrupt = INTERRUPT_NONE,             \
		.hook_output = HOOK_OUTPUT_NONE, .govern = GOVERN_NONE                             \
	}

/* Creates the container up to "created". `config` is the text kept as the copy of config.json;
 * `pid_file` may be NULL. A signal that would end us undoes it. A detached container with a ladder gets its keeper. On failure everything
 * is undone, the claimed directory included. */
int launch_create(struct launch *launch, const char *config, const char *pid_file, struct err *err);

/* The part of launch_create() before the child, in this order: the intent, the cgroup, what the child
 * takes along; for a detached one `*listener`, the socket of its start (the caller closes it). */
int launch_prepare(struct launch *launch, const char *config, int *listener, struct err *err);

/* The part of launch_create() that makes the cgroup, with its limits, and tells the state of it. */
int launch_make_cgroup(struct launch *launch, struct err *err);

/* Likewise the part that puts the child into its class of service. */
int launch_enter_rdt(struct launch *launch, struct err *err);

/* Lets the program of a container that is not detached run, then runs the poststart hooks. */
int launch_start(struct launch *launch, struct err *err);

/* The parts of launch_create() that have a file of their own (launch-namespaces.c): the id maps; once
 * the child has made its other namespaces, the clocks' offsets and the network devices; and what the
 * child says next, or the signal that ends us meanwhile. */
int launch_write_maps(const struct launch *launch, struct err *err);
int launch_fill_namespaces(struct launch *launch, struct err *err);
int launch_expect(const struct launch *launch, enum sync_message message, struct err *err);

/* Gives process `pid`, a child of ours, the oom_score_adj of the plan, if it has one. */
int launch_oom_score_adj(const struct plan_process *process, pid_t pid, struct err *err);

void launch_close(struct launch *launch);

#endif
