// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SPEC_SHAPES_H
#define WEIR_SPEC_SHAPES_H

#include "spec/field.h"

/* The objects of a config, each by the file that owns its noun. */
extern const struct shape shape_spec;	   /* load.c: struct spec */
extern const struct shape shape_process;   /* process.c: struct spec_process */
extern const struct shape shape_mount;	   /* mounts.c: struct spec_mount */
extern const struct shape shape_hooks;	   /* hooks.c: struct spec_hooks */
extern const struct shape shape_linux;	   /* linux.c: struct spec_linux */
extern const struct shape shape_id_map;	   /* idmaps.c: struct spec_id_map */
extern const struct shape shape_resources; /* resources.c: struct spec_resources */
extern const struct shape shape_block_io;  /* blockio.c: struct spec_block_io */
extern const struct shape shape_seccomp;   /* seccomp.c: struct spec_seccomp */

struct spec;
struct spec_id_maps;
struct spec_linux;
struct spec_namespaces;
struct spec_strings;

/* Ids of the kernel: 2^32-1 means "no id" to it. */
#define SPEC_ID_MAX 4294967294U

/* Whether a namespace of this type (CLONE_NEW*) is listed. */
bool spec_has_namespace(const struct spec_namespaces *namespaces, int64_t type);

/* The rules that one list of mappings keeps: `name` is its property in the object `json`. */
int idmaps_check(struct loading *loading, const struct json *json, const char *name,
		 const struct spec_id_maps *maps);

/* Whether the maps give `id` (inside the container) an id outside. */
bool idmaps_hold(const struct spec_id_maps *maps, uint64_t id);

/* The rules of linux.sysctl, which need the namespaces. */
int sysctl_check(struct loading *loading, const struct json *json, const struct spec_linux *object);

/* An environment, which `json` holds under "env": each entry is NAME=VALUE. */
int spec_check_environment(struct loading *loading, const struct json *json,
			   const struct spec_strings *env);

/* A list of numbers and ranges, "0-3,7", as cpusets and NUMA nodes are written; NULL is none. */
int spec_check_list(struct loading *loading, const struct json *json, const char *name,
		    const char *list);

#endif
