// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_CONTAINER_H
#define WEIR_RUNTIME_CONTAINER_H

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/state.h"

struct emit;
struct err;
struct log;

/*
 * A container as the commands see it: its directory ROOT/ID, its state, its lock. What it is made of is
 * launch.c's business; this is where it is found, asked, signalled and undone.
 */
struct container {
	struct arena arena;
	const char *root_path; /* ROOT */
	int root;	       /* ROOT as a descriptor */
	int dir; /* ROOT/ID; holds the lock while an operation changes the container */
	struct state state;
	bool lost; /* by container_open_forced(): nothing tells where its processes could be */
};

#define auto_container __attribute__((cleanup(container_close)))
#define CONTAINER_NONE                                                                             \
	{                                                                                          \
		.root = -1, .dir = -1, .state = STATE_NONE                                         \
	}

/* -EINVAL unless `id` is [A-Za-z0-9_+-][A-Za-z0-9_+.-]*, at most 1024 bytes (engines.md §0). */
int container_check_id(const char *id, struct err *err);

/* Opens (makes) ROOT. */
int container_open_root(struct container *container, const char *root_path, struct err *err);

/* Opens ROOT as it is; -ENOENT, without a word in err, if there is none. */
int container_find_root(struct container *container, const char *root_path, struct err *err);

/* Makes ROOT/ID and takes the lock. -EEXIST "container with given ID already exists". */
int container_claim(struct container *container, const char *root_path, const char *id,
		    struct err *err);

/* Opens ROOT/ID and reads its state. -ENOENT "container does not exist". With `lock`, waits for its
 * turn to change it; -EBUSY "still being created" while somebody creates it. */
int container_open(struct container *container, const char *root_path, const char *id, bool lock,
		   struct err *err);

/* As container_open() with the lock, for whoever removes it anyway: a creator that holds the lock
 * (a hook that hangs) is told to undo, then ended; of a damaged state is taken what can be found, with
 * a warning. (force.c) */
int container_open_forced(struct container *container, const char *root_path, const char *id,
			  const struct log *log, struct err *err);

/* Lets others change the container while we only wait for it; and takes the lock again, -ENOENT if it
 * was deleted meanwhile. */
void container_unlock(struct container *container);
int container_lock(struct container *container, struct err *err);

void container_close(struct container *container);

/* What the container is doing now, asked of the kernel; *pidfd (may be NULL) becomes the caller's
 * and is -1 unless init is alive. */
enum state_status container_status(const struct container *container, int *pidfd);

/* The OCI state (runtime.md, State) as one object; `status` NULL: as it is now. */
void container_emit_state(const struct container *container, const char *status, struct emit *emit);

/* The same as the member `key` of a larger object. */
void container_emit_state_as(const struct container *container, const char *key, const char *status,
			     struct emit *emit);

/* Signals init; with `all`, every process of its cgroup. "container not running" if it is stopped. */
int container_kill(struct container *container, int signal, bool all, struct err *err);

/*
 * Undoes all that create made: the keeper's last words, the explanation of an OOM, processes,
 * cgroup, directory; then the poststop hooks. A container that is not stopped is -EBUSY unless
 * `force`. Never 0 while a process of it is left.
 */
int container_delete(struct container *container, bool force, const struct log *log,
		     struct err *err);

/* The same by force, for who made it: once more if it fails, since what refused may have been for
 * the moment, and nobody else is told what is left. */
int container_undo(struct container *container, const struct log *log, struct err *err);

/* Opens the container's cgroup; -ENOENT if it has none or it is gone. *rootfd and *cgroup become
 * the caller's. */
int container_open_cgroup(const struct container *container, int *rootfd, struct cgroup *cgroup,
			  struct err *err);

/* The spec the container was created from: the copy of config.json taken then, in the container's
 * arena. */
int container_load_spec(struct container *container, struct spec *spec, struct err *err);

/* The directory ROOT/.reports, made if missing. */
int container_open_reports(const struct container *container, struct err *err);

/* Calls `each` for the id of every container in ROOT, sorted. */
int container_for_each(struct container *root,
		       int (*each)(void *context, const char *id, struct err *err), void *context,
		       struct err *err);

#endif
