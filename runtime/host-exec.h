// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_HOST_EXEC_H
#define WEIR_RUNTIME_HOST_EXEC_H

struct err;
struct join;

/*
 * Starts a program of the host for a rung (host-exec), by the host's own policy alone: `words` as they
 * are, no shell; as the user and group of join->host, without capabilities and unable to gain any; stdio on
 * /dev/null, working directory /, `env` the whole environment; in the bounded cgroup of
 * join_cgroup_path(). Returns at once; *pidfd, the caller's, is the program's own.
 */
int host_exec_start(const struct join *join, const char *const words[], const char *const env[],
		    int *pidfd, struct err *err);

#endif
