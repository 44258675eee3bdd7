// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_OPTIONS_H
#define WEIR_RUNTIME_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct text;

/* The values of an option that may be given several times, in that order. Owned: options_free(). */
struct option_list {
	const char **items;
	size_t count;
};

/* What `update` can be asked for, each as it was written. */
struct update_options {
	const char *resources; /* a file, or "-" */
	const char *memory;
	const char *memory_swap;
	const char *memory_reservation;
	const char *kernel_memory;
	const char *kernel_memory_tcp;
	const char *cpu_shares;
	const char *cpu_quota;
	const char *cpu_period;
	const char *cpu_burst;
	const char *cpu_idle;
	const char *cpu_rt_runtime;
	const char *cpu_rt_period;
	const char *cpuset_cpus;
	const char *cpuset_mems;
	const char *pids_limit;
	const char *blkio_weight;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
};

/* Everything that can be said on the command line. Strings are borrowed from argv. */
struct options {
	/* global */
	const char *root;
	const char *log;
	const char *log_format;
	const char *log_level;
	const char *cgroup_manager;
	const char *rootless;
	bool systemd_cgroup;
	bool debug;
	bool help;
	bool version;
	/* of one command or several */
	const char *bundle;
	const char *pid_file;
	const char *ladder;
	const char *align;
	const char *memory_policy;
	const char *memory_policy_dir;
	const char *format;
	const char *textfile;
	const char *html;
	const char *sort;
	const char *memory;
	const char *swap;
	const char *report;
	const char *timeout;
	const char *rootfs;
	const char *network;
	bool detach;
	bool force;
	bool all;
	bool quiet;
	bool json;
	bool no_new_keyring;
	const char *console_socket;
	const char *preserve_fds;
	const char *pidfd_socket;
	const char *config;
	bool no_pivot;
	bool no_subreaper;
	bool keep;
	bool stats;
	const char *interval;
	bool foreground;
	bool status;
	bool plan;
	/* of a process: exec, and in part create and run */
	const char *process;
	const char *cwd;
	const char *user;
	const char *apparmor;
	const char *process_label;
	const char *cgroup;
	struct option_list env;
	struct option_list capabilities;
	struct option_list additional_gids;
	bool tty;
	bool no_new_privs;
	bool ignore_paused;
	bool regex;
	bool rootless_spec;
	const char *file;
	/* taken, and of no effect */
	const char *ignored_text;
	bool ignored_flag;
	struct update_options update;
	/* what is left: the command's arguments, NULL-ended */
	char **arguments;
	size_t argument_count;
};

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST };

/* One option: parsed by, and printed from, the same row. */
struct option_row {
	char letter;	  /* 0: none */
	const char *name; /* without dashes; `--name` and the single-dash `-name` are both taken */
	enum option_kind kind;
	size_t place;	   /* offsetof(struct options, ...) */
	const char *value; /* what the value is called in the help; NULL for a flag */
	const char *help;  /* NULL: another spelling, not shown */
};

/* The rows end with one whose name is NULL. */
extern const struct option_row options_global[];

/* The words of a command line that are still to be read. */
struct option_words {
	const char *command; /* whose options they are, for messages; NULL: the global ones */
	char **argv;	     /* NULL-ended */
	int next;	     /* index of the next word */
	bool takes_unknown;  /* an option without a row is passed over, not an error */
};

/*
 * Takes options from the next word on. `stop_at_word`: the first word that is no option ends them
 * (global options, and commands that are followed by a program); else words in between are
 * collected. "--" ends them in any case. What is no option is left in options->arguments, which
 * points into argv. Errors name the option.
 */
int options_take(const struct option_row *rows, struct option_words *words, bool stop_at_word,
		 struct options *options, struct err *err);

void options_free(struct options *options);

/* One help line for each row; for neighbours that say the same, one together. */
void options_help(const struct option_row *rows, struct text *text);

#endif
