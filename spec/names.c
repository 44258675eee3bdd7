// SPDX-License-Identifier: Apache-2.0
/*
 * Words and constants.
 * Should: hold every word that config.md and config-linux.md list.
 * Must not: hold one that no constant stands for.
 */
#include "spec/names.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

/* Newer than the oldest headers weir is built with. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5) /* linux 5.19 */
#endif
#ifndef SCMP_ARCH_LOONGARCH64
#define SCMP_ARCH_LOONGARCH64 0xc0000102 /* libseccomp 2.6: AUDIT_ARCH_LOONGARCH64 */
#endif
#ifndef SCMP_ARCH_M68K
#define SCMP_ARCH_M68K 0x00000004 /* libseccomp 2.6: AUDIT_ARCH_M68K */
#endif
#ifndef SCMP_ARCH_SH
#define SCMP_ARCH_SH 0x4000002a /* libseccomp 2.6: AUDIT_ARCH_SHEL */
#endif
#ifndef SCMP_ARCH_SHEB
#define SCMP_ARCH_SHEB 0x0000002a /* libseccomp 2.6: AUDIT_ARCH_SH */
#endif
#define SCHED_ISO_RESERVED	     4 /* linux/sched.h reserves the number without a name */
#define MPOL_WEIGHTED_INTERLEAVE_6_9 6 /* an enumerator of linux/mempolicy.h since 6.9 */
#define MPOL_F_NUMA_BALANCING_5_12   (1 << 13)

#define SAME(name)                                                                                 \
	{                                                                                          \
		.word = #name, .value = name                                                       \
	}

const struct word names_rlimits[] = {
	SAME(RLIMIT_AS),
	SAME(RLIMIT_CORE),
	SAME(RLIMIT_CPU),
	SAME(RLIMIT_DATA),
	SAME(RLIMIT_FSIZE),
	SAME(RLIMIT_LOCKS),
	SAME(RLIMIT_MEMLOCK),
	SAME(RLIMIT_MSGQUEUE),
	SAME(RLIMIT_NICE),
	SAME(RLIMIT_NOFILE),
	SAME(RLIMIT_NPROC),
	SAME(RLIMIT_RSS),
	SAME(RLIMIT_RTPRIO),
	SAME(RLIMIT_RTTIME),
	SAME(RLIMIT_SIGPENDING),
	SAME(RLIMIT_STACK),
	{ 0 },
};

const struct word names_scheduler_policies[] = {
	{ .word = "SCHED_OTHER", .value = SCHED_NORMAL },
	SAME(SCHED_FIFO),
	SAME(SCHED_RR),
	SAME(SCHED_BATCH),
	{ .word = "SCHED_ISO", .value = SCHED_ISO_RESERVED },
	SAME(SCHED_IDLE),
	SAME(SCHED_DEADLINE),
	{ 0 },
};

const struct word names_scheduler_flags[] = {
	SAME(SCHED_FLAG_RESET_ON_FORK),	 SAME(SCHED_FLAG_RECLAIM),
	SAME(SCHED_FLAG_DL_OVERRUN),	 SAME(SCHED_FLAG_KEEP_POLICY),
	SAME(SCHED_FLAG_KEEP_PARAMS),	 SAME(SCHED_FLAG_UTIL_CLAMP_MIN),
	SAME(SCHED_FLAG_UTIL_CLAMP_MAX), { 0 },
};

const struct word names_io_classes[] = {
	SAME(IOPRIO_CLASS_RT),
	SAME(IOPRIO_CLASS_BE),
	SAME(IOPRIO_CLASS_IDLE),
	{ 0 },
};

const struct word names_namespaces[] = {
	{ .word = "pid", .value = CLONE_NEWPID },
	{ .word = "network", .value = CLONE_NEWNET },
	{ .word = "mount", .value = CLONE_NEWNS },
	{ .word = "ipc", .value = CLONE_NEWIPC },
	{ .word = "uts", .value = CLONE_NEWUTS },
	{ .word = "user", .value = CLONE_NEWUSER },
	{ .word = "cgroup", .value = CLONE_NEWCGROUP },
	{ .word = "time", .value = CLONE_NEWTIME },
	{ 0 },
};

/* The r-words are not the spec's, but engines write them ("rslave" for a slave volume). The root is
 * one mount, for which they mean the same. */
const struct word names_propagations[] = {
	{ .word = "shared", .value = MS_SHARED },
	{ .word = "slave", .value = MS_SLAVE },
	{ .word = "private", .value = MS_PRIVATE },
	{ .word = "unbindable", .value = MS_UNBINDABLE },
	{ .word = "rshared", .value = MS_SHARED },
	{ .word = "rslave", .value = MS_SLAVE },
	{ .word = "rprivate", .value = MS_PRIVATE },
	{ .word = "runbindable", .value = MS_UNBINDABLE },
	{ 0 },
};

const struct word names_device_types[] = {
	{ .word = "c", .value = 'c' },
	{ .word = "u", .value = 'c' },
	{ .word = "b", .value = 'b' },
	{ .word = "p", .value = 'p' },
	{ 0 },
};

const struct word names_device_rule_types[] = {
	{ .word = "a", .value = 'a' },
	{ .word = "c", .value = 'c' },
	{ .word = "b", .value = 'b' },
	{ 0 },
};

const struct word names_seccomp_actions[] = {
	SAME(SCMP_ACT_KILL),
	SAME(SCMP_ACT_KILL_PROCESS),
	SAME(SCMP_ACT_KILL_THREAD),
	SAME(SCMP_ACT_TRAP),
	{ .word = "SCMP_ACT_ERRNO", .value = SCMP_ACT_ERRNO(0) },
	{ .word = "SCMP_ACT_TRACE", .value = SCMP_ACT_TRACE(0) },
	SAME(SCMP_ACT_ALLOW),
	SAME(SCMP_ACT_LOG),
	SAME(SCMP_ACT_NOTIFY),
	{ 0 },
};

const struct word names_seccomp_archs[] = {
	SAME(SCMP_ARCH_X86),	  SAME(SCMP_ARCH_X86_64),      SAME(SCMP_ARCH_X32),
	SAME(SCMP_ARCH_ARM),	  SAME(SCMP_ARCH_AARCH64),     SAME(SCMP_ARCH_MIPS),
	SAME(SCMP_ARCH_MIPS64),	  SAME(SCMP_ARCH_MIPS64N32),   SAME(SCMP_ARCH_MIPSEL),
	SAME(SCMP_ARCH_MIPSEL64), SAME(SCMP_ARCH_MIPSEL64N32), SAME(SCMP_ARCH_PPC),
	SAME(SCMP_ARCH_PPC64),	  SAME(SCMP_ARCH_PPC64LE),     SAME(SCMP_ARCH_S390),
	SAME(SCMP_ARCH_S390X),	  SAME(SCMP_ARCH_PARISC),      SAME(SCMP_ARCH_PARISC64),
	SAME(SCMP_ARCH_RISCV64),  SAME(SCMP_ARCH_LOONGARCH64), SAME(SCMP_ARCH_M68K),
	SAME(SCMP_ARCH_SH),	  SAME(SCMP_ARCH_SHEB),	       { 0 },
};

const struct word names_seccomp_flags[] = {
	SAME(SECCOMP_FILTER_FLAG_TSYNC),
	SAME(SECCOMP_FILTER_FLAG_LOG),
	SAME(SECCOMP_FILTER_FLAG_SPEC_ALLOW),
	SAME(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV),
	{ 0 },
};

const struct word names_seccomp_operators[] = {
	SAME(SCMP_CMP_NE), SAME(SCMP_CMP_LT), SAME(SCMP_CMP_LE),	SAME(SCMP_CMP_EQ),
	SAME(SCMP_CMP_GE), SAME(SCMP_CMP_GT), SAME(SCMP_CMP_MASKED_EQ), { 0 },
};

const struct word names_memory_modes[] = {
	SAME(MPOL_DEFAULT),
	SAME(MPOL_BIND),
	SAME(MPOL_INTERLEAVE),
	{ .word = "MPOL_WEIGHTED_INTERLEAVE", .value = MPOL_WEIGHTED_INTERLEAVE_6_9 },
	SAME(MPOL_PREFERRED),
	SAME(MPOL_PREFERRED_MANY),
	SAME(MPOL_LOCAL),
	{ 0 },
};

const struct word names_memory_flags[] = {
	{ .word = "MPOL_F_NUMA_BALANCING", .value = MPOL_F_NUMA_BALANCING_5_12 },
	SAME(MPOL_F_RELATIVE_NODES),
	SAME(MPOL_F_STATIC_NODES),
	{ 0 },
};

const struct word names_personalities[] = {
	{ .word = "LINUX", .value = PER_LINUX },
	{ .word = "LINUX32", .value = PER_LINUX32 },
	{ 0 },
};

const char *names_word(const struct word *words, int64_t value)
{
	while (words->word != NULL && words->value != value)
		words++;
	return words->word != NULL ? words->word : "?";
}
