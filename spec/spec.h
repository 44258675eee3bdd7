// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SPEC_SPEC_H
#define WEIR_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the user asked for: OCI runtime-spec 1.3.0, config.md and config-linux.md, as plain
 * structs, one member per property under the property's name. All of it lives in the arena it was
 * loaded into. An absent string is NULL, an absent list has count 0, an absent object is a NULL
 * pointer; a number whose absence differs from zero is a spec_int or spec_uint.
 */

struct spec_int {
	bool set;
	int64_t value;
};

struct spec_uint {
	bool set;
	uint64_t value;
};

struct spec_bool {
	bool set;
	bool value;
};

struct spec_strings {
	const char **items; /* with a NULL behind the last one, ready for execve(2) */
	size_t count;
};

struct spec_pair {
	const char *key;
	const char *value;
};

struct spec_pairs {
	struct spec_pair *items;
	size_t count;
};

struct spec_uints {
	uint64_t *items;
	size_t count;
};

/* config.md, Root */
struct spec_root {
	const char *path; /* as written: relative to the bundle, or absolute */
	bool readonly;
};

/* config-linux.md, User namespace mappings */
struct spec_id_map {
	uint64_t container_id; /* containerID */
	uint64_t host_id;      /* hostID */
	uint64_t size;
};

struct spec_id_maps {
	struct spec_id_map *items;
	size_t count;
};

/* config.md, Mounts */
struct spec_mount {
	const char *destination;
	const char *type;
	const char *source;
	struct spec_strings options;
	struct spec_id_maps uid_mappings;
	struct spec_id_maps gid_mappings;
};

struct spec_mounts {
	struct spec_mount *items;
	size_t count;
};

/* config.md, User */
struct spec_user {
	uint64_t uid;
	uint64_t gid;
	struct spec_uint umask;
	struct spec_uints additional_gids;
};

struct spec_console_size {
	uint64_t height;
	uint64_t width;
};

/* config.md, Linux Process; the words as written, since unknown ones are only warned about */
struct spec_capabilities {
	struct spec_strings effective;
	struct spec_strings bounding;
	struct spec_strings inheritable;
	struct spec_strings permitted;
	struct spec_strings ambient;
};

struct spec_rlimit {
	int64_t type; /* RLIMIT_* of <sys/resource.h> */
	uint64_t soft;
	uint64_t hard;
};

struct spec_rlimits {
	struct spec_rlimit *items;
	size_t count;
};

struct spec_scheduler {
	int64_t policy; /* SCHED_* of <linux/sched.h> */
	struct spec_int nice;
	struct spec_int priority;
	struct spec_uints flags; /* SCHED_FLAG_* */
	uint64_t runtime;	 /* ns */
	uint64_t deadline;	 /* ns */
	uint64_t period;	 /* ns */
};

struct spec_io_priority {
	int64_t class; /* IOPRIO_CLASS_* of <linux/ioprio.h> */
	int64_t priority;
};

struct spec_cpu_affinity {
	const char *initial;
	const char *final;
};

/* config.md, Process */
struct spec_process {
	bool terminal;
	struct spec_console_size *console_size;
	struct spec_user user;
	struct spec_strings args;
	struct spec_strings env;
	const char *cwd;
	struct spec_capabilities *capabilities; /* NULL: none at all, never all */
	struct spec_rlimits rlimits;
	const char *apparmor_profile;
	const char *selinux_label;
	bool no_new_privileges;
	struct spec_int oom_score_adj;
	struct spec_scheduler *scheduler;
	struct spec_io_priority *io_priority;
	struct spec_cpu_affinity *exec_cpu_affinity;
};

/* config.md, POSIX-platform Hooks */
struct spec_hook {
	const char *path;
	struct spec_strings args;
	struct spec_strings env;
	struct spec_int timeout; /* seconds, > 0 when set */
};

struct spec_hook_list {
	struct spec_hook *items;
	size_t count;
};

struct spec_hooks {
	struct spec_hook_list prestart;
	struct spec_hook_list create_runtime;
	struct spec_hook_list create_container;
	struct spec_hook_list start_container;
	struct spec_hook_list poststart;
	struct spec_hook_list poststop;
};

/* config-linux.md, Namespaces */
struct spec_namespace {
	int64_t type;	  /* CLONE_NEW* of <linux/sched.h> */
	const char *path; /* NULL: a new one */
};

struct spec_namespaces {
	struct spec_namespace *items;
	size_t count;
};

/* config-linux.md, Devices */
struct spec_device {
	int64_t type; /* 'c', 'b', 'p'; "u" is read as 'c' */
	const char *path;
	struct spec_int major;
	struct spec_int minor;
	struct spec_uint file_mode; /* 07777 only: bits of the type are dropped */
	struct spec_uint uid;
	struct spec_uint gid;
};

struct spec_devices {
	struct spec_device *items;
	size_t count;
};

/* config-linux.md, Network Devices */
struct spec_net_device {
	const char *host_name; /* the entry's key */
	const char *name;
};

struct spec_net_devices {
	struct spec_net_device *items;
	size_t count;
};

/* config-linux.md, Allowed Device list */
struct spec_device_rule {
	bool allow;
	int64_t type;	       /* 'a', 'c', 'b'; 0 when unset, which means 'a' */
	struct spec_int major; /* any when unset; a written -1 is read as unset */
	struct spec_int minor;
	const char *access; /* some of "rwm"; NULL when unset */
};

struct spec_device_rules {
	struct spec_device_rule *items;
	size_t count;
};

/* config-linux.md, Memory. Bytes; -1 is unlimited. `swap` is memory plus swap. */
struct spec_memory {
	struct spec_int limit;
	struct spec_int reservation;
	struct spec_int swap;
	struct spec_int kernel;
	struct spec_int kernel_tcp;
	struct spec_uint swappiness;
	struct spec_bool disable_oom_killer;
	struct spec_bool use_hierarchy;
	bool check_before_update;
};

/* config-linux.md, CPU. Microseconds. */
struct spec_cpu {
	struct spec_uint shares;
	struct spec_int quota;
	struct spec_uint burst;
	struct spec_uint period;
	struct spec_int realtime_runtime;
	struct spec_uint realtime_period;
	const char *cpus;
	const char *mems;
	struct spec_int idle;
};

/* config-linux.md, Block IO */
struct spec_weight_device {
	int64_t major;
	int64_t minor;
	struct spec_uint weight;
	struct spec_uint leaf_weight;
};

struct spec_weight_devices {
	struct spec_weight_device *items;
	size_t count;
};

struct spec_throttle_device {
	int64_t major;
	int64_t minor;
	uint64_t rate;
};

struct spec_throttle_devices {
	struct spec_throttle_device *items;
	size_t count;
};

struct spec_block_io {
	struct spec_uint weight;
	struct spec_uint leaf_weight;
	struct spec_weight_devices weight_device;
	struct spec_throttle_devices throttle_read_bps_device;
	struct spec_throttle_devices throttle_write_bps_device;
	struct spec_throttle_devices throttle_read_iops_device;
	struct spec_throttle_devices throttle_write_iops_device;
};

struct spec_hugepage_limit {
	const char *page_size; /* as the control file's name has it: "2MB" */
	uint64_t limit;	       /* bytes */
};

struct spec_hugepage_limits {
	struct spec_hugepage_limit *items;
	size_t count;
};

struct spec_interface_priority {
	const char *name;
	uint64_t priority;
};

struct spec_interface_priorities {
	struct spec_interface_priority *items;
	size_t count;
};

struct spec_network {
	struct spec_uint class_id;
	struct spec_interface_priorities priorities;
};

struct spec_pids {
	struct spec_int limit; /* 0 is a limit; -1 is none */
};

struct spec_rdma {
	const char *device; /* the entry's key */
	struct spec_uint hca_handles;
	struct spec_uint hca_objects;
};

struct spec_rdmas {
	struct spec_rdma *items;
	size_t count;
};

/* config-linux.md, Control groups */
struct spec_resources {
	struct spec_device_rules devices;
	struct spec_memory *memory;
	struct spec_cpu *cpu;
	struct spec_block_io *block_io;
	struct spec_hugepage_limits hugepage_limits;
	struct spec_network *network;
	struct spec_pids *pids;
	struct spec_rdmas rdma;
	struct spec_pairs unified;
};

/* config-linux.md, IntelRdt */
struct spec_intel_rdt {
	const char *clos_id;
	struct spec_strings schemata;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	bool enable_monitoring;
};

/* config-linux.md, Memory policy */
struct spec_memory_policy {
	int64_t mode; /* MPOL_* of <linux/mempolicy.h> */
	const char *nodes;
	struct spec_uints flags; /* MPOL_F_* */
};

/* config-linux.md, Seccomp */
struct spec_seccomp_arg {
	uint64_t index;
	uint64_t value;
	uint64_t value_two;
	int64_t op; /* enum scmp_compare of <seccomp.h> */
};

struct spec_seccomp_args {
	struct spec_seccomp_arg *items;
	size_t count;
};

struct spec_seccomp_rule {
	struct spec_strings names;
	int64_t action; /* SCMP_ACT_* of <seccomp.h>, without the errno in its low half */
	struct spec_uint errno_ret;
	struct spec_seccomp_args args;
};

struct spec_seccomp_rules {
	struct spec_seccomp_rule *items;
	size_t count;
};

struct spec_seccomp {
	int64_t default_action;
	struct spec_uint default_errno_ret;
	struct spec_uints architectures; /* SCMP_ARCH_* of <seccomp.h> */
	struct spec_uints flags;	 /* SECCOMP_FILTER_FLAG_* of <linux/seccomp.h> */
	const char *listener_path;
	const char *listener_metadata;
	struct spec_seccomp_rules syscalls;
};

/* config-linux.md, Personality */
struct spec_personality {
	int64_t domain; /* PER_LINUX, PER_LINUX32 of <sys/personality.h> */
	struct spec_strings flags;
};

/* config-linux.md, Offset for Time Namespace */
struct spec_time_offset {
	int64_t secs;
	uint64_t nanosecs;
};

struct spec_time_offsets {
	struct spec_time_offset *monotonic;
	struct spec_time_offset *boottime;
};

struct spec_linux {
	struct spec_devices devices;
	struct spec_net_devices net_devices;
	struct spec_id_maps uid_mappings;
	struct spec_id_maps gid_mappings;
	struct spec_namespaces namespaces;
	struct spec_resources *resources;
	const char *cgroups_path;
	int64_t rootfs_propagation; /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE; 0 unset */
	struct spec_seccomp *seccomp;
	struct spec_pairs sysctl;
	struct spec_strings masked_paths;
	struct spec_strings readonly_paths;
	const char *mount_label;
	struct spec_intel_rdt *intel_rdt;
	struct spec_memory_policy *memory_policy;
	struct spec_personality *personality;
	struct spec_time_offsets *time_offsets;
};

struct spec {
	const char *oci_version;
	struct spec_root root;
	struct spec_mounts mounts;
	struct spec_process *process; /* NULL: the container can be created and never started */
	const char *hostname;
	const char *domainname;
	struct spec_hooks hooks;
	struct spec_pairs annotations;
	struct spec_linux linux_config; /* "linux"; a plain `linux` is a macro of old compilers */
};

#endif
