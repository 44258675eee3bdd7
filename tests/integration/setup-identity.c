// SPDX-License-Identifier: Apache-2.0
/* Who the container's process is, and what it may. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/integration/scene.h"

#define BIT(capability) (1ULL << (capability))
#define LOOP		"Too many levels of symbolic links"
#define NOT_FOUND	"executable file not found in $PATH: no such file or directory"

static void look_at_myself(void)
{
	char content[4096] = "";
	struct ifreq loopback = { .ifr_name = "lo" };
	struct rlimit limit;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	say_file("/proc/self/status");
	say("cwd %s\n", getcwd(content, sizeof(content)));
	say("umask %o\n", umask(0));
	getrlimit(RLIMIT_NOFILE, &limit);
	say("nofile %llu %llu\n", (unsigned long long) limit.rlim_cur,
	    (unsigned long long) limit.rlim_max);
	say("sid %d\n", (int) getsid(0));
	say("lo %s\n", ioctl(fd, SIOCGIFFLAGS, &loopback) == 0 && (loopback.ifr_flags & IFF_UP) != 0
			       ? "up"
			       : "down");
	memset(content, 0, sizeof(content));
	(void) syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, content,
		       sizeof(content) - 1);
	say("keyring %s\n", content);
	say_file("/proc/sys/net/ipv4/ping_group_range");
	say_result("acct", (int) syscall(SYS_acct, NULL));
}

static gid_t groups[] = { 2000, 7, 7 };
static char *words[] = { (char[]){ "program" }, NULL };
static char *environment[] = { (char[]){ "PATH=/nowhere:/bin" }, NULL };

static void be_somebody(struct scene *scene)
{
	static struct plan_rlimit limits[] = { { RLIMIT_NOFILE, 100, 200 } };
	static struct spec_pair settings[] = { { "net/ipv4/ping_group_range", "0 0" } };

	scene_mount_defaults(scene);
	scene_folder(scene, "only", 0700);
	scene_folder(scene, "only/for", 0700);
	scene_folder(scene, "only/for/root", 0700);
	scene->plan.sysctl = (struct spec_pairs){ settings, 1 };
	scene->plan.process = (struct plan_process){
		.uid = 1000,
		.gid = 1001,
		.groups = groups,
		.group_count = 3,
		.umask = 027,
		.rlimits = limits,
		.rlimit_count = 1,
		.cwd = "/only/for/root",
		.argv = words,
		.envp = environment,
		.capabilities = { .effective = BIT(CAP_CHOWN) | BIT(CAP_KILL),
				  .permitted = BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_SETUID),
				  .bounding = BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_NET_RAW),
				  .inheritable = BIT(CAP_KILL),
				  .ambient = BIT(CAP_KILL) },
	};
}

static void check_somebody(const struct seen *seen)
{
	check_says(seen, "Uid:\t1000\t1000\t1000\t1000\n", "every uid");
	check_says(seen, "Gid:\t1001\t1001\t1001\t1001\n", "every gid");
	check_says(seen, "Groups:\t7 7 2000 \n", "exactly the groups");
	check_says(seen, "CapInh:\t0000000000000020\n", "the inheritable set");
	check_says(seen, "CapPrm:\t00000000000000a1\n", "the permitted set");
	check_says(seen, "CapEff:\t0000000000000021\n", "the effective set");
	check_says(seen, "CapBnd:\t0000000000002021\n", "the bounding set");
	check_says(seen, "CapAmb:\t0000000000000020\n", "the ambient set");
	check_says(seen, "cwd /only/for/root\n", "a working directory that only root may enter");
	check_says(seen, "umask 27\n", "the umask");
	check_says(seen, "nofile 100 200\n", "a limit");
	check_says(seen, "sid 1\n", "a session of its own");
	check_says(seen, "lo up\n", "the loopback interface is up");
	check_says(seen, "_ses.test", "a session keyring of its own");
	check_says(seen, "/proc/sys/net/ipv4/ping_group_range: 4 bytes: 0\t0", "a sysctl");
	check_says(seen, "executable: /bin/program\n", "the program is found in PATH");
}

/* A filter that answers acct(2) with ENOANO, a word no kernel says to it. */
static struct sock_filter answer_acct[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_acct, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOANO),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static const struct plan_seccomp acct_filter = { answer_acct, 4, 0, false };

static void identity(void)
{
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	be_somebody(&scene);
	scene_run(&scene, look_at_myself, &seen);
	check(seen.ready, "a process that is somebody", &seen);
	check_somebody(&seen);
	check_says(&seen, "Seccomp:\t0\n", "no filter unless asked for");
	check_says(&seen, "NoNewPrivs:\t0\n", "no_new_privs neither");
	scene.plan.seccomp = acct_filter;
	scene_run(&scene, look_at_myself, &seen);
	check_somebody(&seen);
	check_says(&seen, "Seccomp:\t2\n", "a filter without no_new_privs");
	check_says(&seen, "acct: No anode", "does what it says");
	scene.plan.process.no_new_privileges = true;
	scene_run(&scene, look_at_myself, &seen);
	check_somebody(&seen);
	check_says(&seen, "Seccomp:\t2\n", "a filter with no_new_privs");
	check_says(&seen, "NoNewPrivs:\t1\n", "which is set");
	check_says(&seen, "acct: No anode", "does what it says");
	scene_end(&scene);
}

static void identity_in_a_user_namespace(void)
{
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	scene.user_namespace = true;
	be_somebody(&scene);
	scene.plan.seccomp = acct_filter;
	scene_run(&scene, look_at_myself, &seen);
	check_somebody(&seen);
	check_says(&seen, "Seccomp:\t2\n", "in a user namespace too, a filter");
	scene_end(&scene);
}

static void look_as_root(void)
{
	say_file("/proc/self/status");
}

static void root_without_capabilities(void)
{
	struct scene scene;
	struct seen seen;

	scene_begin(&scene);
	scene_mount_defaults(&scene);
	scene.plan.process.capabilities = (struct plan_capabilities){ 0 };
	scene.plan.seccomp = acct_filter;
	scene_run(&scene, look_as_root, &seen);
	check_says(&seen, "CapPrm:\t0000000000000000\n", "root without any capability");
	check_says(&seen, "CapEff:\t0000000000000000\n", "CAP_SYS_ADMIN went with the filter");
	check_says(&seen, "CapBnd:\t0000000000000000\n", "nothing in the bounding set");
	check_says(&seen, "Groups:\t \n", "no groups of the caller's");
	scene_end(&scene);
}

/* ---- working directories and programs ---- */

/* What a careless caller would leave open (CVE-2024-21626). */
static void run_with_a_leak(struct scene *scene, const char *path, struct seen *seen)
{
	int leaked = open(path, O_RDONLY); /* for the child to have, and to lose at exec */

	dup2(leaked, 9);
	scene_run(scene, NULL, seen);
	close(leaked);
	close(9);
}

static void working_directories(void)
{
	static const struct {
		const char *cwd, *error;
	} tries[] = {
		{ "/proc/self/fd/9", LOOP },
		{ "/proc/1/fd/9", LOOP },
		{ "/tmp/l", LOOP },
		{ "/tmp/l/inner", LOOP },
		{ "/proc/self/cwd", LOOP },
		{ "/etc/hosts", "Not a directory" },
		{ "/nowhere", "No such file" },
	};
	struct scene scene;
	struct seen seen;
	size_t i;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		scene_begin(&scene);
		scene_mount_defaults(&scene);
		scene_link(&scene, "/proc/self/fd/9", "tmp/l");
		scene.plan.process.cwd = tries[i].cwd;
		run_with_a_leak(&scene, scene.canary, &seen);
		check_refused(&scene, &seen, tries[i].error,
			      "a working directory that is none, or the host's");
		scene_end(&scene);
	}
}

static void programs(void)
{
	static const struct {
		const char *name, *error;
	} tries[] = {
		{ "nosuch", NOT_FOUND },
		{ "/nosuch", NOT_FOUND },
		{ "/tmp", "is a directory: permission denied" },
		{ "/etc/hosts", "exec: \"/etc/hosts\": permission denied" },
		{ "/proc/self/fd/9", NOT_FOUND },
		{ "/proc/self/exe", NOT_FOUND },
	};
	struct scene scene;
	struct seen seen;
	size_t i;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		char name[64];
		char *argv[] = { name, NULL };

		scene_begin(&scene);
		scene_mount_defaults(&scene);
		snprintf(name, sizeof(name), "%s", tries[i].name);
		scene.plan.process.argv = argv;
		scene.plan.process.envp = environment;
		run_with_a_leak(&scene, "/bin/true", &seen);
		check_refused(&scene, &seen, tries[i].error, "a program that cannot be one");
		scene_end(&scene);
	}
}

void test_identity(void)
{
	identity();
	identity_in_a_user_namespace();
	root_without_capabilities();
	working_directories();
	programs();
}
