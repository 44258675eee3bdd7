// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_STATE_H
#define WEIR_RUNTIME_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroupfs/cgroup.h"
#include "runtime/host.h"
#include "spec/spec.h"

struct arena;
struct err;

/*
 * What is kept of a container between commands: ROOT/ID/state.json, written whole or not at all.
 * It is written first, as the intent, before anything of the container exists, so that
 * `delete --force` can undo a create that was killed at any point.
 */
#define WEIR_OCI_VERSION "1.3.0" /* the spec carried out, as `state` reports it */

#define STATE_FILE	  "state.json"
#define STATE_CONFIG_FILE "config.json" /* the copy taken at create */
#define STATE_SOCKET	  "exec.sock"	/* a container that waits for `start` listens here */
#define STATE_TIMELINE	  "timeline.jsonl"
#define STATE_RECORDER	  "recorder"  /* what the governor saw, mapped by it: governor/recorder.h */
#define STATE_CONTRACT	  "contract"  /* the directory seen at /run/weir inside */
#define STATE_EXPLAINED	  "explained" /* made by the keeper once the report is kept */
#define STATE_POLICY	  "policy.json" /* what the memory policy came to, kept-policy.h */
#define STATE_EVENTS	  ".events" /* in ROOT: a datagram socket of whoever wants to hear of rungs */
#define STATE_REPORTS	  ".reports" /* in ROOT; no id begins with a dot */

struct state {
	const char *id;
	const char *bundle;
	const char *rootfs;
	const char *oci_version;
	const char *boot_id;
	const char *owner;	    /* user name, or number, of who created it */
	uint64_t created_usec;	    /* wall time */
	uint64_t created_mono_usec; /* CLOCK_MONOTONIC */
	bool creating;		    /* the intent: not created yet */
	pid_t creator_pid;	    /* who creates it, and holds the lock meanwhile */
	uint64_t creator_start;	    /* its start time, ticks */
	pid_t pid;		    /* init; 0 before it exists */
	uint64_t pid_start;	    /* its start time, ticks */
	pid_t keeper_pid;	    /* 0: none */
	uint64_t keeper_start;
	const char *manager;		    /* of cgroups, by its name */
	const char *scope;		    /* the unit of a systemd; "": none, or not ours yet */
	bool user_manager;		    /* and that systemd is the user's */
	char cgroup_path[CGROUP_PATH_ROOM]; /* "" when the manager is disabled */
	const char *rdt_group;		    /* of resctrl; ".": its root; "": none */
	bool rdt_made;			    /* and it goes with the container */
	bool rdt_monitored; /* there is a monitoring group of the container's name in it */
	bool cgroup_made;   /* the cgroup is ours: before that, it is nobody's to kill */
	const char *ladder; /* of its memory policy, as text; "": none */
	int stop_signal;    /* of the ladder's stop */
	bool poststart;	    /* the config has hooks to run after start */
	bool poststop;	    /* the config has hooks to run after delete */
	struct spec_pairs annotations;
};

/* Nothing known: what prints it or takes it apart finds no NULL. */
#define STATE_NONE                                                                                 \
	{                                                                                          \
		.id = "", .bundle = "", .rootfs = "", .oci_version = "", .boot_id = "",            \
		.owner = "", .manager = "", .scope = "", .rdt_group = ""                           \
	}

enum state_status {
	STATUS_CREATING,
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_STOPPED,
};

const char *state_status_name(enum state_status status);

/* Writes state.json in the container's directory. 0 or -errno. */
int state_write(int dirfd, const struct state *state, struct err *err);

/* Reads it into `state`, whose strings live in `arena`. A file that is torn, foreign or of another
 * version is an error that names the member. */
int state_read(int dirfd, struct arena *arena, struct state *state, struct err *err);

/* What can be made out of a state file that does not parse: members found whole in its text; the rest
 * is empty. Whether the cgroup's path was among them. */
bool state_salvage(int dirfd, struct arena *arena, struct state *state);

/* A descriptor of the process that state names by pid and start time, if it is still that one and
 * this is still that boot; -ESRCH if it is gone (a zombie is), -errno if that cannot be told. */
int state_open_process(const struct state *state, pid_t pid, uint64_t start);

#endif
