// SPDX-License-Identifier: Apache-2.0
/*
 * pressure-client: a service that listens for memory pressure as https://systemd.io/MEMORY_PRESSURE says, and
 * gives its memory back when it hears. It takes 4 MiB every 20 ms until then.
 *
 *	pressure-client protocol	by the words of that page
 *	pressure-client sd-event	by libsystemd's sd_event_add_memory_pressure(3), as a service of ours would
 *
 * Ends with 0 when it heard, and 3 when it took 200 MiB and heard nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP_BYTES ((size_t) 4 << 20)
#define STEPS	   50
#define STEP_MSEC  20

static char *taken[STEPS];
static size_t steps;
static int heard;

static void take_more(void)
{
	taken[steps] = mmap(NULL, STEP_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	steps++;
}

static int give_back(void)
{
	printf("heard with %zu MiB\n", steps * (STEP_BYTES >> 20));
	fflush(stdout);
	while (steps > 0)
		munmap(taken[--steps], STEP_BYTES);
	heard = 1;
	return 0;
}

/* ---- by the words ---- */

/* "If the path refers to a regular file, it should be opened for reading and writing, written to, and polled for
 * POLLPRI; a FIFO is opened for reading and polled for POLLIN, and what comes is read and ignored." */
static int open_watch(void)
{
	const char *path = getenv("MEMORY_PRESSURE_WATCH");
	struct stat status;
	int fd;

	if (path == NULL || path[0] != '/' || strcmp(path, "/dev/null") == 0) {
		fprintf(stderr, "MEMORY_PRESSURE_WATCH is %s\n", path != NULL ? path : "not set");
		exit(2);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISFIFO(status.st_mode)) {
		perror(path);
		exit(2);
	}
	return fd;
}

static void follow_protocol(void)
{
	struct pollfd slot = { .fd = open_watch(), .events = POLLIN };
	char waste[4096];

	while (!heard && steps < STEPS) {
		take_more();
		if (poll(&slot, 1, STEP_MSEC) <= 0)
			continue;
		if ((slot.revents & POLLHUP) != 0 || read(slot.fd, waste, sizeof(waste)) <= 0)
			exit(2);
		give_back();
	}
}

/* ---- by the library ---- */

struct sd_event;
struct sd_event_source;
typedef int handler(struct sd_event_source *source, void *context);

static int on_pressure(struct sd_event_source *source, void *context)
{
	(void) source;
	(void) context;
	return give_back();
}

/* Not linked: what is built on a host with an older libsystemd runs where there is a newer one. */
static void *symbol(const char *name)
{
	static void *library;
	void *found;

	if (library == NULL)
		library = dlopen("libsystemd.so.0", RTLD_NOW);
	found = library != NULL ? dlsym(library, name) : NULL;
	if (found == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		exit(4);
	}
	return found;
}

static void follow_library(void)
{
	int (*make)(struct sd_event **) = NULL;
	int (*add)(struct sd_event *, struct sd_event_source **, handler *, void *) = NULL;
	int (*run)(struct sd_event *, uint64_t) = NULL;
	struct sd_event_source *source = NULL;
	struct sd_event *event = NULL;
	int result;

	*(void **) &make = symbol("sd_event_new");
	*(void **) &add = symbol("sd_event_add_memory_pressure");
	*(void **) &run = symbol("sd_event_run");
	result = make(&event);
	if (result >= 0)
		result = add(event, &source, on_pressure, NULL);
	while (result >= 0 && !heard && steps < STEPS) {
		take_more();
		result = run(event, STEP_MSEC * 1000);
	}
	if (result < 0) {
		fprintf(stderr, "sd-event: %s\n", strerror(-result));
		exit(2);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "protocol") == 0) {
		follow_protocol();
	} else if (argc == 2 && strcmp(argv[1], "sd-event") == 0) {
		follow_library();
	} else {
		fprintf(stderr, "usage: pressure-client protocol|sd-event\n");
		return 2;
	}
	return heard ? 0 : 3;
}
