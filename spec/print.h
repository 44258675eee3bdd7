// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SPEC_PRINT_H
#define WEIR_SPEC_PRINT_H

#include <stdint.h>

struct emit;

/* Writes the default config.json that `weir spec` prints: a shell in ./rootfs with new pid,
 * network, ipc, uts, mount and cgroup namespaces and the default mounts of config-linux.md. */
void spec_print_default(struct emit *emit);

/* The same for a caller without privileges: in a user namespace whose root is `uid`, `gid` outside,
 * with the host's network, no resources, the host's /sys, and no option that names an id. */
void spec_print_rootless(struct emit *emit, uint32_t uid, uint32_t gid);

#endif
