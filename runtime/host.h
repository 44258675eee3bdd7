// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_HOST_H
#define WEIR_RUNTIME_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct err;

/* What is asked of the machine and of its kernel, and where its well-known files are. */

#define HOST_CGROUP_MOUNT   "/sys/fs/cgroup"
#define HOST_JOURNAL_SOCKET "/run/systemd/journal/socket"

/* -ENOSYS with one clear sentence on a kernel before 5.14 (docs/ARCHITECTURE.md: why). */
int host_check_kernel(struct err *err);

/* The bits of the capabilities this kernel knows. */
uint64_t host_capabilities(void);

/* Whether the runtime is in the initial user namespace. */
bool host_in_initial_userns(void);

/* Whether it has not the powers of the host's root: another user, or root of a user namespace only. */
bool host_is_rootless(void);

/* The id of this boot, so that a state file from before a reboot is known as such. */
#define HOST_BOOT_ID_ROOM 64
int host_boot_id(char out[HOST_BOOT_ID_ROOM], struct err *err);

/* When process `pid` was started, in clock ticks since boot (proc(5), stat field 22), and whether
 * it is a zombie. -ESRCH if there is no such process. Together with the boot id, the time makes a
 * reused pid recognisable. */
int host_process_start(pid_t pid, uint64_t *ticks, bool *zombie);

/* The state letter of a process (proc(5), stat field 3): 'R', 'S', 'T' … -ESRCH if it is gone. */
int host_process_state(pid_t pid, char *state);

/* The files of a cgroup that go with its directory when it is delegated, one a line: what the kernel
 * says in /sys/kernel/cgroup/delegate (cgroups(7)); NULL where it does not. Lives in `arena`. */
const char *host_delegated_files(struct arena *arena);

/* Where containers are kept unless --root says otherwise: /run/weir for root,
 * $XDG_RUNTIME_DIR/weir for others. Lives in `arena`. */
const char *host_default_root(struct arena *arena);

/* A pid's descriptor (pidfd_open(2)), or -errno. */
int host_pidfd(pid_t pid);

/* Sends a signal to the process a pidfd refers to. 0 or -errno. */
int host_signal(int pidfd, int signal);

#endif
