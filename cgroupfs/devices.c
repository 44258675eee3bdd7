// SPDX-License-Identifier: Apache-2.0
/*
 * The device rules of one cgroup.
 * Should: leave no moment in which a cgroup that had rules has none.
 * Must not: touch programs that are not ours.
 */
#include "cgroupfs/devices.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cgroupfs/bpf.h"
#include "cgroupfs/device-program.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"

#define PROGRAM_NAME "weir_devices"

/* The kernel attaches no more to one cgroup (BPF_CGROUP_MAX_PROGS). */
#define PROGRAM_ROOM 64

static bool matches(const struct device_rule *rule, const struct device_request *request)
{
	return (rule->type == 'a' || rule->type == request->type) &&
	       (rule->major == DEVICE_ANY || rule->major == request->major) &&
	       (rule->minor == DEVICE_ANY || rule->minor == request->minor);
}

int devices_decide(const struct device_rule *rules, size_t count,
		   const struct device_request *request)
{
	unsigned access = request->access; /* the bits that no rule has decided yet */
	size_t i;

	/* The last rule first: what it decides, no earlier one can change. */
	for (i = count; i > 0; i--) {
		const struct device_rule *rule = &rules[i - 1];

		if (rule->access == 0 || !matches(rule, request))
			continue;
		if (!rule->allow && (access & rule->access) != 0)
			return 0;
		if (rule->allow)
			access &= ~rule->access;
		if (rule->allow && access == 0)
			return 1;
	}
	return 0;
}

/* Our program on this cgroup: its descriptor, -ENOENT if there is none. */
static int find_ours(int cgroup_dirfd)
{
	uint32_t ids[PROGRAM_ROOM] = { 0 };
	int count = bpf_attached_devices(cgroup_dirfd, ids, PROGRAM_ROOM);
	int i;

	for (i = 0; i < count; i++) {
		int fd = bpf_open_named(ids[i], PROGRAM_NAME);

		if (fd != -ENOENT)
			return fd;
	}
	return count < 0 ? count : -ENOENT;
}

static int attach(int cgroup_dirfd, int program, struct err *err)
{
	auto_fd int old = find_ours(cgroup_dirfd);
	int result;

	if (old < 0 && old != -ENOENT)
		return err_set(err, -old, "look for an earlier device program");
	result = bpf_attach_device(cgroup_dirfd, program, old);
	if (result < 0)
		return err_set(err, -result, "attach device program");
	return 0;
}

int devices_apply(int cgroup_dirfd, const struct device_rule *rules, size_t count, struct err *err)
{
	auto_free struct bpf_insn *program = NULL;
	auto_fd int fd = -1;
	size_t length = 0;
	int result = device_program_build(rules, count, &program, &length, err);

	if (result < 0)
		return result;
	fd = bpf_load_device(PROGRAM_NAME, program, length, err);
	if (fd < 0)
		return fd;
	return attach(cgroup_dirfd, fd, err);
}
