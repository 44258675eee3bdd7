// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_SCOPE_H
#define WEIR_RUNTIME_SCOPE_H

#include <stdbool.h>
#include <sys/types.h>

struct cgroup_settings;
struct container;
struct err;
struct launch;
struct log;

/*
 * The scope that systemd makes for a container, and what weir keeps in it:
 *
 *	NAME.scope                  systemd's; its files hold the unit's properties
 *	NAME.scope/container        the container's own cgroup, with the limits of its config
 *	NAME.scope/container.hook   programs of a ladder, outside the container's limit (join.h)
 *	NAME.scope/hold             a process that does nothing
 *
 * systemd removes a scope as soon as nobody is in it, and with it the counters of what went wrong
 * there; the holding process keeps both until the container is deleted.
 */
struct scope {
	pid_t holder; /* a child of ours; 0: none */
	int leash;    /* the holder ends with it, until it is let go */
};

#define SCOPE_NONE                                                                                 \
	{                                                                                          \
		.leash = -1                                                                        \
	}

/* Has the scope made and the container's cgroup in it, launch->cgroup. What is made is in the state
 * before it is made; container_delete() undoes it. */
int scope_make_cgroup(struct launch *launch, struct err *err);

/* Lets the holder outlive us. */
int scope_let_go(struct scope *scope, struct err *err);

/* In a child of ours: closes what is the runtime's. In the runtime: ends a holder not let go of. */
void scope_close(struct scope *scope);

/* Tells systemd of the settings that were just written to the container's files. Nothing for a
 * container without a scope. */
int scope_update(struct container *container, const struct cgroup_settings *settings,
		 struct err *err);

/* Ends the scope of a container whose own cgroup is gone already. With `force` a systemd that does
 * not answer is a warning, and the cgroup is removed without it. Nothing for one without a scope. */
int scope_end(const struct container *container, bool force, const struct log *log,
	      struct err *err);

#endif
