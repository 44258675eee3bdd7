// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_DEVICES_H
#define WEIR_CGROUPFS_DEVICES_H

#include <stddef.h>
#include <stdint.h>

struct err;

/*
 * Which devices the processes of a cgroup may open or make: a BPF_PROG_TYPE_CGROUP_DEVICE program
 * (kernel: cgroup-v2.rst, Device controller; bpf(2)).
 */
enum device_access {
	DEVICE_MKNOD = 1, /* BPF_DEVCG_ACC_MKNOD */
	DEVICE_READ = 2,  /* BPF_DEVCG_ACC_READ */
	DEVICE_WRITE = 4, /* BPF_DEVCG_ACC_WRITE */
};

#define DEVICE_ANY (-1)

struct device_rule {
	int allow;	 /* 0 or 1 */
	char type;	 /* 'a', 'b', 'c' */
	int64_t major;	 /* DEVICE_ANY: all */
	int64_t minor;	 /* DEVICE_ANY: all */
	unsigned access; /* of enum device_access */
};

/* Builds, loads and attaches the program to the cgroup: the last rule that matches decides, none
 * matching denies. Replaces (BPF_F_REPLACE, or multi-attach and detach) a program that an earlier call
 * attached. -errno with the verifier's last line in err. */
int devices_apply(int cgroup_dirfd, const struct device_rule *rules, size_t count, struct err *err);

/* What the program built from `rules` answers: 1 allowed, 0 denied; the same decision in C, for tests
 * and for `--plan`. */
int devices_decide(const struct device_rule *rules, size_t count, char type, int64_t major,
		   int64_t minor, unsigned access);

#endif
