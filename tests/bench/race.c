// SPDX-License-Identifier: Apache-2.0
/*
 * race ROUNDS CSV NAME=COMMAND...: the commands run in turn, one after the other, round after round.
 *
 * Should: measure each by the wall and by its own greatest resident set, and alternate them, so that what disturbs this
 * machine disturbs them all; fail if any of them fails.
 * Must not: be large itself: ru_maxrss of a child begins with that of who forked it, so each starts by vfork from here.
 *
 * A COMMAND is split at spaces; {} in it is the number of the run, for names. The CSV has a line for each run:
 * name,round,usec,maxrss_kib. On standard output: a table with minimum, median and 90th percentile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/number.h"

#define MAX_RACERS 16
#define MAX_WORDS  64
#define MAX_ROUNDS 10000
#define WARM_UP	   3

struct racer {
	char *name;
	char *words[MAX_WORDS];
	long *usec;
	long maxrss_kib;
};

static struct racer racers[MAX_RACERS];
static size_t racer_count;
static long serial; /* of all runs, for {} */
static int quiet;

_Noreturn static void give_up(const char *what, const char *why)
{
	fprintf(stderr, "race: %s: %s\n", what, why);
	exit(1);
}

static void add(char *text)
{
	struct racer *racer = &racers[racer_count];
	char *command = strchr(text, '=');
	size_t count = 0;

	if (racer_count == MAX_RACERS || !command)
		give_up(text, "wanted NAME=COMMAND, and no more than 16 of them");
	*command++ = '\0';
	racer->name = text;
	for (char *word = strtok(command, " "); word; word = strtok(NULL, " ")) {
		if (count == MAX_WORDS - 1)
			give_up(text, "more than 63 words");
		racer->words[count++] = word;
	}
	racer->usec = calloc(MAX_ROUNDS, sizeof(*racer->usec));
	if (!racer->usec || count == 0)
		give_up(text, "no command");
	racer_count++;
}

/* {} in a word is the run's number; the buffers are static, for there is one run at a time. */
static char **numbered(struct racer *racer)
{
	static char storage[MAX_WORDS][512];
	static char *words[MAX_WORDS];
	size_t i;

	for (i = 0; racer->words[i]; i++) {
		char *at = strstr(racer->words[i], "{}");

		words[i] = racer->words[i];
		if (!at)
			continue;
		snprintf(storage[i], sizeof(storage[i]), "%.*s%ld%s", (int) (at - racer->words[i]),
			 racer->words[i], serial, at + 2);
		words[i] = storage[i];
	}
	words[i] = NULL;
	return words;
}

static long now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static long run(struct racer *racer)
{
	char **words = numbered(racer);
	struct rusage usage;
	int status = 0;
	long began = now_usec();
	pid_t pid = vfork();

	if (pid == 0) {
		dup2(quiet, STDIN_FILENO);
		dup2(quiet, STDOUT_FILENO);
		execvp(words[0], words);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		give_up(racer->name, strerror(errno));
	began = now_usec() - began;
	if (status != 0)
		give_up(racer->name, "it failed");
	if (usage.ru_maxrss > racer->maxrss_kib)
		racer->maxrss_kib = usage.ru_maxrss;
	serial++;
	return began;
}

static void race(long rounds, FILE *csv)
{
	for (long round = -WARM_UP; round < rounds; round++)
		for (size_t i = 0; i < racer_count; i++) {
			long usec = run(&racers[i]);

			if (round < 0)
				continue;
			racers[i].usec[round] = usec;
			fprintf(csv, "%s,%ld,%ld,%ld\n", racers[i].name, round, usec,
				racers[i].maxrss_kib);
		}
}

static int ascending(const void *a, const void *b)
{
	long left = *(const long *) a;
	long right = *(const long *) b;

	return (left > right) - (left < right);
}

/* The last column is the median as a multiple of the first racer's. */
static void table(long rounds)
{
	double base = 0;

	printf("%-16s %9s %9s %9s %10s %8s\n", "", "min ms", "median", "p90", "rss KiB", "x first");
	for (size_t i = 0; i < racer_count; i++) {
		struct racer *racer = &racers[i];
		double median;

		qsort(racer->usec, (size_t) rounds, sizeof(*racer->usec), ascending);
		median = (double) racer->usec[rounds / 2];
		if (i == 0)
			base = median;
		printf("%-16s %9.2f %9.2f %9.2f %10ld %8.2f\n", racer->name,
		       (double) racer->usec[0] / 1000, median / 1000,
		       (double) racer->usec[rounds * 9 / 10] / 1000, racer->maxrss_kib,
		       median / base);
	}
}

int main(int argc, char *argv[])
{
	uint64_t number = 0;
	long rounds;
	FILE *csv;

	if (argc < 4)
		give_up("usage", "race ROUNDS CSV NAME=COMMAND...");
	if (!number_u64(argv[1], &number) || number < 1 || number > MAX_ROUNDS)
		give_up(argv[1], "rounds are 1 to 10000");
	rounds = (long) number;
	for (int i = 3; i < argc; i++)
		add(argv[i]);
	csv = fopen(argv[2], "ae");
	quiet = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (!csv || quiet < 0)
		give_up(argv[2], strerror(errno));
	race(rounds, csv);
	if (fclose(csv))
		give_up(argv[2], strerror(errno));
	table(rounds);
	return 0;
}
