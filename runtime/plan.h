// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_PLAN_H
#define WEIR_RUNTIME_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroupfs/cgroup.h"
#include "cgroupfs/devices.h"
#include "cgroupfs/settings.h"
#include "runtime/fds.h"
#include "runtime/systemd-plan.h"
#include "spec/spec.h"

struct align_found;
struct alignment;
struct arena;
struct err;
struct ladder;
struct policy;
struct text;

/*
 * What will be done, decided before anything is touched. plan_make() is pure: a spec and what is
 * known of the host in, kernel meaning out. The child and the parent only carry it out. All of it
 * lives in the arena it was made in and may point into the spec.
 */

/* A namespace to join instead of to make. */
struct plan_join {
	int type; /* CLONE_NEW* */
	const char *path;
	const char *where; /* "/linux/namespaces/1/path", for errors */
};

/* There are eight types of namespace, and each is listed once. */
#define PLAN_JOINS_MAX 8

enum plan_mount_kind {
	PLAN_MOUNT_FILESYSTEM, /* fsopen(2) of `type` */
	PLAN_MOUNT_BIND,       /* open_tree(2) of `source` */
	PLAN_MOUNT_CGROUP,     /* the container's view of the cgroup2 hierarchy */
	PLAN_MOUNT_REMOUNT,    /* only attributes and propagation of what is mounted there */
};

/* One key, or key=value, for fsconfig(2). */
struct plan_mount_option {
	const char *key;
	const char *value; /* NULL: a flag */
};

struct plan_mount {
	enum plan_mount_kind kind;
	const char *where;	 /* "/mounts/3", for errors */
	const char *destination; /* absolute, in the container */
	const char *type;	 /* PLAN_MOUNT_FILESYSTEM */
	const char *source;	 /* absolute for a bind */
	bool recursive;		 /* rbind */
	bool copy_up;		 /* tmpcopyup */
	bool source_nofollow;
	bool destination_nofollow;
	bool copy_symlink;
	bool idmapped; /* its files have other owners (mount_setattr(2), MOUNT_ATTR_IDMAP) */
	bool idmap_recursive;
	const char *idmap_text; /* what "idmap=" was followed by; NULL: nothing */
	const char
		*idmap_path; /* the user namespace whose maps are used; NULL: those that follow */
	const char *uid_map; /* as for /proc/PID/uid_map */
	const char *gid_map;
	struct plan_mount_option *options;
	size_t option_count;
	/* mount_setattr(2): for this mount, and recursively for all below it */
	uint64_t attr_set, attr_clear;
	uint64_t recursive_attr_set, recursive_attr_clear;
	uint64_t propagation; /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE; 0: private */
	bool propagation_recursive;
};

struct plan_device {
	const char *path; /* absolute, in the container */
	mode_t mode;	  /* type and permissions */
	dev_t device;
	uid_t uid; /* in the container's user namespace */
	gid_t gid;
	const char *where;
};

/* A network device of the host, and its name in the container ("eth%d": the kernel chooses). */
struct plan_net_device {
	const char *host_name;
	const char *name;
};

struct plan_rlimit {
	int resource;
	uint64_t soft;
	uint64_t hard;
};

/* The capability sets as the kernel's bits. */
struct plan_capabilities {
	uint64_t effective, bounding, inheritable, permitted, ambient;
};

/* A compiled filter (seccomp(2)); NULL instructions: none. */
struct plan_seccomp {
	struct sock_filter *instructions;
	unsigned short count;
	unsigned flags; /* SECCOMP_FILTER_FLAG_* of the profile */
	bool notifies;	/* an agent is to be asked (SCMP_ACT_NOTIFY), at plan_listener_path() */
};

/* For sched_setattr(2). */
struct plan_scheduler {
	bool set;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_nsec, deadline_nsec, period_nsec;
};

/* A set of small numbers, as the kernel takes sets of CPUs and of NUMA nodes. */
struct plan_bits {
	unsigned long *words; /* NULL: no set was given */
	size_t bytes;
};

/* For set_mempolicy(2). */
struct plan_memory_policy {
	bool set;
	int mode; /* MPOL_* and MPOL_F_* */
	struct plan_bits nodes;
};

#define PLAN_HOME_ROOM 4096 /* "HOME=" and a path, NUL included */

struct plan_process {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t group_count;
	bool keep_groups; /* the caller's groups stay, and these do not count */
	mode_t umask;
	struct plan_capabilities capabilities;
	struct plan_rlimit *rlimits;
	size_t rlimit_count;
	bool no_new_privileges;
	bool oom_score_adj_set;
	int oom_score_adj;
	struct plan_scheduler scheduler;
	int io_priority; /* for ioprio_set(2); 0: as it is */
	/* of a process that is put into a running container: before it is in, and once it is */
	struct plan_bits initial_cpus, final_cpus;
	struct plan_memory_policy memory_policy;
	bool personality_set;
	unsigned long personality;    /* PER_* */
	const char *apparmor_profile; /* NULL: as it is */
	const char *selinux_label;    /* NULL: as it is */
	unsigned passed_fds;	      /* from 3 on, as the caller has them */
	char *home;	  /* in envp, PLAN_HOME_ROOM: from the image's passwd; NULL: as it is */
	char *listen_pid; /* in envp: the process writes its own pid here; NULL: no LISTEN_FDS */
	bool terminal;
	unsigned short terminal_rows, terminal_columns; /* 0: as it comes */
	const char *cwd;
	char *const *argv;
	char *const *envp;
};

enum cgroup_manager {
	CGROUP_MANAGER_CGROUPFS,
	CGROUP_MANAGER_SYSTEMD,	 /* the container lives below a scope that systemd makes */
	CGROUP_MANAGER_DISABLED, /* the container stays in the cgroup it was called in */
};

struct plan_cgroup {
	enum cgroup_manager manager;
	char path
		[CGROUP_PATH_ROOM]; /* with systemd, once the scope is there, below where it put it */
	struct unit_names names;    /* the next three of systemd alone */
	struct unit_properties properties;
	bool user_manager; /* and not the system's */
	struct cgroup_settings settings;
	struct cgroup_controllers controllers;
	struct device_rule *device_rules;
	size_t device_rule_count;
	bool delegated; /* to `owner`, as the host numbers it: config-linux.md, Cgroup ownership */
	uid_t owner;
};

/* The class of service of Intel RDT. */
struct plan_rdt {
	const char *group;  /* below resctrl; ".": the root; NULL: none was asked for */
	bool lasting;	    /* it is named by the config, and stays when the container goes */
	const char **lines; /* for schemata, in order */
	size_t line_count;
	size_t compared_count; /* so many of them a group that exists must have already */
	bool monitored;	       /* in a monitoring group of its own */
};

/* What the governor is to do; ladder NULL: nothing but explain. */
struct plan_memory {
	struct ladder *ladder;	   /* owned: plan_release() */
	const char *ladder_source; /* "--ladder" or the annotation's name, for errors and reports */
	const char *ladder_text;
	bool contract;	/* the program is told of /run/weir */
	bool publishes; /* or finds only its limit there */
	int stop_signal;
	const struct policy *policy; /* what it comes from */
	uint64_t limit_bytes;	     /* the tightest of its own and those above; 0: none */
	bool limit_is_own;
	const struct alignment *alignment; /* NULL: none was asked for */
};

struct plan {
	const char *id;
	const char *bundle; /* absolute */
	const struct spec *spec;
	/* namespaces */
	unsigned new_namespaces; /* CLONE_NEW* bits to make */
	struct plan_join *joins;
	size_t join_count;
	bool joins_first;  /* the joins are made before the child, by a process between (clone.h) */
	bool becomes_root; /* in a user namespace, of its ids 0 */
	const char *uid_map; /* text for /proc/PID/uid_map; NULL without a new user namespace */
	const char *gid_map;
	const char *time_offsets; /* text for /proc/PID/timens_offsets; NULL: none */
	/* the file system */
	const char *rootfs; /* absolute */
	bool rootfs_readonly;
	bool no_pivot;		     /* the root is moved over the old one (--no-pivot) */
	uint64_t rootfs_propagation; /* MS_*; 0: private */
	const char *mount_label;     /* for SELinux; NULL: none */
	struct plan_mount *mounts;
	size_t mount_count;
	struct plan_device *devices;
	size_t device_count;
	struct spec_strings masked_paths;
	struct spec_strings readonly_paths;
	/* the rest */
	struct plan_net_device *net_devices;
	size_t net_device_count;
	const char *notify_directory; /* where the program finds notify.h's; NULL: none */
	const char *hostname;
	const char *domainname;
	struct spec_pairs sysctl; /* key with '/' instead of '.', ready for /proc/sys */
	bool has_process;
	struct plan_process process;
	struct plan_seccomp seccomp;
	struct plan_cgroup cgroup;
	struct plan_rdt rdt;
	struct plan_memory memory;
};

/* What is to be planned, and what has to be known of the host for it. */
struct plan_request {
	struct arena *arena; /* where the plan will live */
	const struct spec *spec;
	struct text *warnings; /* gets one line each (an unknown capability) */
	const char *id;
	const char *bundle; /* absolute */
	enum cgroup_manager manager;
	bool rootless;		   /* a systemd that is asked is the user's */
	const char *notify_socket; /* the caller's (notify.h); NULL: none */
	/* the memory policy; NULL: --ladder, or what the annotations say, and no more */
	const struct policy *policy;
	const char *ladder_text;	 /* --ladder */
	const struct align_found *found; /* what the program is; NULL: not looked at */
	uint64_t ancestor_limit_bytes;	 /* the tightest memory.max above its cgroup; 0: none */
	bool no_pivot;
	struct fds fds;		      /* of the caller, for the program */
	uint64_t kernel_capabilities; /* bits up to /proc/sys/kernel/cap_last_cap */
};

/* Decides. An error names the JSON path. */
int plan_make(const struct plan_request *request, struct plan *plan, struct err *err);

/* Decides what one more process of a container that runs already needs: its namespaces, identity and
 * filter. The rest of the plan is as empty as { 0 }. */
int plan_further_process(const struct plan_request *request, struct plan *plan, struct err *err);

/* Whether the container has a namespace of this type (CLONE_NEW*) that is not the runtime's. */
bool plan_has_namespace(const struct plan *plan, int type);

/* Maps as text for /proc/PID/uid_map; NULL when memory runs out. */
const char *plan_map_text(struct arena *arena, const struct spec_id_maps *maps);

/* The parts of plan_make() that have files of their own. */
int plan_namespaces(struct arena *arena, const struct spec *spec, struct plan *plan,
		    struct err *err);
int plan_mounts(const struct plan_request *request, struct plan *plan, struct err *err);
int plan_idmap(struct arena *arena, const struct spec_mount *asked, const struct plan *plan,
	       struct plan_mount *mount, struct err *err);
int plan_devices(struct arena *arena, const struct spec *spec, struct plan *plan, struct err *err);
/* Which devices a process may open; only device_rules of `cgroup` is filled. */
int plan_device_rules(struct arena *arena, const struct spec *spec, struct plan_cgroup *cgroup,
		      struct err *err);
int plan_lines(struct arena *arena, const struct spec_resources *resources,
	       struct cgroup_settings *settings, struct err *err);
void plan_delegation(const struct spec *spec, struct plan_cgroup *cgroup);
int plan_network(struct arena *arena, const struct spec *spec, struct plan *plan, struct err *err);
int plan_resources(const struct plan_request *request, struct plan *plan, struct err *err);
int plan_rdt(const struct plan_request *request, struct plan *plan, struct err *err);
int plan_memory(const struct plan_request *request, struct plan *plan, struct err *err);
int plan_process(const struct plan_request *request, struct plan *plan, struct err *err);
int plan_scheduling(struct arena *arena, const struct spec *spec, struct plan_process *process,
		    struct err *err);

/* The words of mounts[].options that are known, one by one: NULL behind the last, "" for one that is
 * refused as not supported yet. */
const char *plan_mount_word(size_t index);

/* The cgroup of a container: cgroupsPath below the root of the hierarchy; a relative one, or the id,
 * below /weir. */
int plan_cgroup_path(const struct spec *spec, const char *id, char out[CGROUP_PATH_ROOM],
		     struct err *err);

/* The socket of the agent that a profile's SCMP_ACT_NOTIFY asks: listenerPath, or the annotation
 * run.oci.seccomp.receiver; NULL if there is none. */
const char *plan_listener_path(const struct spec *spec);

/* A cgroup manager by name (--cgroup-manager): 0, or -EINVAL if there is none of that name; and back. */
int plan_manager(const char *name, enum cgroup_manager *manager);
const char *plan_manager_name(enum cgroup_manager manager);

/* Gives back what the plan holds outside the arena (the ladder). */
void plan_release(struct plan *plan);

#endif
