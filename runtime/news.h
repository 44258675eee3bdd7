// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_NEWS_H
#define WEIR_RUNTIME_NEWS_H

#include <stdbool.h>

struct err;

/*
 * How a command reaches whoever governs a container: the FIFO "news" in its directory. The governor
 * holds it open for reading as long as it governs, be it a keeper, a foreground `run` or the service,
 * so the kernel itself knows whether somebody does: it forgets a reader that was killed. (An inotify
 * instance would do for the news alone, but an ordinary host grants 128 of them to a user, one for
 * each keeper.)
 */

/* The governor's end, made if missing: polls readable when there is news. A descriptor or -errno. */
int news_open(int container_dirfd, struct err *err);

/* Takes the news off; what they are is to be looked up. */
void news_take(int fd);

/* Whether somebody governs. */
bool news_heard(int container_dirfd);

/* Tells whoever governs that the container's limits are others. Nobody is waited for. */
void news_tell(int container_dirfd);

/* Waits until nobody governs any more; false when the time is over. */
bool news_wait_silence(int container_dirfd, int timeout_msec);

#endif
