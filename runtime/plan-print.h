// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_PLAN_PRINT_H
#define WEIR_RUNTIME_PLAN_PRINT_H

#include <stddef.h>
#include <stdint.h>

struct emit;
struct plan;
struct plan_process;

/*
 * The plan as JSON, for `--plan`: the whole of struct plan, in the order in which it is carried out,
 * flags and capabilities by name. Members that ask for nothing are left out. The same config gives
 * the same bytes on every host (docs/plan.md describes the members).
 */
void plan_print(const struct plan *plan, struct emit *emit);

/* The parts that have files of their own; each writes members of the open object. */
void plan_print_mounts(const struct plan *plan, struct emit *emit);
void plan_print_devices(const struct plan *plan, struct emit *emit);
void plan_print_process(const struct plan *plan, struct emit *emit);
void plan_print_schedule(const struct plan_process *process, struct emit *emit);
void plan_print_cgroup(const struct plan *plan, struct emit *emit);
void plan_print_memory(const struct plan *plan, struct emit *emit);

/* One bit, or several that belong together, and its name. A table ends with a NULL name. */
struct plan_bit {
	uint64_t bit;
	const char *name;
};

/* A list of the names of `bits`, in the order of the table; what has no name as "0x…". No list for
 * no bits. */
void plan_print_bits(struct emit *emit, const char *key, uint64_t bits,
		     const struct plan_bit *names);

/* A list of strings; none for an empty one. */
void plan_print_strings(struct emit *emit, const char *key, const char *const *strings,
			size_t count);

/* A mode as people write it: "0644". */
void plan_print_octal(struct emit *emit, const char *key, unsigned mode);

#endif
