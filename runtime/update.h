// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_UPDATE_H
#define WEIR_RUNTIME_UPDATE_H

struct container;
struct err;
struct log;

/*
 * Changes the resources of a container that is not stopped. `asked` is the JSON of a linux.resources
 * (config-linux.md, Control groups) with no more in it than is to be changed; it is merged with
 * the copy of config.json (merge.h), the cgroup is changed (change.h: all or nothing), and the merged copy is
 * kept, which a governor of the container notices.
 *
 * A new memory limit without a new swap leaves the swap that may be used as it is, and does away with
 * its limit when memory has none any more (OCI's swap counts memory too, so the kept number cannot stay).
 * -ESRCH "container not running".
 */
int container_update(struct container *container, const char *asked, const struct log *log,
		     struct err *err);

/* The lines of Intel RDT that can be changed; NULL: as it is. */
struct update_schemata {
	const char *l3_cache;
	const char *mem_bw;
};

/* Writes them to the schemata of the container's class of service, and keeps them in its config. A container
 * that has no class yet gets one of its own. */
int container_update_schemata(struct container *container, const struct update_schemata *schemata,
			      struct err *err);

#endif
