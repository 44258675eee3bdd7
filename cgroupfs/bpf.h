// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_BPF_H
#define WEIR_CGROUPFS_BPF_H

#include <stddef.h>
#include <stdint.h>

struct bpf_insn;
struct err;

/* The few commands of bpf(2) that device programs need. -errno unless said otherwise. */

/* Loads a BPF_PROG_TYPE_CGROUP_DEVICE program under `name` (15 letters at most). Returns its
 * descriptor; on failure err has the verifier's last line, if it said one. */
int bpf_load_device(const char *name, const struct bpf_insn *program, size_t length,
		    struct err *err);

/* The ids of the device programs attached to this very cgroup, at most `room`. Returns how many
 * there are. */
int bpf_attached_devices(int cgroup_dirfd, uint32_t *ids, size_t room);

/* The program `id` if its name is `name`: its descriptor; -ENOENT if it is another or gone. */
int bpf_open_named(uint32_t id, const char *name);

/* Attaches beside others'; in place of `replaced_fd` unless that is -1. */
int bpf_attach_device(int cgroup_dirfd, int program_fd, int replaced_fd);

#endif
