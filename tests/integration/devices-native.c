// SPDX-License-Identifier: Apache-2.0
/*
 * Device rules against the kernel: what a process in the cgroup may open and make.
 * Needs root, a cgroup2 mount (the argument, or one of the usual places) and bpf(2); TAP on stdout.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cgroupfs/bpf.h"
#include "cgroupfs/devices.h"
#include "tests/integration/native.h"

#define ANY  DEVICE_ANY
#define R    DEVICE_READ
#define W    DEVICE_WRITE
#define M    DEVICE_MKNOD
#define MANY 1000

struct attempt {
	const char *path;
	int flags;	  /* of open(2); -1: mknod */
	int major, minor; /* for mknod */
};

/* In the child: 0 or the errno of the attempt. */
static int attempt(void *argument)
{
	const struct attempt *what = argument;
	char path[64];
	int result;

	if (what->flags >= 0)
		return open(what->path, what->flags | O_CLOEXEC) >= 0 ? 0 : errno;
	snprintf(path, sizeof(path), "/tmp/weir-node-%d", (int) getpid());
	result = mknod(path, S_IFCHR | 0600,
		       makedev((unsigned) what->major, (unsigned) what->minor));
	if (result < 0)
		return errno;
	unlink(path);
	return 0;
}

static int try_open(const struct cgroup *cgroup, const char *path, int flags)
{
	struct attempt what = { .path = path, .flags = flags };

	return reap(spawn(cgroup, attempt, &what));
}

static int try_mknod(const struct cgroup *cgroup, int major, int minor)
{
	struct attempt what = { .flags = -1, .major = major, .minor = minor };

	return reap(spawn(cgroup, attempt, &what));
}

static int attached(const struct cgroup *cgroup)
{
	uint32_t ids[64];

	return bpf_attached_devices(cgroup->dirfd, ids, 64);
}

static void test_apply(struct native *native, const struct cgroup *cgroup)
{
	static const struct device_rule rules[] = {
		{ 0, 'a', ANY, ANY, DEVICE_ALL },
		{ 1, 'c', ANY, ANY, M },
		{ 1, 'c', 1, 3, R | W },
		{ 1, 'c', 1, 5, R },
		{ 0, 'c', 1, 8, M },
	};

	check(native, try_open(cgroup, "/dev/zero", O_RDWR) == 0, "before, everything opens");
	check(native, devices_apply(cgroup->dirfd, rules, 5, &native->err) == 0,
	      "rules are loaded");
	check(native, attached(cgroup) == 1, "as one program");
	check(native, try_open(cgroup, "/dev/null", O_RDWR) == 0, "null opens for both");
	check(native, try_open(cgroup, "/dev/zero", O_RDONLY) == 0, "zero opens for reading");
	check(native, try_open(cgroup, "/dev/zero", O_WRONLY) == EPERM, "but not for writing");
	check(native, try_open(cgroup, "/dev/zero", O_RDWR) == EPERM, "nor for both");
	check(native, try_open(cgroup, "/dev/urandom", O_RDONLY) == EPERM, "urandom not at all");
	check(native, try_mknod(cgroup, 1, 9) == 0, "though its node may be made");
	check(native, try_mknod(cgroup, 1, 8) == EPERM, "random's may not");
	check(native, try_open(NULL, "/dev/urandom", O_RDONLY) == 0, "outside nothing changed");
}

static void test_replace(struct native *native, const struct cgroup *cgroup)
{
	static const struct device_rule rules[] = { { 1, 'a', ANY, ANY, DEVICE_ALL },
						    { 0, 'c', 1, 3, W } };
	int i;

	for (i = 0; i < 3; i++)
		check(native,
		      devices_apply(cgroup->dirfd, rules, 2, &native->err) == 0 &&
			      attached(cgroup) == 1,
		      "new rules take the place of the old ones");
	check(native, try_open(cgroup, "/dev/urandom", O_RDWR) == 0, "urandom opens now");
	check(native, try_open(cgroup, "/dev/null", O_RDONLY) == 0, "null for reading");
	check(native, try_open(cgroup, "/dev/null", O_RDWR) == EPERM, "and no more for both");
	check(native,
	      devices_apply(cgroup->dirfd, NULL, 0, &native->err) == 0 &&
		      try_open(cgroup, "/dev/null", O_RDONLY) == EPERM,
	      "no rule, no device");
}

/* Somebody else's program on the same cgroup, as systemd has it. */
static void test_beside(struct native *native, const struct cgroup *cgroup)
{
	static const struct device_rule rules[] = { { 1, 'a', ANY, ANY, DEVICE_ALL } };
	/* r0 = 1; exit */
	static const uint64_t allow_all[] = { 0x00000001000000b7, 0x0000000000000095 };
	int theirs = bpf_load_device("theirs", (const void *) allow_all, 2, &native->err);

	check(native, theirs >= 0 && bpf_attach_device(cgroup->dirfd, theirs, -1) == 0,
	      "another's program is attached beside ours");
	check(native,
	      devices_apply(cgroup->dirfd, rules, 1, &native->err) == 0 && attached(cgroup) == 2,
	      "ours is replaced and theirs stays");
	check(native, try_open(cgroup, "/dev/zero", O_RDWR) == 0, "both allow");
	close(theirs);
}

static void test_limits(struct native *native, const struct cgroup *cgroup)
{
	static struct device_rule rules[MANY + 1];
	/* r0 = 2; exit: no answer the kernel takes */
	static const uint64_t bad[] = { 0x00000002000000b7, 0x0000000000000095 };
	uint64_t start;
	unsigned took;
	int result;
	int i;

	for (i = 0; i < MANY; i++)
		rules[i + 1] = (struct device_rule){ i % 3 != 0, i % 5 ? 'c' : 'a', 200 + i % 40, i,
						     1U + (unsigned) i % 7 };
	rules[0] = (struct device_rule){ 1, 'c', 1, 3, R };
	start = clock_monotonic_usec();
	result = devices_apply(cgroup->dirfd, rules, MANY + 1, &native->err);
	took = msec_since(start);
	check(native, result == 0 && took < bound_msec(2000), "%d rules load in %u ms", MANY + 1,
	      took);
	check(native,
	      try_open(cgroup, "/dev/null", O_RDONLY) == 0 &&
		      try_open(cgroup, "/dev/zero", O_RDONLY) == EPERM,
	      "and the first of them still counts");
	check(native,
	      bpf_load_device("bad", (const void *) bad, 2, &native->err) == -EINVAL &&
		      strstr(native->err.text, "register R0"),
	      "the verifier's last word is told: %s", native->err.text);
	rules[7].type = 'x';
	check(native,
	      devices_apply(cgroup->dirfd, rules, 8, &native->err) == -EINVAL &&
		      strstr(native->err.text, "rule 7"),
	      "what is no rule is refused: %s", native->err.text);
	check(native, try_open(cgroup, "/dev/null", O_RDONLY) == 0, "and changes nothing");
}

static int apply_as_nobody(void *cgroup)
{
	static const struct device_rule rule = { 1, 'a', ANY, ANY, DEVICE_ALL };
	struct err err = { 0 };

	if (setresuid(65534, 65534, 65534) < 0)
		return 100;
	return devices_apply(((struct cgroup *) cgroup)->dirfd, &rule, 1, &err) == -EPERM &&
			       strstr(err.text, "load device program: Operation not permitted")
		       ? 0
		       : 1;
}

int main(int argc, char **argv)
{
	struct native native;
	struct cgroup cgroup;

	begin(&native, argc > 1 ? argv[1] : NULL);
	cgroup = make(&native, "devices");
	test_apply(&native, &cgroup);
	test_replace(&native, &cgroup);
	test_beside(&native, &cgroup);
	test_limits(&native, &cgroup);
	check(&native, reap(spawn(NULL, apply_as_nobody, &cgroup)) == 0,
	      "without privilege it is told so");
	check(&native, cgroup_remove(native.rootfd, cgroup.path, 0, &native.err) == 0,
	      "a cgroup with programs is removed like any other");
	cgroup_close(&cgroup);
	return end(&native);
}
