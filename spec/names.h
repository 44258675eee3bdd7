// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SPEC_NAMES_H
#define WEIR_SPEC_NAMES_H

#include "spec/field.h"

/*
 * The words of config.md and config-linux.md and the constants of the kernel and of libseccomp
 * they stand for. Each table ends with a NULL word. `weir features` lists them.
 */
extern const struct word names_rlimits[];	     /* RLIMIT_*, without the prefix cut */
extern const struct word names_scheduler_policies[]; /* SCHED_* */
extern const struct word names_scheduler_flags[];    /* SCHED_FLAG_* */
extern const struct word names_io_classes[];	     /* IOPRIO_CLASS_* */
extern const struct word names_namespaces[];	     /* CLONE_NEW* */
extern const struct word names_propagations[];	     /* MS_SHARED ... */
extern const struct word names_device_types[];	     /* 'c', 'b', 'p' */
extern const struct word names_device_rule_types[];  /* 'a', 'c', 'b' */
extern const struct word names_seccomp_actions[];    /* SCMP_ACT_*, errno part 0 */
extern const struct word names_seccomp_archs[];	     /* SCMP_ARCH_* */
extern const struct word names_seccomp_flags[];	     /* SECCOMP_FILTER_FLAG_* */
extern const struct word names_seccomp_operators[];  /* SCMP_CMP_* */
extern const struct word names_memory_modes[];	     /* MPOL_* */
extern const struct word names_memory_flags[];	     /* MPOL_F_* */
extern const struct word names_personalities[];	     /* PER_LINUX, PER_LINUX32 */

/* The first word of the table with this value, "?" if there is none. */
const char *names_word(const struct word *words, int64_t value);

#endif
