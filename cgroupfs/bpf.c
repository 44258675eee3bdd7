// SPDX-License-Identifier: Apache-2.0
/*
 * bpf(2).
 * Should: hold every attribute of the system call that weir uses.
 * Must not: know what a program decides.
 */
#include "cgroupfs/bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"

#define LOG_SIZE (256U << 10) /* the verifier fails with ENOSPC if its words do not fit */

/* The kernel retries a load that was interrupted with EAGAIN only so often, then leaves it to us. */
#define LOAD_TRIES 5

static int call(int command, union bpf_attr *attr)
{
	long result = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return result < 0 ? -errno : (int) result;
}

static uint64_t address(const void *pointer)
{
	return (uint64_t) (uintptr_t) pointer;
}

static int load(union bpf_attr *attr)
{
	int tries = LOAD_TRIES;
	int fd;

	do {
		fd = call(BPF_PROG_LOAD, attr);
	} while (fd == -EAGAIN && --tries > 0);
	return fd;
}

/* What the verifier found wrong: its last line, but for the statistics it ends with. Cuts the log. */
static const char *last_word(char *log)
{
	char *line;

	do {
		size_t length = strlen(log);

		while (length > 0 && log[length - 1] == '\n')
			log[--length] = '\0';
		line = strrchr(log, '\n');
		line = line != NULL ? line + 1 : log;
		if (!text_starts(line, "processed ") || line == log)
			return line;
		*line = '\0';
	} while (true);
}

/* Once more, with the verifier talking: it costs time that only a failure is worth. */
static int explain_load(union bpf_attr *attr, int number, struct err *err)
{
	auto_free char *log = NULL;
	auto_fd int fd = -1; /* should it load after all, it is not kept */

	if (number != EPERM) /* that is no word of the verifier's */
		log = calloc(1, LOG_SIZE);
	if (log == NULL)
		return err_set(err, number, "load device program");
	attr->log_level = 1;
	attr->log_buf = address(log);
	attr->log_size = LOG_SIZE - 1;
	fd = load(attr);
	(void) fd;
	return err_set(err, number, "load device program: '%.512s'", last_word(log));
}

int bpf_load_device(const char *name, const struct bpf_insn *program, size_t length,
		    struct err *err)
{
	union bpf_attr attr = { 0 };
	int fd;

	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = address(program);
	attr.insn_cnt = (uint32_t) length;
	attr.license = address("Apache-2.0"); /* no helper that asks for the GPL is called */
	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
	fd = load(&attr);
	return fd < 0 ? explain_load(&attr, -fd, err) : fd;
}

int bpf_attached_devices(int cgroup_dirfd, uint32_t *ids, size_t room)
{
	union bpf_attr attr = { 0 };
	int result;

	attr.query.target_fd = (uint32_t) cgroup_dirfd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = address(ids);
	attr.query.prog_cnt = (uint32_t) room;
	result = call(BPF_PROG_QUERY, &attr);
	return result < 0 ? result : (int) attr.query.prog_cnt;
}

int bpf_open_named(uint32_t id, const char *name)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { .prog_id = id };
	auto_fd int fd = call(BPF_PROG_GET_FD_BY_ID, &attr);
	int result;

	if (fd < 0)
		return fd;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t) fd;
	attr.info.info = address(&info);
	attr.info.info_len = sizeof(info);
	result = call(BPF_OBJ_GET_INFO_BY_FD, &attr);
	if (result < 0)
		return result;
	if (strncmp(info.name, name, sizeof(info.name)) != 0)
		return -ENOENT;
	return take_fd(&fd);
}

int bpf_attach_device(int cgroup_dirfd, int program_fd, int replaced_fd)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t) cgroup_dirfd;
	attr.attach_bpf_fd = (uint32_t) program_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (replaced_fd >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t) replaced_fd;
	}
	return call(BPF_PROG_ATTACH, &attr);
}
