// SPDX-License-Identifier: Apache-2.0
/* Records as /dev/kmsg gives them (6.12 and 6.1), and names that try to be records. */
#include "runtime/governor/kernel_log.h"
#include "tests/unit/unit.h"

static struct kernel_log kernel_log;

static void begin(const char *path, pid_t init_pid)
{
	memset(&kernel_log, 0, sizeof(kernel_log));
	kernel_log.query.path = path;
	kernel_log.query.init_pid = init_pid;
	kernel_log.query.since_usec = 5000000;
}

static void feed(const char *const records[])
{
	for (; *records != NULL; records++)
		kernel_log_feed(&kernel_log, *records);
}

static const char *const ordinary[] = {
	"4,501,5140001,-;hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
	"oom_score_adj=0\n",
	"4,502,5140002,-;CPU: 1 UID: 0 PID: 213 Comm: hog Not tainted 6.12.9-amd64 #1\n",
	"6,503,5140003,-;memory: usage 65536kB, limit 65536kB, failcnt 44\n",
	"6,504,5140004,-;swap: usage 0kB, limit 0kB, failcnt 0\n",
	"6,505,5140005,-;Memory cgroup stats for /weir/c1:\n",
	"6,506,5140006,-;Tasks state (memory values in pages):\n",
	"6,507,5140007,-;[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem "
	"pgtables_bytes swapents oom_score_adj name\n",
	"6,508,5140008,-;[    211]     0   211      602      211       27      184         0    "
	"45056        0             0 sh\n",
	"6,509,5140009,-;[    213]  1000   213    17000    16200    16001      199         0   "
	"172032        0             0 hog\n",
	"6,510,5140010,-;[    214]     0   214      602    90000    90000        0         0    "
	"45056        0         -1000 immune\n",
	"6,511,5140011,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=c1,"
	"mems_allowed=0,oom_memcg=/weir/c1,task_memcg=/weir/c1,task=hog,pid=213,uid=1000\n",
	"3,512,5140012,-;Memory cgroup out of memory: Killed process 213 (hog) total-vm:68000kB, "
	"anon-rss:64004kB, file-rss:796kB, shmem-rss:0kB, UID:1000 pgtables:168kB "
	"oom_score_adj:0\n",
	"6,513,5141000,-;oom_reaper: reaped process 213 (hog), now anon-rss:0kB\n",
	NULL,
};

TEST(an_ordinary_kill_is_explained)
{
	const struct victim *victim = &kernel_log.victims[0];

	begin("/weir/c1", 0);
	feed(ordinary);
	CHECK_NUMBER(kernel_log.victim_count, 1);
	CHECK(victim->header && !victim->global);
	CHECK_NUMBER(victim->pid, 213);
	CHECK_STRING(victim->comm, "hog");
	CHECK_STRING(victim->oom_cgroup, "/weir/c1");
	CHECK_STRING(victim->task_cgroup, "/weir/c1");
	CHECK_NUMBER(victim->uid, 1000);
	CHECK_NUMBER(victim->anon_bytes, 64004 << 10);
	CHECK_NUMBER(victim->file_bytes, 796 << 10);
	CHECK_NUMBER(victim->pgtables_bytes, 168 << 10);
	CHECK_NUMBER(victim->limit_bytes, 64 << 20);
	CHECK_NUMBER(victim->usage_bytes, 64 << 20);
	/* 16200 pages of rss and 42 of page tables; "immune" is bigger and never weighed */
	CHECK(victim->was_highest);
	CHECK_NUMBER(victim->points, 16242);
	CHECK_NUMBER(victim->processes, 2);
	CHECK_NUMBER(victim->second.pid, 211);
	CHECK_NUMBER(victim->second.points, 222);
	CHECK_STRING(victim->second.comm, "sh");
}

TEST(another_cgroups_kill_is_not_ours)
{
	begin("/weir/c2", 0);
	feed(ordinary);
	CHECK_NUMBER(kernel_log.victim_count, 0);
	begin("/weir/c", 0);
	feed(ordinary);
	CHECK_NUMBER(kernel_log.victim_count, 0);
	begin("/weir", 0);
	feed(ordinary);
	CHECK_NUMBER(kernel_log.victim_count, 1);
}

TEST(an_older_kill_is_not_ours)
{
	begin("/weir/c1", 0);
	kernel_log.query.since_usec = 5140013;
	feed(ordinary);
	CHECK_NUMBER(kernel_log.victim_count, 0);
}

TEST(an_innocent_victim_names_the_ancestor)
{
	static const char *const records[] = {
		"4,1,6000000,-;a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0\n",
		"6,2,6000001,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
		"mems_allowed=0,oom_memcg=/pod,task_memcg=/pod/b,task=b,pid=7,uid=0\n",
		"3,3,6000002,-;Memory cgroup out of memory: Killed process 7 (b) total-vm:8kB, "
		"anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB "
		"oom_score_adj:500\n",
		NULL,
	};

	begin("/pod/b", 0);
	feed(records);
	CHECK_NUMBER(kernel_log.victim_count, 1);
	CHECK_STRING(kernel_log.victims[0].oom_cgroup, "/pod");
	CHECK_STRING(kernel_log.victims[0].task_cgroup, "/pod/b");
	CHECK_NUMBER(kernel_log.victims[0].oom_score_adj, 500);
}

TEST(the_whole_host)
{
	static const char *const records[] = {
		"4,1,6000000,-;x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0\n",
		"6,2,6000001,-;oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"
		"mems_allowed=0,global_oom,task_memcg=/weir/c1,task=hog,pid=9,uid=0\n",
		"3,3,6000002,-;Out of memory: Killed process 9 (hog) total-vm:8kB, anon-rss:4kB, "
		"file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:-5\n",
		NULL,
	};

	begin("/weir/c1", 0);
	feed(records);
	CHECK_NUMBER(kernel_log.victim_count, 1);
	CHECK(kernel_log.victims[0].global && kernel_log.victims[0].header);
	CHECK_NUMBER(kernel_log.victims[0].oom_score_adj, -5);
}

TEST(the_old_table_has_three_columns_less)
{
	static const char *const records[] = {
		"4,1,6000000,-;x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0\n",
		"6,2,6000001,-;memory: usage 524288kB, limit 524288kB, failcnt 9\n",
		"6,3,6000001,-;[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents "
		"oom_score_adj name\n",
		/* called "1 2 3": a name of digits is no column */
		"6,4,6000001,-;[     10]     0    10      602      100    40960       10        "
		"   100 1 2 3\n",
		"6,5,6000001,-;[     11]     0    11      602      200     4096        0        "
		"     0 b\n",
		"6,6,6000001,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
		"mems_allowed=0,oom_memcg=/c,task_memcg=/c,task=1 2 3,pid=10,uid=0\n",
		"3,7,6000002,-;Memory cgroup out of memory: Killed process 10 (1 2 3) "
		"total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB "
		"oom_score_adj:100\n",
		NULL,
	};

	begin("/c", 0);
	feed(records);
	CHECK_NUMBER(kernel_log.victim_count, 1);
	CHECK_STRING(kernel_log.victims[0].comm, "1 2 3");
	/* 100 + 10 page tables + 10 swapped + 100 · 131072/1000 */
	CHECK_NUMBER(kernel_log.victims[0].points, 120 + 100 * 131);
	CHECK_NUMBER(kernel_log.victims[0].second.points, 201);
}

TEST(a_burst_without_headers_is_known_by_pid_only)
{
	static const char *const records[] = {
		"3,1,6000002,-;Memory cgroup out of memory: Killed process 77 (hog) total-vm:8kB, "
		"anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n",
		NULL,
	};

	begin("/c", 0);
	feed(records);
	CHECK_NUMBER(kernel_log.victim_count, 0);
	begin("/c", 77);
	feed(records);
	CHECK_NUMBER(kernel_log.victim_count, 1);
	CHECK(!kernel_log.victims[0].header);
}

TEST(a_process_called_like_the_log_fools_nobody)
{
	static const char *const records[] = {
		"4,1,6000000,-;Killed process  invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), "
		"order=0, oom_score_adj=0\n",
		"6,2,6000001,-;[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file "
		"rss_shmem pgtables_bytes swapents oom_score_adj name\n",
		"6,3,6000001,-;[     10]     0    10      602      100  100 0 0   4096       0   "
		"        0 [  1] 0 1 9 9 9\n",
		"6,4,6000001,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=c,"
		"mems_allowed=0,oom_memcg=/c,task_memcg=/c,task=a,pid=1,uid=0),pid=10,uid=0\n",
		"3,5,6000002,-;Memory cgroup out of memory: Killed process 10 (a,pid=1,uid=0)) "
		"total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB "
		"oom_score_adj:0\n",
		NULL,
	};

	begin("/c", 0);
	feed(records);
	CHECK_NUMBER(kernel_log.victim_count, 1);
	CHECK_NUMBER(kernel_log.victims[0].pid, 10);
	CHECK_STRING(kernel_log.victims[0].comm, "a,pid=1,uid=0)");
	CHECK_STRING(kernel_log.victims[0].task_cgroup, "/c");
	CHECK_NUMBER(kernel_log.victims[0].anon_bytes, 4096);
	CHECK(kernel_log.victims[0].was_highest);
}

TEST(a_name_that_holds_the_tail_is_read_from_the_last)
{
	static const char *const records[] = {
		"3,5,6000002,-;Memory cgroup out of memory: Killed process 10 (a) total-vm:9) "
		"total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB "
		"oom_score_adj:0\n",
		"3,6,6000003,-;Memory cgroup out of memory: Killed process 10 (b\\x0ac) "
		"total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB "
		"oom_score_adj:0\n",
		NULL,
	};

	begin("/c", 10);
	feed(records);
	CHECK_NUMBER(kernel_log.victim_count, 2);
	CHECK_STRING(kernel_log.victims[0].comm, "a) total-vm:9");
	CHECK_NUMBER(kernel_log.victims[0].total_vm_bytes, 8192);
	CHECK_STRING(kernel_log.victims[1].comm, "b\\x0ac");
}

TEST(a_cgroup_called_like_the_log_blames_no_other)
{
	static const char *const records[] = {
		"4,1,6000000,-;x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0\n",
		/* a container /evil with a cgroup of its own making below */
		"6,2,6000001,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
		"mems_allowed=0,oom_memcg=/evil,task_memcg=/evil/x,task_memcg=/weir/c1,task=x,"
		"pid=9,uid=0\n",
		"3,3,6000002,-;Memory cgroup out of memory: Killed process 9 (x) total-vm:8kB, "
		"anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0\n",
		NULL,
	};

	begin("/weir/c1", 0);
	feed(records);
	CHECK_NUMBER(kernel_log.victim_count, 0);
	begin("/evil", 0);
	feed(records);
	CHECK_STRING(kernel_log.victims[0].task_cgroup, "/evil/x,task_memcg=/weir/c1");
}

TEST(a_group_has_one_header_and_many_victims)
{
	static const char *const more[] = {
		"6,514,5142000,-;Tasks in /weir/c1 are going to be killed due to "
		"memory.oom.group set\n",
		"3,515,5142001,-;Memory cgroup out of memory: Killed process 211 (sh) "
		"total-vm:8kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB "
		"oom_score_adj:0\n",
		NULL,
	};

	begin("/weir/c1", 0);
	feed(ordinary);
	feed(more);
	CHECK_NUMBER(kernel_log.victim_count, 2);
	CHECK_STRING(kernel_log.victims[1].task_cgroup, "/weir/c1");
	CHECK(!kernel_log.victims[1].was_highest);
	CHECK_NUMBER(kernel_log.victims[1].processes, 0);
}

TEST(garbage_is_nothing)
{
	static const char *const records[] = {
		"",
		";",
		"4,1,6000000",
		"x,1,6000000,-;Memory cgroup out of memory: Killed process 9 (x) total-vm:8kB\n",
		"3,1,6000000,-;Memory cgroup out of memory: Killed process 9\n",
		"3,1,6000000,-;Memory cgroup out of memory: Killed process 9 (x\n",
		"3,1,6000000,-;Memory cgroup out of memory: Killed process  (x) total-vm:8kB\n",
		"3,1,6000000,-;Memory cgroup out of memory: Killed process 9 () total-vm:8kB\n",
		"6,1,6000000,-;oom-kill:constraint=\n",
		"6,1,6000000,-;[\n",
		NULL,
	};

	begin("/c", 10);
	feed(records);
	CHECK_NUMBER(kernel_log.victim_count, 0);
}

UNIT_MAIN(UNIT_TEST(an_ordinary_kill_is_explained), UNIT_TEST(another_cgroups_kill_is_not_ours),
	  UNIT_TEST(an_older_kill_is_not_ours), UNIT_TEST(an_innocent_victim_names_the_ancestor),
	  UNIT_TEST(the_whole_host), UNIT_TEST(the_old_table_has_three_columns_less),
	  UNIT_TEST(a_burst_without_headers_is_known_by_pid_only),
	  UNIT_TEST(a_process_called_like_the_log_fools_nobody),
	  UNIT_TEST(a_name_that_holds_the_tail_is_read_from_the_last),
	  UNIT_TEST(a_cgroup_called_like_the_log_blames_no_other),
	  UNIT_TEST(a_group_has_one_header_and_many_victims), UNIT_TEST(garbage_is_nothing))
