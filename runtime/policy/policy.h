// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_POLICY_POLICY_H
#define WEIR_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/spec.h"

struct arena;
struct emit;
struct err;
struct ladder;
struct text;

/*
 * The memory policy: what is to be done for which container, by whose word (docs/policy.md). Files of
 * the host say what is done without being asked (defaults), what may be asked for at most (ceilings),
 * and what a container's author may ask for at all (annotations). Reading (file.c, load.c), choosing
 * (match.c, resolve.c) and checking (ceiling.c) touch nothing but, in load.c, the files themselves.
 */

/* What can be said of a container, each in one text. */
enum policy_setting {
	POLICY_LADDER,
	POLICY_ALIGN,
	POLICY_OOM, /* whom the kernel kills at the limit: "group", "single", "spec" */
	POLICY_SETTINGS
};

/* As the config has it; all of it together; one process. (cgroup-v2.rst, memory.oom.group) */
enum policy_oom { OOM_UNKNOWN, OOM_SPEC, OOM_GROUP, OOM_SINGLE };
enum policy_oom policy_oom_of(const char *word);

#define POLICY_ANNOTATION "io.weir.memory."

/* "ladder", "align", "oom": the name in a file, and of the annotation behind POLICY_ANNOTATION. */
const char *policy_setting_name(enum policy_setting setting);

/* ---- one policy of a file; strings and lists live in the arena it was read into ---- */

/* All that is given has to match; of a list, any. A pattern is one of fnmatch(3) whose '*' matches
 * slashes too. */
struct policy_match {
	struct spec_pairs annotation; /* name, and a pattern for its value */
	struct spec_strings
		cgroup; /* the container's, from the mount's root: "/kubepods.slice/" "*" */
	struct spec_strings image; /* as the engine annotates it */
	struct spec_strings comm;  /* the last component of args[0] */
};

struct policy_defaults {
	const char *text[POLICY_SETTINGS]; /* NULL: not said */
	size_t line[POLICY_SETTINGS];
};

/* "64M", or "25%" of the limit. */
struct policy_amount {
	uint64_t bytes;
	unsigned percent;
};

enum policy_ceiling { POLICY_ACTIONS, POLICY_STOP, POLICY_BRAKE, POLICY_GROW, POLICY_CEILINGS };

struct policy_ceilings {
	const char *stop, *brake, *grow; /* as written; NULL: not said */
	struct spec_strings actions;
	size_t line[POLICY_CEILINGS]; /* 0: not said */
	uint64_t stop_usec, brake_usec;
	struct policy_amount most;
	unsigned kinds; /* bits: enum action_kind */
};

/* How programs of the host run (the action host-exec). */
struct policy_host_exec {
	uint64_t uid, gid; /* never 0 */
	const char *timeout;
	uint64_t timeout_usec;
	size_t line;
};

struct policy_rule {
	const char *name; /* NULL: none */
	const char *comment;
	struct policy_match *match; /* NULL: every container */
	struct policy_defaults *defaults;
	struct policy_ceilings *ceilings;
	struct spec_strings annotations; /* that may be used; items NULL: not said */
	unsigned allowed;		 /* the same as bits: enum policy_setting */
	size_t annotations_line;
	struct policy_host_exec *host_exec;
	const char *file; /* its path, for messages */
	size_t line;	  /* where it begins */
};

struct policy_rules {
	struct policy_rule *items;
	size_t count;
};

/* More would be a mistake, or somebody's attack on our time. */
#define POLICY_FILE_BYTES (1U << 20)
#define POLICY_FILES	  256
#define POLICY_RULES	  1024

/* Reads the text of one file; `file` names it in errors and sources. An error tells line, column and
 * JSON path: "line 3 column 15: /policies/0/defaults/ladder: column 4: unknown action 'nofity' …". */
int policy_parse(struct arena *arena, const char *file, const struct text *text,
		 struct policy_rules *rules, struct err *err);

/* What is to be read. */
struct policy_places {
	const char *directory; /* its *.json, in the order of their names' bytes; absent: none */
	const char *given;     /* one more file (--memory-policy); NULL: none */
};

/* The rules of the host's directory and of the file given. Programs of the host are permitted only by a
 * file of the directory, when it and the directory belong to root and nobody else may write there. */
int policy_load(struct arena *arena, const struct policy_places *places, struct policy_rules *host,
		struct policy_rules *given, struct err *err);

/* ---- what it comes to for one container ---- */

struct policy_subject {
	const struct spec_pairs *annotations;
	const char *cgroup;  /* "": none */
	const char *program; /* args[0]; NULL: none */
};

/* Whether the rule is for it; `why` gets what matched, "cgroup /a/b". */
bool policy_matches(const struct policy_match *match, const struct policy_subject *subject,
		    struct text *why);

struct policy_value {
	const char *text;   /* NULL: nothing is to be done */
	const char *source; /* "FILE:LINE", "/annotations/…", "--ladder", "default" */
	bool of_host;	    /* a file of the host's directory said it */
};

struct policy_matched {
	const char *place; /* "FILE:LINE" */
	const char *name;  /* may be NULL */
	const char *why;
};

struct policy {
	struct policy_value values[POLICY_SETTINGS];
	/* ceilings; the source is NULL where there is none */
	unsigned kinds;
	uint64_t stop_usec, brake_usec;
	struct policy_amount grow;
	const char *ceiling_sources[POLICY_CEILINGS];
	unsigned allowed; /* annotations */
	const char *allowed_source;
	const struct policy_host_exec *host_exec; /* NULL: programs of the host never run */
	const char *host_exec_source;
	struct policy_matched *matched;
	size_t matched_count;
};

struct policy_request {
	struct arena *arena;
	const struct policy_rules *host;  /* may be NULL */
	const struct policy_rules *given; /* may be NULL */
	struct policy_subject subject;
	const char *flags[POLICY_SETTINGS]; /* --ladder, --align; NULL: not given */
};

/*
 * Decides. Pure. For every single thing the last that speaks of it counts, in this order: the host's
 * files, the container's annotations (as far as they are allowed), the file given, the command line.
 * The ceilings and the annotations allowed are the host's; the file given can only lower them. An
 * annotation that is not allowed, or not known, is -EPERM or -EINVAL.
 */
int policy_resolve(const struct policy_request *request, struct policy *policy, struct err *err);

/*
 * Whether all that the ladder does is permitted, with the ceiling's source in the error; and hands what
 * the governor has to keep to over to the ladder. `limit_bytes` UINT64_MAX: not known, what cannot be
 * compared is left to the governor.
 */
int policy_check(const struct policy *policy, uint64_t limit_bytes, struct ladder *ladder,
		 struct err *err);

/* Members "policies", "ladder", "align", "oom", "ceilings", "annotations", "hostExec", each with its
 * source, into an open object. */
void policy_emit(const struct policy *policy, struct emit *emit);

#endif
