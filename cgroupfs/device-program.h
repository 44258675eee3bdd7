// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_DEVICE_PROGRAM_H
#define WEIR_CGROUPFS_DEVICE_PROGRAM_H

#include <stddef.h>

struct bpf_insn;
struct device_rule;
struct err;

/* The eBPF program that decides as devices_decide() does. *out is the caller's (free(3)).
 * -EINVAL for a rule that is none, with its number; -ENOMEM. */
int device_program_build(const struct device_rule *rules, size_t count, struct bpf_insn **out,
			 size_t *length, struct err *err);

#endif
