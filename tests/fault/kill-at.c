// SPDX-License-Identifier: Apache-2.0
/*
 * kill-at: a command of weir, and each of its processes, struck at each of its system calls.
 *
 *	kill-at [--errors] [--stride N] [--offset N] [--only NAME] WEIR ROOT CGROUP
 *
 * Run in a bundle whose config.json runs until it is killed and whose short.json prints what it is and
 * ends. For every call: SIGKILL instead of it (or, with --errors, an error in its place); then `delete
 * --force`, and nothing may be left. A create that failed leaves nothing without that.
 * Prints TAP without a plan; the number of the strikes that were not clean is the exit status.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/number.h"
#include "tests/fault/leftovers.h"
#include "tests/fault/trace.h"

#define WORDS_MAX     16
#define PREPARED_MAX  3
#define PROCESSES_MAX 4
#define OUTPUT_ROOM   16384

struct scenario {
	const char *name;
	const char *prepare[PREPARED_MAX]; /* before it, words between blanks */
	const char *strike;
	int processes; /* it and its children */
	bool creates;  /* what fails leaves nothing */
	bool tells;    /* what succeeds says what the undisturbed one says */
};

static const struct scenario scenarios[] = {
	{ "create", { NULL }, "create c1", 2, true, false },
	{ "start", { "create c1" }, "start c1", 1, false, false },
	{ "kill", { "run -d c1" }, "kill c1 KILL", 1, false, false },
	{ "delete", { "run -d c1" }, "delete --force c1", 1, false, false },
	{ "exec", { "run -d c1" }, "exec c1 true", 3, false, false },
	{ "update", { "run -d c1" }, "update --resources resources.json c1", 1, false, false },
	{ "pause", { "run -d c1" }, "pause c1", 1, false, false },
	{ "resume", { "run -d c1", "pause c1" }, "resume c1", 1, false, false },
	{ "run", { NULL }, "run --config short.json c1", 2, true, true },
	{ "run -d", { NULL }, "run -d c1", 2, true, false },
	{ "hooks", { NULL }, "create --config hooks.json c1", 2, true, false },
};

static const int errors[] = { EPERM, ENOMEM, EINTR, EIO, ENOSPC };
#define ERROR_COUNT (sizeof(errors) / sizeof(errors[0]))

static const char *weir;
static struct places places;
static long stride = 1;
static long offset;
static bool with_errors;
static int number;
static int unclean;
static char wanted[OUTPUT_ROOM];

struct command {
	char text[256];
	char *argv[WORDS_MAX];
};

static void make_command(struct command *command, const char *words)
{
	char *save = NULL;
	char *word;
	int count = 0;

	*command = (struct command){ 0 };
	snprintf(command->text, sizeof(command->text), "%s", words);
	command->argv[count++] = strdup(weir);
	command->argv[count++] = strdup("--root");
	command->argv[count++] = strdup(places.root);
	for (word = strtok_r(command->text, " ", &save); word != NULL && count < WORDS_MAX - 1;
	     word = strtok_r(NULL, " ", &save))
		command->argv[count++] = word;
}

static void free_command(const struct command *command)
{
	free(command->argv[0]);
	free(command->argv[1]);
	free(command->argv[2]);
}

/* Without being traced; its status. */
static int run_plainly(const char *words)
{
	struct command command;
	int status;
	int of = -1;
	pid_t ended;
	pid_t pid;

	make_command(&command, words);
	pid = fork();
	if (pid == 0) {
		if (freopen("/dev/null", "r", stdin) == NULL ||
		    freopen("/dev/null", "w", stdout) == NULL)
			_exit(126);
		if (getenv("KILL_AT_LOUD") == NULL && freopen("/dev/null", "w", stderr) == NULL)
			_exit(126);
		execv(command.argv[0], command.argv);
		_exit(127);
	}
	/* Whoever was left to us is reaped as well, as any subreaper does: a container's first process
	 * ends only when everybody in its pid namespace has been. */
	while ((ended = waitpid(-1, &of, __WALL)) > 0 && ended != pid)
		;
	status = ended == pid ? of : -1;
	free_command(&command);
	return status;
}

static void read_output(int fd, char *text)
{
	ssize_t got = pread(fd, text, OUTPUT_ROOM - 1, 0);

	text[got > 0 ? got : 0] = '\0';
}

static void strike(const struct scenario *scenario, struct blow *blow, struct traced *traced,
		   char *output)
{
	struct command command;
	size_t i;

	for (i = 0; i < PREPARED_MAX && scenario->prepare[i] != NULL; i++)
		if (run_plainly(scenario->prepare[i]) != 0)
			printf("# cannot prepare: %s\n", scenario->prepare[i]);
	make_command(&command, scenario->strike);
	blow->output = memfd_create("output", MFD_CLOEXEC);
	blow->stdio = getenv("KILL_AT_LOUD") != NULL;
	trace(command.argv, blow, traced);
	read_output(blow->output, output);
	close(blow->output);
	free_command(&command);
}

static void show_difference(const char *output)
{
	size_t same = 0;
	size_t line;

	while (output[same] != '\0' && output[same] == wanted[same])
		same++;
	for (line = same; line > 0 && output[line - 1] != '\n'; line--)
		;
	printf("# got: %.*s\n# wanted: %.*s\n", (int) strcspn(output + line, "\n"), output + line,
	       (int) strcspn(wanted + line, "\n"), wanted + line);
}

/* NULL: clean. */
static const char *judge(const struct scenario *scenario, const struct blow *blow,
			 const struct traced *traced, const char *output)
{
	static char what[512];
	static char left[400];
	bool struck_itself = blow->error == 0 && blow->process == 0;

	if (traced->hung)
		return "it hung";
	if (traced->crashed != 0) {
		snprintf(what, sizeof(what), "it crashed by signal %d", traced->crashed);
		return what;
	}
	if (scenario->tells && traced->status == 0 && strcmp(output, wanted) != 0) {
		snprintf(what, sizeof(what), "it ran as another than it should be");
		if (getenv("KILL_AT_LOUD") != NULL)
			show_difference(output);
		return what;
	}
	if (scenario->creates && !struck_itself && traced->status != 0 &&
	    !leftovers_none(&places, left, sizeof(left))) {
		snprintf(what, sizeof(what), "it failed and left %s", left);
		return what;
	}
	if (run_plainly("delete --force c1") != 0)
		return "delete --force fails";
	if (!leftovers_none(&places, left, sizeof(left))) {
		snprintf(what, sizeof(what), "left after delete --force: %s", left);
		return what;
	}
	return NULL;
}

static void tell(const struct scenario *scenario, const struct blow *blow,
		 const struct traced *traced, const char *why)
{
	printf("# %s, process %d, call %ld (nr %ld), %s: status 0x%x: %s\n", scenario->name,
	       blow->process, blow->number, traced->nr,
	       blow->error == 0 ? "SIGKILL" : strerrorname_np(blow->error), traced->status, why);
	fflush(stdout);
}

static long count_calls(const struct scenario *scenario, int process, char *output)
{
	struct blow blow = { .process = process };
	struct traced traced;
	const char *why;

	strike(scenario, &blow, &traced, output);
	memcpy(wanted, output, sizeof(wanted));
	why = judge(scenario, &blow, &traced, output);
	if (why == NULL && traced.status != 0)
		why = "it fails even when nobody strikes";
	if (why == NULL)
		return traced.calls;
	tell(scenario, &blow, &traced, why);
	leftovers_remove(&places);
	return -1;
}

/* One strike, judged. 1: it was not clean. */
static int strike_one(const struct scenario *scenario, struct blow *blow, long *struck)
{
	static char output[OUTPUT_ROOM];
	struct traced traced;
	const char *why;

	strike(scenario, blow, &traced, output);
	*struck += traced.hit;
	why = judge(scenario, blow, &traced, output);
	if (why == NULL)
		return 0;
	tell(scenario, blow, &traced, why);
	leftovers_remove(&places);
	return 1;
}

/* At a call there is one kill; or each of the errors, in a sample one of them in turn. */
static int strike_call(const struct scenario *scenario, int process, long call, long *struck)
{
	struct blow blow = { .process = process, .number = call };
	size_t turn = (size_t) (call / stride);
	int bad = 0;
	size_t i;

	if (!with_errors)
		return strike_one(scenario, &blow, struck);
	for (i = 0; i < ERROR_COUNT; i++) {
		if (stride > 1 && i != turn % ERROR_COUNT)
			continue;
		blow.error = errors[i];
		bad += strike_one(scenario, &blow, struck);
	}
	return bad;
}

static void strike_process(const struct scenario *scenario, int process)
{
	static char output[OUTPUT_ROOM];
	long calls = count_calls(scenario, process, output);
	int bad = calls <= 0 ? 1 : 0;
	long struck = 0;
	long call;

	for (call = 1 + offset % stride; call <= calls; call += stride)
		bad += strike_call(scenario, process, call, &struck);
	printf("%sok %d - %s: process %d, %ld calls: %ld %s: %d unclean\n",
	       bad > 0 || (struck == 0 && stride == 1) ? "not " : "", ++number, scenario->name,
	       process, calls, struck, with_errors ? "failed" : "kills", bad);
	fflush(stdout);
	unclean += bad;
}

static void run_scenario(const struct scenario *scenario)
{
	int process;

	for (process = 0; process < scenario->processes; process++)
		strike_process(scenario, process);
}

static long number_of(const char *text)
{
	uint64_t value = 0;

	if (text == NULL || !number_u64(text, &value) || value > 1000000) {
		fprintf(stderr, "kill-at: not a number: %s\n", text != NULL ? text : "");
		exit(2);
	}
	return (long) value;
}

int main(int argc, char **argv)
{
	const char *only = NULL;
	size_t i;
	int word = 1;

	for (; word < argc && strncmp(argv[word], "--", 2) == 0; word++) {
		if (strcmp(argv[word], "--errors") == 0)
			with_errors = true;
		else if (strcmp(argv[word], "--stride") == 0)
			stride = number_of(argv[++word]);
		else if (strcmp(argv[word], "--offset") == 0)
			offset = number_of(argv[++word]);
		else if (strcmp(argv[word], "--only") == 0)
			only = argv[++word];
	}
	if (argc - word != 3 || stride < 1) {
		fprintf(stderr, "usage: kill-at [OPTION...] WEIR ROOT CGROUP\n");
		return 2;
	}
	weir = argv[word];
	places = (struct places){ .root = argv[word + 1], .cgroup = argv[word + 2] };
	leftovers_begin();
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (only == NULL || strcmp(only, scenarios[i].name) == 0)
			run_scenario(&scenarios[i]);
	return unclean > 99 ? 99 : unclean;
}
