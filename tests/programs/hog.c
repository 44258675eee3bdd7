// SPDX-License-Identifier: Apache-2.0
/*
 * hog: takes anonymous memory at a chosen speed and says how much it has.
 *
 * Should: be static and small, touch every page it maps, give all back on the shedding signal.
 * Must not: depend on malloc's habits, or allocate anything that the total does not count.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MIB	      ((size_t) 1 << 20)
#define SAY_EVERY_MIB 16
#define MAX_THREADS   64

struct wish {
	unsigned long rate_mib_s; /* all threads together; 0 is full speed */
	unsigned long threads;
	unsigned long max_mib; /* all threads together; 0 is no end */
	unsigned long hold_s;  /* how long max is kept before the end */
	unsigned long sheds;   /* end after giving back so often; 0 is no end */
	bool touch;
};

static struct wish wish = { .threads = 1, .touch = true };
static unsigned long total_mib;
static volatile sig_atomic_t sheds_asked; /* a count, so that each thread sees each ask */
static volatile sig_atomic_t exit_asked;

static void on_shed(int sig)
{
	(void) sig;
	sheds_asked++;
}

static void on_exit_signal(int sig)
{
	(void) sig;
	exit_asked = 1;
}

/* One write per line, so that lines of several threads do not mix and a killed program's last one is out. */
static void say(const char *what, unsigned long mib)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "%s%lu MiB\n", what, mib);

	if (length > 0 && write(STDOUT_FILENO, line, (size_t) length) < 0)
		exit_asked = 1;
}

static void sleep_usec(unsigned long usec)
{
	struct timespec left = { .tv_sec = (time_t) (usec / 1000000),
				 .tv_nsec = (long) (usec % 1000000) * 1000 };

	while (!exit_asked && nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* A list threaded through the blocks themselves: what is mapped is exactly what is counted. */
struct block {
	struct block *next;
};

static struct block *take(struct block *list)
{
	size_t page = (size_t) sysconf(_SC_PAGESIZE);
	uint8_t *memory =
		mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct block *head;

	if (memory == MAP_FAILED) {
		perror("hog: mmap");
		exit(1);
	}
	for (size_t at = 0; wish.touch && at < MIB; at += page)
		memory[at] = 1;
	head = (struct block *) (void *) memory;
	head->next = list;
	return head;
}

static void give_back(struct block *list)
{
	while (list) {
		struct block *next = list->next;

		munmap(list, MIB);
		__atomic_sub_fetch(&total_mib, 1, __ATOMIC_RELAXED);
		list = next;
	}
}

static bool enough(void)
{
	return wish.max_mib && __atomic_load_n(&total_mib, __ATOMIC_RELAXED) >= wish.max_mib;
}

static struct block *grow(struct block *list)
{
	unsigned long now = __atomic_add_fetch(&total_mib, 1, __ATOMIC_RELAXED);

	list = take(list);
	if (now % SAY_EVERY_MIB == 0)
		say("", now);
	if (wish.rate_mib_s)
		sleep_usec(1000000 * wish.threads / wish.rate_mib_s);
	return list;
}

static struct block *shed(struct block *list)
{
	give_back(list);
	say("shed, now ", __atomic_load_n(&total_mib, __ATOMIC_RELAXED));
	return NULL;
}

/* How often a thread that has enough looks for a signal. */
#define HOLD_STEP_USEC 10000

static void *hog(void *unused)
{
	struct block *list = NULL;
	sig_atomic_t sheds_seen = 0;
	unsigned long held_usec = 0;

	while (!exit_asked) {
		if (sheds_seen != sheds_asked) {
			sheds_seen = sheds_asked;
			list = shed(list);
			if (wish.sheds && (unsigned long) sheds_seen >= wish.sheds)
				break;
		} else if (!enough()) {
			list = grow(list);
		} else if (held_usec < wish.hold_s * 1000000) {
			sleep_usec(HOLD_STEP_USEC);
			held_usec += HOLD_STEP_USEC;
		} else {
			break;
		}
	}
	return unused;
}

static int signal_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = {
		{ "USR1", SIGUSR1 }, { "USR2", SIGUSR2 }, { "TERM", SIGTERM },
		{ "INT", SIGINT },   { "HUP", SIGHUP },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].number;
	fprintf(stderr, "hog: no signal '%s': USR1, USR2, TERM, INT or HUP\n", name);
	exit(2);
}

static void handle(const char *name, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	sigemptyset(&action.sa_mask);
	sigaction(signal_number(name), &action, NULL);
}

/* Nine digits are more than any use of it, and cannot overflow. */
#define DIGITS_MAX 9

static unsigned long whole_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long value = 0;

	if (digits == 0 || digits > DIGITS_MAX || text[digits]) {
		fprintf(stderr, "hog: not a whole number: '%s'\n", text);
		exit(2);
	}
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (unsigned long) (text[i] - '0');
	return value;
}

/* NULL for the options that take no number. */
static unsigned long *number_of(int option)
{
	switch (option) {
	case 'r':
		return &wish.rate_mib_s;
	case 't':
		return &wish.threads;
	case 'm':
		return &wish.max_mib;
	case 'h':
		return &wish.hold_s;
	case 'S':
		return &wish.sheds;
	default:
		return NULL;
	}
}

static void parse(int argc, char **argv)
{
	static const struct option rows[] = {
		{ "rate", required_argument, NULL, 'r' },
		{ "threads", required_argument, NULL, 't' },
		{ "max", required_argument, NULL, 'm' },
		{ "hold", required_argument, NULL, 'h' },
		{ "touch", no_argument, NULL, 'T' },
		{ "no-touch", no_argument, NULL, 'N' },
		{ "sheds", required_argument, NULL, 'S' },
		{ "shed-on", required_argument, NULL, 's' },
		{ "exit-on", required_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		switch (option) {
		case 'T':
			wish.touch = true;
			break;
		case 'N':
			wish.touch = false;
			break;
		case 's':
			handle(optarg, on_shed);
			break;
		case 'x':
			handle(optarg, on_exit_signal);
			break;
		default:
			if (!number_of(option))
				exit(2);
			*number_of(option) = whole_number(optarg);
		}
	}
	if (optind != argc || wish.threads == 0 || wish.threads > MAX_THREADS) {
		fprintf(stderr,
			"usage: hog [--rate MIB_PER_S] [--threads 1..%d] [--max MIB] [--hold SECONDS]\n"
			"  [--[no-]touch] [--shed-on SIGNAL] [--sheds TIMES] [--exit-on SIGNAL]\n",
			MAX_THREADS);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	pthread_t others[MAX_THREADS];
	unsigned long started = 0;

	parse(argc, argv);
	while (started + 1 < wish.threads && pthread_create(&others[started], NULL, hog, NULL) == 0)
		started++;
	hog(NULL);
	while (started > 0)
		pthread_join(others[--started], NULL);
	say(exit_asked ? "asked to end at " : "done at ",
	    __atomic_load_n(&total_mib, __ATOMIC_RELAXED));
	return 0;
}
