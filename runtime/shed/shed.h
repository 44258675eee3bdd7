// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_SHED_SHED_H
#define WEIR_RUNTIME_SHED_SHED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Asking the language runtimes of a container to give memory back, each by the door that it has for
 * that (governor.md 4). Called inside of the container: in its namespaces, as its user, behind its
 * filter. Whatever goes wrong there goes wrong with the container's own privileges.
 */

/* Asks each process that it knows how to ask, and prints one line for each to stdout: "jvm 17: GC.run,
 * System.trim_native_heap". The number of processes asked. */
int shed_all(const void *unused);

/* Has each of those that can (HotSpot, Node.js with an open inspector) write its heap to a file of
 * `directory`, an absolute path in the container, where it keeps the newest two; prints as above. */
int dump_all(const void *directory);

/* One process of a known kind. `said` gets what came of it, in a few words. 0: it did as asked. */
#define SHED_SAID 160
struct shed_target {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	bool catches_quit;  /* SIGQUIT has a handler */
	char cmdline[1024]; /* words, separated by blanks */
};

int shed_jvm(const struct shed_target *target, char said[SHED_SAID]);
int shed_dotnet(const struct shed_target *target, char said[SHED_SAID]);
int shed_node(const struct shed_target *target, char said[SHED_SAID]);
int shed_redis(const struct shed_target *target, char said[SHED_SAID]);

/* One kind's way to write its heap to the file `path`, which is made by it. `said` as above. */
#define DUMP_SECONDS 60 /* that it may take */
struct dumper {
	int (*dump)(const struct shed_target *target, const char *path, char said[SHED_SAID]);
	const char *suffix; /* what people's tools know such files by */
};

int dump_jvm(const struct shed_target *target, const char *path, char said[SHED_SAID]);
int dump_node(const struct shed_target *target, const char *path, char said[SHED_SAID]);

/* Finds room and a name in the directory `path` (dump.c), then dumps. */
int dump_to(const struct shed_target *target, const struct dumper *dumper, const char *path,
	    char said[SHED_SAID]);

/* The inspector of a Node.js, when it is open: a connection that takes node_ask(), or -1. */
int node_connect(const struct shed_target *target);
bool node_ask(int fd, const char *text);

/* ---- what they share (talk.c) ---- */

/* A connection to a unix socket, or to a port of the loopback; -1. Nothing of it blocks for longer
 * than a second or two. */
int talk_unix(const char *path);
int talk_tcp(unsigned port);

/* Waits so long for what comes, instead. */
void talk_patience(int fd, int seconds);

/* All of it; false if it did not go through. */
bool talk_send(int fd, const void *data, size_t size);

/* Up to size-1 bytes of what comes, NUL-ended: until `until` is in it (NULL: until end of file). */
size_t talk_receive(int fd, char *buffer, size_t size, const char *until);

/* The number behind `key` in the command line ("--inspect="), or `otherwise`. */
unsigned talk_port(const struct shed_target *target, const char *key, unsigned otherwise);

#endif
