// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SPEC_PRINT_H
#define WEIR_SPEC_PRINT_H

struct emit;

/* Writes the default config.json that `weir spec` prints: a shell in ./rootfs with new pid,
 * network, ipc, uts, mount and cgroup namespaces and the default mounts of config-linux.md. */
void spec_print_default(struct emit *emit);

#endif
