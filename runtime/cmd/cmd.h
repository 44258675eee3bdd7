// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CMD_CMD_H
#define WEIR_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/arena.h"
#include "runtime/base/text.h"
#include "runtime/log.h"
#include "runtime/options.h"
#include "runtime/plan.h"
#include "spec/spec.h"

struct err;

/* One call of the program. */
struct call {
	struct options options;
	struct log log;
	struct arena arena;
	struct fds fds;
	const char *root;
	enum cgroup_manager manager;
	int failure_status; /* our own failure's, if not 1 */
	int exit_status;    /* of the program, for commands that run one; 0 otherwise */
};

/* One subcommand: its row in the table of main.c, its help, its options. */
struct command {
	const char *name;
	const char *arguments; /* "ID [SIGNAL]" */
	const char *summary;   /* one line */
	const struct option_row *rows;
	size_t arguments_min;
	size_t arguments_max;
	bool takes_program; /* options end at the first word: "-- PROGRAM ARGUMENTS" */
	int failure_status; /* the exit status of its own failure; 0: 1 */
	bool takes_unknown; /* options and arguments that it does not know are no error */
	bool passes_fds;    /* the caller's descriptors can go to a program (fds.h) */
	bool needs_kernel;  /* makes containers: the kernel floor is checked first */
	bool enters;	    /* a process of the runtime is seen from inside a container (seal.h) */
	int (*run)(struct call *call, struct err *err);
};

// clang-format off: one a line
extern const struct command command_checkpoint;
extern const struct command command_create;
extern const struct command command_delete;
extern const struct command command_events;
extern const struct command command_exec;
extern const struct command command_features;
extern const struct command command_governor;
extern const struct command command_kill;
extern const struct command command_list;
extern const struct command command_memory;
extern const struct command command_mounts;
extern const struct command command_pause;
extern const struct command command_ps;
extern const struct command command_restore;
extern const struct command command_resume;
extern const struct command command_run;
extern const struct command command_sandbox;
extern const struct command command_spec;
extern const struct command command_start;
extern const struct command command_state;
extern const struct command command_update;
// clang-format on

/* Adds the JSON text that `path` names, "-" being stdin, to `json`; a pipe is read to its end. Errors
 * begin with `option`, "--resources " or nothing. */
int input_read(const char *option, const char *path, struct text *json, struct err *err);

/* Does `action` for every container whose id matches the extended regular expression. All are tried;
 * the first error is returned, others are warnings. That none matches is no error. */
int matching_run(struct call *call, const char *pattern,
		 int (*action)(struct call *call, const char *id, struct err *err),
		 struct err *err);

/* What was read from a bundle, and what will be done with it. */
struct bundle {
	struct text config; /* of config.json, or of a composed one */
	struct spec spec;
	struct plan plan;
};

#define auto_bundle __attribute__((cleanup(bundle_release)))

/* Reads DIR/config.json (--bundle; the working directory by default) and plans it for `id`. Warnings
 * are logged. Errors name config.json and the JSON path. */
int bundle_load(struct call *call, const char *id, struct bundle *bundle, struct err *err);

/* Plans a spec that is in memory: `directory` is what its relative paths are relative to. */
int bundle_plan(struct call *call, const char *id, const char *directory, struct bundle *bundle,
		struct err *err);

/* What the memory policy is, and what has to be known of the host and of the program for it: put into
 * the request. Reads the host's policies (--memory-policy-dir) and the file of --memory-policy; the
 * program and the limits above its cgroup only for an alignment. */
int bundle_memory(struct call *call, struct plan_request *request, struct err *err);

/* One line for each variable that is set; `alignment` may be NULL. */
void bundle_log_alignment(const struct call *call, const struct alignment *alignment);

/* `--plan`: the plan on stdout, as JSON. */
int bundle_print_plan(const struct bundle *bundle, struct err *err);

void bundle_release(struct bundle *bundle);

/* Creates, starts and stays with a foreground container, prints what is worth explaining, deletes
 * it. The exit status goes into the call; the report's JSON into `report`. */
int foreground_run(struct call *call, const char *id, struct bundle *bundle, struct text *report,
		   struct err *err);

/* Reads or puts together the process that `exec` is to start, in place of spec->process: --process,
 * or the words of the command line, on top of what the container's own process has. */
int exec_process(struct call *call, struct spec *spec, struct err *err);

/* Creates a container that a later start lets go. */
int detached_create(struct call *call, const char *id, struct bundle *bundle, struct err *err);

#endif
