// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SERVICE_SERVICE_H
#define WEIR_SERVICE_SERVICE_H

#include <stdbool.h>

struct err;
struct log;

/*
 * `weir governor`: one process that governs all containers of a root, in the place of a keeper for each.
 * It listens at ROOT/.governor (SOCK_SEQPACKET) for whoever creates a container; the state in the root
 * is all that it needs to know of one, so a service that is started anew finds those that nobody
 * governs, and takes them.
 *
 *	creator                                service
 *	   │  "weir1 govern ID"                   │   one packet; the peer is our user, or root
 *	   ├─────────────────────────────────────►│   opens ROOT/ID, arms the trip-line
 *	   │  "ok"  |  "no: WHY"                  │
 *	   │◄─────────────────────────────────────┤   the connection ends
 */
#define SERVICE_SOCKET ".governor"	/* in ROOT; no id begins with a dot */
#define SERVICE_LOCK   ".governor.lock" /* held as long as the service lives; its pid as text */

enum service_verb {
	SERVICE_GOVERN, /* from now on */
	SERVICE_HOSTS,	/* does it? */
	SERVICE_VERBS
};

/* Asks the service of the root. 1: it does. 0: it does not (SERVICE_HOSTS), or nobody listens. -errno with its reason: it refuses. */
int service_ask(int rootfd, enum service_verb verb, const char *id, struct err *err);

/* Stays until it is ended by SIGTERM or SIGINT. Without `foreground` it leaves its caller, who returns
 * when it is ready. */
int service_run(const char *root_path, bool foreground, const struct log *log, struct err *err);

/* ---- the parts ---- */

#define SERVICE_REQUEST_ROOM 320 /* a verb and an id, which is a file's name */
#define SERVICE_ANSWER_ROOM  512

/* The service's end: 0, or -errno with what the peer is to be told. `id` is checked. */
int service_read_request(int connection, enum service_verb *verb, char id[SERVICE_REQUEST_ROOM],
			 struct err *err);
/* `result` as service_ask() returns it. -errno if the peer is gone: it has not been told. */
int service_answer(int connection, int result, const struct err *err);

/* Binds and listens. -EBUSY: another service has the root (its lock becomes ours: *lock). */
int service_listen(int rootfd, int *lock, int *listener, struct err *err);

/* Tells systemd, if it asked to be told (sd_notify(3)). Nothing of it can fail anybody. */
void service_notify(const char *state);

#endif
