// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CGROUPFS_DEVICES_H
#define WEIR_CGROUPFS_DEVICES_H

#include <stddef.h>
#include <stdint.h>

struct err;

/*
 * Which devices the processes of a cgroup may open or make: a BPF_PROG_TYPE_CGROUP_DEVICE program
 * (kernel: cgroup-v2.rst, Device controller; bpf(2)).
 *
 * The rules are read like writes into a table that has one cell for each device and access bit and
 * starts out all "denied": each rule sets its cells, in order, so the last rule for a cell decides.
 * A request is allowed if every bit it asks for is. So "allow r", "allow w" for one device allow
 * opening it O_RDWR, "allow rwm" then "deny w" leave reading it, and a rule that names no bit of the
 * request does not matter to it. (cgroup v1 came to the same for rules about the same device, but let
 * no later rule override an earlier, wider one except by exact repetition.)
 * A request for no bit at all is allowed where any bit is named by an allow rule.
 */
enum device_access {
	DEVICE_MKNOD = 1, /* BPF_DEVCG_ACC_MKNOD */
	DEVICE_READ = 2,  /* BPF_DEVCG_ACC_READ */
	DEVICE_WRITE = 4, /* BPF_DEVCG_ACC_WRITE */
	DEVICE_ALL = 7,
};

#define DEVICE_ANY (-1)

struct device_rule {
	int allow;	 /* 0 or 1 */
	char type;	 /* 'a', 'b', 'c'; 'a' is both, and major and minor count for it as well */
	int64_t major;	 /* DEVICE_ANY: all */
	int64_t minor;	 /* DEVICE_ANY: all */
	unsigned access; /* of enum device_access */
};

/* What a process asks for: open(2) for some bits of access at once, or mknod(2). */
struct device_request {
	char type; /* 'b', 'c' */
	uint32_t major;
	uint32_t minor;
	unsigned access; /* of enum device_access */
};

/*
 * Builds, loads and attaches the program to the cgroup. One that an earlier call attached to the same
 * cgroup is replaced at once (BPF_F_REPLACE, 5.6), so that no moment has no program; it is known by
 * its name. Those of others (systemd's) stay, and all must agree for a device to be allowed
 * (BPF_F_ALLOW_MULTI). -EINVAL: a rule that is none; -EPERM without CAP_BPF and CAP_NET_ADMIN (or
 * CAP_SYS_ADMIN) in the initial user namespace; -errno with the verifier's last line in err.
 */
int devices_apply(int cgroup_dirfd, const struct device_rule *rules, size_t count, struct err *err);

/* What the program built from `rules` answers: 1 allowed, 0 denied; the same decision in C, for tests
 * and for `--plan`. */
int devices_decide(const struct device_rule *rules, size_t count,
		   const struct device_request *request);

#endif
