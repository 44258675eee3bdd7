// SPDX-License-Identifier: Apache-2.0
/*
 * The program: finds the command, runs it, prints what went wrong.
 * Should: be the only one that exits.
 * Must not: know how anything is done.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "runtime/cmd/cmd.h"
#include "runtime/host.h"
#include "runtime/seal.h"

// clang-format off: one a line, in the order of the help
static const struct command *const commands[] = {
	&command_run,
	&command_sandbox,
	&command_memory,
	&command_governor,
	/* these are only named in the help, which has to fit a screen */
	&command_create,
	&command_start,
	&command_state,
	&command_kill,
	&command_delete,
	&command_exec,
	&command_list,
	&command_spec,
	&command_pause,
	&command_resume,
	&command_update,
	&command_mounts,
	&command_ps,
	&command_events,
	&command_features,
	&command_checkpoint,
	&command_restore,
};
// clang-format on

#define COMMAND_COUNT	(sizeof(commands) / sizeof(commands[0]))
#define EXPLAINED_COUNT 4

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static void print_version(void)
{
	printf("weir version %s\ncommit: %s\nspec: %s\n", PACKAGE_VERSION, WEIR_COMMIT,
	       WEIR_SPEC_VERSION);
}

/* A paragraph that fits a terminal of 80 columns. */
static void write_names(struct text *text)
{
	size_t column = 80;
	size_t i;

	text_add(text, "\nMore commands:");
	for (i = EXPLAINED_COUNT; i < COMMAND_COUNT; i++) {
		const char *name = commands[i]->name;

		if (column + 1 + strlen(name) > 80) {
			text_add(text, "\n ");
			column = 1;
		}
		text_addf(text, " %s", name);
		column += 1 + strlen(name);
	}
	text_add(text, "\n\n");
}

static void print_help(void)
{
	auto_text struct text text = { 0 };
	size_t i;

	text_add(&text, "usage: weir [OPTIONS] COMMAND ...\n\n");
	for (i = 0; i < EXPLAINED_COUNT; i++)
		text_addf(&text, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	write_names(&text);
	options_help(options_global, &text);
	text_add(&text,
		 "\n'weir COMMAND --help' tells what it does and its options; man weir has all.\n");
	fputs(text_string(&text), stdout);
}

static void print_command_help(const struct command *command)
{
	auto_text struct text text = { 0 };

	text_addf(&text, "usage: weir %s [OPTIONS] %s\n\n%s\n\n", command->name, command->arguments,
		  command->summary);
	options_help(command->rows, &text);
	fputs(text_string(&text), stdout);
}

static int choose_manager(struct call *call, struct err *err)
{
	const char *word = call->options.cgroup_manager;
	int result = 0;

	if (call->options.systemd_cgroup)
		word = "systemd";
	call->manager = CGROUP_MANAGER_CGROUPFS;
	if (word != NULL)
		result = plan_manager(word, &call->manager);
	if (result < 0)
		return err_say(
			err, EINVAL,
			"--cgroup-manager: unknown manager '%s' (cgroupfs, systemd or disabled)",
			word);
	return 0;
}

static int check_arguments(const struct command *command, const struct options *options,
			   struct err *err)
{
	if (options->argument_count < command->arguments_min)
		return err_say(err, EINVAL, "%s: arguments missing: %s (see 'weir %s --help')",
			       command->name, command->arguments, command->name);
	if (!command->takes_program && !command->takes_unknown &&
	    options->argument_count > command->arguments_max)
		return err_say(err, EINVAL, "%s: unexpected argument '%s' (see 'weir %s --help')",
			       command->name, options->arguments[command->arguments_max],
			       command->name);
	return 0;
}

static int run_command(struct call *call, const struct command *command, struct option_words *words,
		       struct err *err)
{
	int result;

	words->command = command->name;
	call->failure_status = command->failure_status;
	words->takes_unknown = command->takes_unknown;
	result = options_take(command->rows, words, command->takes_program, &call->options, err);
	if (result < 0)
		return result;
	if (call->options.help) {
		print_command_help(command);
		return 0;
	}
	result = check_arguments(command, &call->options, err);
	if (result == 0)
		result = fds_keep(&call->fds, command->passes_fds, call->options.preserve_fds, err);
	if (result == 0)
		result = choose_manager(call, err);
	if (result == 0 && command->needs_kernel)
		result = host_check_kernel(err);
	call->root =
		call->options.root != NULL ? call->options.root : host_default_root(&call->arena);
	if (result == 0 && call->root == NULL)
		result = err_set(err, ENOMEM, "root");
	return result < 0 ? result : command->run(call, err);
}

static int dispatch(struct call *call, char **argv, struct err *err)
{
	struct option_words words = { .argv = argv, .next = 1 };
	const struct command *command;
	int result = options_take(options_global, &words, true, &call->options, err);

	if (result == 0)
		result = log_open(&call->log, &call->options, err);
	if (result < 0)
		return result;
	if (call->options.version || call->options.help) {
		(call->options.version ? print_version : print_help)();
		return 0;
	}
	if (call->options.argument_count == 0)
		return err_say(err, EINVAL, "no command given (see 'weir --help')");
	words.argv = call->options.arguments;
	words.next = 1;
	command = find_command(words.argv[0]);
	if (command == NULL)
		return err_say(err, EINVAL, "unknown command '%s' (see 'weir --help')",
			       words.argv[0]);
	return run_command(call, command, &words, err);
}

/* Without them, the first files we open would become stdin, stdout or stderr, ours and the
 * container's. */
static int fill_stdio(struct err *err)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_NOCTTY);
		if (fd < 0)
			return err_set(err, errno, "/dev/null");
	} while (fd < 3);
	return close(fd) < 0 ? err_set(err, errno, "/dev/null") : 0;
}

/* Where any word is the name of such a command: options are not understood yet, and too often costs
 * a millisecond. */
static bool enters_containers(char *const argv[])
{
	const struct command *command;

	for (argv += argv[0] != NULL; *argv != NULL; argv++) {
		command = find_command(*argv);
		if (command != NULL && command->enters)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct call call = { 0 };
	struct err err = { 0 };
	int result;

	(void) argc;
	/* Ignored by who called, and inherited: then nobody could be waited for, and a hook that
	 * failed would have no status to say so. */
	(void) signal(SIGCHLD, SIG_DFL);
	result = fill_stdio(&err);
	if (result == 0 && enters_containers(argv))
		result = seal_self(argv, &err);
	/* What the caller left open is closed but for what is passed on: nothing else can reach a
	 * container or a keeper (CVE-2024-21626; engines wait for end of file on their pipes). */
	if (result == 0)
		result = fds_find(&call.fds, &err);
	if (result == 0)
		result = dispatch(&call, argv, &err);
	if (result < 0)
		log_error(&call.log, &err);
	if (fflush(stdout) != 0 && result == 0) {
		err_set(&err, errno, "write to stdout");
		log_error(&call.log, &err);
		result = -EIO;
	}
	arena_free(&call.arena);
	options_free(&call.options);
	if (result == 0)
		return call.exit_status;
	return call.failure_status != 0 ? call.failure_status : 1;
}
