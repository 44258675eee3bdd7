// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"
#include "tests/unit/tree.h"
#include "tests/unit/unit.h"

#define QUIET "populated 0\nfrozen 0\n"

#define WANT(needed, wished) ((struct cgroup_controllers){ needed, wished })

/* ---- controllers ---- */

TEST(controllers_are_words)
{
	CHECK_NUMBER(cgroup_controllers_parse("cpuset cpu io memory hugetlb pids rdma misc dmem\n"),
		     511);
	CHECK_NUMBER(cgroup_controllers_parse("cpu"), CGROUP_CPU);
	CHECK_NUMBER(cgroup_controllers_parse("cpus cp perf_event  pids\n"), CGROUP_PIDS);
	CHECK_NUMBER(cgroup_controllers_parse("\n"), 0);
	CHECK_STRING(cgroup_controller_name(CGROUP_MEMORY), "memory");
	CHECK_STRING(cgroup_controller_name(0), "unknown");
}

TEST(needed_controllers_are_enabled_from_the_root_to_the_parent)
{
	struct tree tree = TREE(
		{ "cgroup.controllers", "cpu memory pids io\n" }, { "cgroup.subtree_control", "" },
		{ "a/cgroup.controllers", "memory pids\n" }, { "a/cgroup.subtree_control", "" }, );
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;

	CHECK_NUMBER(
		cgroup_create(tree.fd, "/a/b", WANT(CGROUP_PIDS | CGROUP_MEMORY, 0), &cgroup, NULL),
		0);
	CHECK_STRING(tree_text(&tree, "cgroup.subtree_control"), "+memory +pids");
	CHECK_STRING(tree_text(&tree, "a/cgroup.subtree_control"), "+memory +pids");
	CHECK(tree_has(&tree, "a/b") && !tree_has(&tree, "a/b/cgroup.subtree_control"));
	CHECK_STRING(cgroup.path, "/a/b");
	CHECK_NUMBER(fcntl(cgroup.dirfd, F_GETFD), FD_CLOEXEC);
	CHECK((fcntl(cgroup.dirfd, F_GETFL) & (O_ACCMODE | O_DIRECTORY | O_PATH)) == O_DIRECTORY);
	tree_remove(&tree);
}

/* Readable, but no write gets through, not even root's: writing never follows a link. */
static void add_unwritable(const struct tree *tree, const char *name, const char *text)
{
	tree_add(tree, "target", text);
	CHECK_NUMBER(symlinkat("target", tree->fd, name), 0);
}

TEST(what_is_enabled_already_is_not_written)
{
	struct tree tree = TREE({ "cgroup.controllers", "cpu memory pids\n" });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	struct cgroup none = CGROUP_NONE;
	struct err err = { 0 };

	add_unwritable(&tree, "cgroup.subtree_control", "memory pids\n");
	CHECK_NUMBER(
		cgroup_create(tree.fd, "/b", WANT(CGROUP_MEMORY | CGROUP_PIDS, 0), &cgroup, NULL),
		0);
	CHECK_NUMBER(cgroup_create(tree.fd, "/c", WANT(CGROUP_CPU, 0), &none, &err), -ELOOP);
	CHECK_STRING(err.text, "cgroup /c: enable controllers in /: cgroup.subtree_control: Too "
			       "many levels of symbolic links");
	CHECK(!tree_has(&tree, "c"));
	tree_remove(&tree);
}

TEST(a_wished_controller_is_taken_where_it_is_to_be_had)
{
	struct tree tree =
		TREE({ "cgroup.controllers", "pids memory\n" }, { "cgroup.subtree_control", "" }, );
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;

	CHECK_NUMBER(cgroup_create(tree.fd, "/b", WANT(0, CGROUP_CPU | CGROUP_PIDS | CGROUP_RDMA),
				   &cgroup, NULL),
		     0);
	CHECK_STRING(tree_text(&tree, "cgroup.subtree_control"), "+pids");
	tree_remove(&tree);
}

TEST(a_wished_controller_that_is_refused_harms_nobody)
{
	struct tree tree = TREE({ "cgroup.controllers", "pids memory\n" });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;

	add_unwritable(&tree, "cgroup.subtree_control", "memory\n");
	CHECK_NUMBER(cgroup_create(tree.fd, "/b", WANT(CGROUP_MEMORY, CGROUP_PIDS), &cgroup, NULL),
		     0);
	CHECK_STRING(tree_text(&tree, "cgroup.subtree_control"), "memory\n");
	CHECK(tree_has(&tree, "b"));
	tree_remove(&tree);
}

TEST(a_missing_controller_is_named_with_the_cgroup_that_lacks_it)
{
	struct tree tree = TREE(
		{ "cgroup.controllers", "cpu memory\n" }, { "cgroup.subtree_control", "memory\n" },
		{ "a/cgroup.controllers", "cpu\n" }, { "a/cgroup.subtree_control", "\n" }, );
	struct cgroup cgroup = CGROUP_NONE;
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_create(tree.fd, "/a/b", WANT(CGROUP_MEMORY, 0), &cgroup, &err),
		     -EOPNOTSUPP);
	CHECK(text_starts(err.text,
			  "cgroup /a/b: controller 'memory' is not available in /a: the kernel"));
	CHECK_NUMBER(cgroup_create(tree.fd, "/b", WANT(CGROUP_PIDS, 0), &cgroup, &err),
		     -EOPNOTSUPP);
	CHECK(text_starts(err.text, "cgroup /b: controller 'pids' is not available in /: the"));
	CHECK(!tree_has(&tree, "a/b") && !tree_has(&tree, "b"));
	CHECK_NUMBER(cgroup.dirfd, -1);
	tree_remove(&tree);
}

/* ---- creating ---- */

TEST(what_was_made_before_a_failure_is_removed)
{
	/* The new /a/x has no cgroup.subtree_control here: going on below it fails. */
	struct tree tree =
		TREE({ "cgroup.controllers", "memory\n" }, { "cgroup.subtree_control", "memory\n" },
		     { "a/cgroup.controllers", "memory\n" },
		     { "a/cgroup.subtree_control", "memory\n" }, { "a/other/", "" }, );
	struct cgroup cgroup = CGROUP_NONE;
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_create(tree.fd, "/a/x/y", WANT(CGROUP_MEMORY, 0), &cgroup, &err),
		     -ENOENT);
	CHECK_STRING(err.text, "cgroup /a/x/y: /a/x: cgroup.subtree_control: No such file or "
			       "directory");
	CHECK(tree_has(&tree, "a/other") && !tree_has(&tree, "a/x"));
	CHECK_NUMBER(cgroup.dirfd, -1);
	tree_remove(&tree);
}

TEST(a_failure_without_an_error_to_fill_is_a_failure_too)
{
	struct tree tree = TREE({ "cgroup.controllers", "\n" }, { "cgroup.subtree_control", "" });
	struct cgroup cgroup = CGROUP_NONE;

	CHECK_NUMBER(cgroup_create(tree.fd, "/x", WANT(CGROUP_MEMORY, 0), &cgroup, NULL),
		     -EOPNOTSUPP);
	tree_remove(&tree);
}

TEST(several_levels_are_made_at_once)
{
	struct tree tree = TREE({ "cgroup.controllers", "\n" });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;

	CHECK_NUMBER(cgroup_create(tree.fd, "/a/b/c/d", WANT(0, 0), &cgroup, NULL), 0);
	CHECK(tree_has(&tree, "a/b/c/d"));
	CHECK_STRING(cgroup.path, "/a/b/c/d");
	tree_remove(&tree);
}

TEST(an_empty_leftover_is_taken_over)
{
	struct tree tree = TREE({ "a/cgroup.events", QUIET });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;

	CHECK_NUMBER(cgroup_create(tree.fd, "/a", WANT(0, 0), &cgroup, NULL), 0);
	tree_remove(&tree);
}

TEST(a_cgroup_in_use_is_not_taken_over)
{
	struct tree tree = TREE({ "a/cgroup.events", "populated 1\nfrozen 0\n" },
				{ "b/cgroup.events", "populated 0\nfrozen 1\n" }, );
	struct cgroup cgroup = CGROUP_NONE;
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_create(tree.fd, "/a", WANT(0, 0), &cgroup, &err), -EBUSY);
	CHECK_STRING(err.text, "cgroup /a: exists, and processes live in it");
	CHECK_NUMBER(cgroup_create(tree.fd, "/b", WANT(0, 0), &cgroup, &err), -EBUSY);
	CHECK_STRING(err.text, "cgroup /b: exists, and is frozen");
	CHECK(tree_has(&tree, "a") && tree_has(&tree, "b"));
	tree_remove(&tree);
}

TEST(a_link_is_never_followed)
{
	struct tree tree = TREE({ "a/", "" }, { "a/cgroup.events", QUIET });
	struct cgroup cgroup = CGROUP_NONE;

	CHECK_NUMBER(symlinkat("a", tree.fd, "link"), 0);
	CHECK_NUMBER(cgroup_create(tree.fd, "/link", WANT(0, 0), &cgroup, NULL), -ENOTDIR);
	CHECK_NUMBER(cgroup_create(tree.fd, "/link/x", WANT(0, 0), &cgroup, NULL), -ELOOP);
	CHECK_NUMBER(cgroup_open(tree.fd, "/link", &cgroup, NULL), -ENOTDIR);
	CHECK_NUMBER(cgroup_remove(tree.fd, "/link/b", 0, NULL), -ENOTDIR);
	CHECK(!tree_has(&tree, "a/x"));
	tree_remove(&tree);
}

TEST(only_a_cgroup2_mount_is_a_root)
{
	struct tree tree = TREE({ "a/", "" });
	struct err err = { 0 };
	char expected[128];
	int fd = -1;

	CHECK_NUMBER(cgroup_root_open(tree.path, &fd, &err), -ENODEV);
	snprintf(expected, sizeof(expected), "%s is not a cgroup v2 mount", tree.path);
	CHECK_STRING(err.text, expected);
	CHECK_NUMBER(cgroup_root_open("/nowhere/at/all", &fd, &err), -ENOENT);
	CHECK_NUMBER(fd, -1);
	tree_remove(&tree);
}

TEST(opening_needs_an_existing_cgroup)
{
	struct tree tree = TREE({ "a/b/", "" });
	struct cgroup cgroup = CGROUP_NONE;
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_open(tree.fd, "/a/c", &cgroup, &err), -ENOENT);
	CHECK_STRING(err.text, "cgroup /a/c: No such file or directory");
	CHECK_NUMBER(cgroup.dirfd, -1);
	CHECK_NUMBER(cgroup_open(tree.fd, "/a//b", &cgroup, &err), 0);
	CHECK_STRING(cgroup.path, "/a/b");
	cgroup_close(&cgroup);
	CHECK_NUMBER(cgroup.dirfd, -1);
	CHECK_NUMBER(cgroup_open(tree.fd, "/", &cgroup, &err), 0);
	CHECK_STRING(cgroup.path, "/");
	cgroup_close(&cgroup);
	tree_remove(&tree);
}

/* ---- processes ---- */

TEST(joining_and_killing_are_one_write)
{
	struct tree tree = TREE({ "a/cgroup.procs", "" }, { "a/cgroup.kill", "" });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;

	CHECK_NUMBER(cgroup_open(tree.fd, "/a", &cgroup, NULL), 0);
	CHECK_NUMBER(cgroup_join(&cgroup, 0, NULL), 0);
	CHECK_STRING(tree_text(&tree, "a/cgroup.procs"), "0");
	CHECK_NUMBER(cgroup_join(&cgroup, 4711, NULL), 0);
	CHECK_STRING(tree_text(&tree, "a/cgroup.procs"), "4711");
	CHECK_NUMBER(cgroup_kill(&cgroup, NULL), 0);
	CHECK_STRING(tree_text(&tree, "a/cgroup.kill"), "1");
	tree_remove(&tree);
}

TEST(a_cgroup_that_is_gone_is_empty)
{
	struct tree tree = TREE({ "a/", "" });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	pid_t *pids = NULL;
	size_t count = 7;

	CHECK_NUMBER(cgroup_open(tree.fd, "/a", &cgroup, NULL), 0);
	CHECK_NUMBER(unlinkat(tree.fd, "a", AT_REMOVEDIR), 0);
	CHECK_NUMBER(cgroup_is_populated(&cgroup, NULL), 0);
	CHECK_NUMBER(cgroup_wait_empty(&cgroup, 0, NULL), 0);
	CHECK_NUMBER(cgroup_kill(&cgroup, NULL), 0);
	CHECK_NUMBER(cgroup_pids(&cgroup, &pids, &count, NULL), 0);
	CHECK(pids == NULL && count == 0);
	CHECK_NUMBER(cgroup_freeze(&cgroup, true, 0, NULL), -ENOENT);
	CHECK_NUMBER(cgroup_join(&cgroup, 0, NULL), -ENOENT);
	tree_remove(&tree);
}

TEST(a_kernel_without_a_file_is_not_an_empty_cgroup)
{
	struct tree tree = TREE({ "a/cgroup.procs", "1\n" });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_open(tree.fd, "/a", &cgroup, NULL), 0);
	CHECK_NUMBER(cgroup_kill(&cgroup, &err), -ENOENT);
	CHECK_STRING(err.text, "kill cgroup /a: cgroup.kill: No such file or directory");
	CHECK_NUMBER(cgroup_is_populated(&cgroup, &err), -ENOENT);
	CHECK_STRING(err.text, "cgroup /a: cgroup.events: No such file or directory");
	tree_remove(&tree);
}

TEST(waiting_ends_at_the_deadline_and_counts_who_is_left)
{
	struct tree tree = TREE({ "a/cgroup.events", "populated 1\nfrozen 0\n" },
				{ "a/cgroup.procs", "12\n7\n" }, { "a/b/cgroup.procs", "9\n" });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	struct err err = { 0 };
	uint64_t begin = clock_monotonic_usec();

	CHECK_NUMBER(cgroup_open(tree.fd, "/a", &cgroup, NULL), 0);
	CHECK_NUMBER(cgroup_is_populated(&cgroup, NULL), 1);
	CHECK_NUMBER(cgroup_wait_empty(&cgroup, 30, &err), -ETIMEDOUT);
	CHECK_STRING(err.text, "cgroup /a: processes left after 30 ms: 3");
	CHECK(clock_monotonic_usec() - begin >= 30000);
	CHECK_NUMBER(cgroup_is_populated(&cgroup, NULL), 1);
	tree_remove(&tree);
}

TEST(events_that_are_not_understood_are_an_error)
{
	struct tree tree = TREE({ "a/cgroup.events", "populated yes\nfrozen 2\n" });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_open(tree.fd, "/a", &cgroup, NULL), 0);
	CHECK_NUMBER(cgroup_is_populated(&cgroup, &err), -EINVAL);
	CHECK_STRING(err.text, "cgroup /a: cgroup.events: no 'populated 0' or 'populated 1' in it");
	CHECK_NUMBER(cgroup_is_frozen(&cgroup, &err), -EINVAL);
	tree_remove(&tree);
}

TEST(a_freeze_that_is_not_done_in_time_is_taken_back)
{
	struct tree tree = TREE({ "a/cgroup.events", QUIET }, { "a/cgroup.freeze", "" });
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	struct err err = { 0 };

	CHECK_NUMBER(cgroup_open(tree.fd, "/a", &cgroup, NULL), 0);
	CHECK_NUMBER(cgroup_freeze(&cgroup, true, 5, &err), -ETIMEDOUT);
	CHECK_STRING(err.text, "freeze cgroup /a: 'frozen' did not become 1 in time");
	CHECK_STRING(tree_text(&tree, "a/cgroup.freeze"), "0");
	tree_add(&tree, "a/cgroup.events", "populated 1\nfrozen 1\n");
	CHECK_NUMBER(cgroup_freeze(&cgroup, true, 0, NULL), 0);
	CHECK_STRING(tree_text(&tree, "a/cgroup.freeze"), "1");
	CHECK_NUMBER(cgroup_is_frozen(&cgroup, NULL), 1);
	/* As while one more process comes to a halt: it is no time to put another there. */
	tree_add(&tree, "a/cgroup.events", "populated 1\nfrozen 0\n");
	CHECK_NUMBER(cgroup_is_frozen(&cgroup, NULL), 1);
	tree_add(&tree, "a/cgroup.events", "populated 1\nfrozen 1\n");
	CHECK_NUMBER(cgroup_freeze(&cgroup, false, 5, &err), -ETIMEDOUT);
	CHECK_STRING(err.text, "thaw cgroup /a: 'frozen' did not become 0 in time");
	tree_remove(&tree);
}

TEST(processes_of_the_whole_subtree_are_listed_once)
{
	struct tree tree = TREE({ "a/cgroup.procs", "30\n0\n10\n" }, { "a/x/cgroup.procs", "20\n" },
				{ "a/x/y/z/cgroup.procs", "30\n5\n" }, { "a/w/", "" },
				{ "b/cgroup.procs", "99\n" }, );
	auto_cgroup struct cgroup cgroup = CGROUP_NONE;
	pid_t *pids = NULL;
	size_t count = 0;
	int i;

	CHECK_NUMBER(cgroup_open(tree.fd, "/a", &cgroup, NULL), 0);
	for (i = 0; i < 2; i++) { /* a second look starts at the beginning again */
		CHECK_NUMBER(cgroup_pids(&cgroup, &pids, &count, NULL), 0);
		CHECK_NUMBER(count, 4);
		CHECK(pids[0] == 5 && pids[1] == 10 && pids[2] == 20 && pids[3] == 30);
		free(pids);
	}
	tree_remove(&tree);
}

/* ---- removing ---- */

TEST(removing_goes_depth_first)
{
	struct tree tree = TREE({ "a/x/1/", "" }, { "a/x/2/3/", "" }, { "a/y/", "" }, { "b/", "" });

	CHECK_NUMBER(cgroup_remove(tree.fd, "/a", 0, NULL), 0);
	CHECK(!tree_has(&tree, "a") && tree_has(&tree, "b"));
	CHECK_NUMBER(cgroup_remove(tree.fd, "/a", 0, NULL), 0);
	CHECK_NUMBER(cgroup_remove(tree.fd, "/a/b/c", 0, NULL), 0);
	CHECK_NUMBER(cgroup_remove(tree.fd, "/", 0, NULL), -EINVAL);
	CHECK_NUMBER(cgroup_remove(tree.fd, "/b/../b", 0, NULL), -EINVAL);
	CHECK(tree_has(&tree, "b"));
	tree_remove(&tree);
}

TEST(a_thousand_levels_are_removed_with_few_descriptors)
{
	struct tree tree = TREE({ "a/", "" });
	int fd = openat(tree.fd, "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct rlimit all;
	struct rlimit few;
	char name[200];
	int i;

	memset(name, 'd', sizeof(name)); /* together far longer than PATH_MAX */
	name[sizeof(name) - 1] = '\0';
	for (i = 0; i < 1000; i++) {
		int child;

		CHECK_NUMBER(mkdirat(fd, name, 0700), 0);
		child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK(child >= 0 && child < 64);
		close(fd);
		fd = child;
	}
	close(fd);
	CHECK_NUMBER(getrlimit(RLIMIT_NOFILE, &all), 0);
	few = (struct rlimit){ .rlim_cur = 32, .rlim_max = all.rlim_max };
	CHECK_NUMBER(setrlimit(RLIMIT_NOFILE, &few), 0);
	CHECK_NUMBER(cgroup_remove(tree.fd, "/a", 10000, NULL), 0);
	CHECK_NUMBER(setrlimit(RLIMIT_NOFILE, &all), 0);
	CHECK(!tree_has(&tree, "a"));
	tree_remove(&tree);
}

TEST(what_is_still_in_use_is_named)
{
	struct tree tree = TREE({ "a/x/cgroup.events", "populated 1\nfrozen 0\n" },
				{ "a/x/cgroup.procs", "44\n33\n" }, { "a/y/", "" });
	struct err err = { 0 };
	uint64_t begin = clock_monotonic_usec();

	CHECK_NUMBER(cgroup_remove(tree.fd, "/a", 20, &err), -EBUSY);
	CHECK_STRING(err.text,
		     "remove cgroup /a: 'x' still holds 2 process(es), pid 33 among them");
	CHECK(clock_monotonic_usec() - begin >= 20000);
	CHECK(tree_has(&tree, "a/x/cgroup.procs"));
	tree_remove(&tree);
}

TEST(what_stays_busy_without_a_process_is_given_up_at_the_deadline)
{
	struct tree tree = TREE({ "a/cgroup.events", QUIET }, { "a/cgroup.procs", "" },
				{ "a/cgroup.max.descendants", "max\n" });
	struct err err = { 0 };
	uint64_t begin = clock_monotonic_usec();

	CHECK_NUMBER(cgroup_remove(tree.fd, "/a", 20, &err), -EBUSY);
	/* Barred meanwhile ("0"), and as it was again. */
	CHECK_STRING(tree_text(&tree, "a/cgroup.max.descendants"), "max\n");
	CHECK_STRING(err.text, "remove cgroup /a: rmdir 'a': Device or resource busy");
	CHECK(clock_monotonic_usec() - begin >= 20000);
	tree_remove(&tree);
}

static uid_t owner_of(const struct tree *tree, const char *name)
{
	struct stat status;

	CHECK(fstatat(tree->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0);
	return status.st_uid;
}

/* Only root can give anything away; others see that nothing fails. */
TEST(what_the_cgroup_has_not_is_not_given)
{
	struct tree tree = TREE({ "cgroup.procs", "" }, { "cgroup.threads", "" },
				{ "memory.max", "" }, { "memory.oom.group", "" }, );
	const struct cgroup cgroup = { .dirfd = tree.fd, .path = "/a" };
	uid_t own = geteuid();
	uid_t other = own == 0 ? 65534 : own;

	CHECK_NUMBER(cgroup_delegate(&cgroup, "cgroup.procs\nmemory.oom.group\nnone\n../x\n", other,
				     NULL),
		     0);
	CHECK_NUMBER(owner_of(&tree, "."), other);
	CHECK_NUMBER(owner_of(&tree, "cgroup.procs"), other);
	CHECK_NUMBER(owner_of(&tree, "memory.oom.group"), other);
	CHECK_NUMBER(owner_of(&tree, "cgroup.threads"), own);
	CHECK_NUMBER(owner_of(&tree, "memory.max"), own);
	CHECK_NUMBER(cgroup_delegate(&cgroup, NULL, other, NULL), 0);
	CHECK_NUMBER(owner_of(&tree, "cgroup.threads"), other);
	CHECK_NUMBER(owner_of(&tree, "memory.max"), own);
	tree_remove(&tree);
}

UNIT_MAIN(UNIT_TEST(what_the_cgroup_has_not_is_not_given), UNIT_TEST(controllers_are_words),
	  UNIT_TEST(needed_controllers_are_enabled_from_the_root_to_the_parent),
	  UNIT_TEST(what_is_enabled_already_is_not_written),
	  UNIT_TEST(a_wished_controller_is_taken_where_it_is_to_be_had),
	  UNIT_TEST(a_wished_controller_that_is_refused_harms_nobody),
	  UNIT_TEST(a_missing_controller_is_named_with_the_cgroup_that_lacks_it),
	  UNIT_TEST(what_was_made_before_a_failure_is_removed),
	  UNIT_TEST(a_failure_without_an_error_to_fill_is_a_failure_too),
	  UNIT_TEST(several_levels_are_made_at_once), UNIT_TEST(an_empty_leftover_is_taken_over),
	  UNIT_TEST(a_cgroup_in_use_is_not_taken_over), UNIT_TEST(a_link_is_never_followed),
	  UNIT_TEST(only_a_cgroup2_mount_is_a_root), UNIT_TEST(opening_needs_an_existing_cgroup),
	  UNIT_TEST(joining_and_killing_are_one_write), UNIT_TEST(a_cgroup_that_is_gone_is_empty),
	  UNIT_TEST(a_kernel_without_a_file_is_not_an_empty_cgroup),
	  UNIT_TEST(waiting_ends_at_the_deadline_and_counts_who_is_left),
	  UNIT_TEST(events_that_are_not_understood_are_an_error),
	  UNIT_TEST(a_freeze_that_is_not_done_in_time_is_taken_back),
	  UNIT_TEST(processes_of_the_whole_subtree_are_listed_once),
	  UNIT_TEST(removing_goes_depth_first),
	  UNIT_TEST(a_thousand_levels_are_removed_with_few_descriptors),
	  UNIT_TEST(what_is_still_in_use_is_named),
	  UNIT_TEST(what_stays_busy_without_a_process_is_given_up_at_the_deadline))
