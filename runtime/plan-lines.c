// SPDX-License-Identifier: Apache-2.0
/*
 * The plan's limits that are lines of a file: block IO by device, huge pages by size, RDMA by adapter.
 * Should: give up nothing that the kernel can hold, in whichever of its files.
 * Must not: ask which files there are.
 */
#include <errno.h>
#include <inttypes.h>

#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/plan.h"

struct lines {
	struct arena *arena;
	struct cgroup_line *items;
	size_t count;
	bool failed; /* memory ran out */
};

static void add(struct lines *lines, struct cgroup_line line)
{
	if (line.file == NULL || line.value == NULL ||
	    (line.instead_file != NULL && line.instead_value == NULL))
		lines->failed = true;
	else
		lines->items[lines->count++] = line;
}

/* cgroup v1's weight (10 … 1000), which BFQ still has, on the scale of io.weight (1 … 10000). */
static uint64_t io_weight(uint64_t weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

/* Two controllers hold weights, whichever the kernel was built with: BFQ, and the IO cost model. */
static void add_weights(struct lines *lines, const struct spec_block_io *io)
{
	uint64_t weight = io->weight.value;
	size_t i;

	if (weight != 0)
		add(lines, (struct cgroup_line){
				   .file = "io.bfq.weight",
				   .value = arena_printf(lines->arena, "%" PRIu64, weight),
				   .instead_file = "io.weight",
				   .instead_value = arena_printf(lines->arena, "default %" PRIu64,
								 io_weight(weight)),
			   });
	for (i = 0; i < io->weight_device.count; i++) {
		const struct spec_weight_device *device = &io->weight_device.items[i];

		if (device->weight.value == 0)
			continue;
		add(lines,
		    (struct cgroup_line){
			    .file = "io.bfq.weight",
			    .value = arena_printf(lines->arena, "%" PRId64 ":%" PRId64 " %" PRIu64,
						  device->major, device->minor,
						  device->weight.value),
			    .instead_file = "io.weight",
			    .instead_value = arena_printf(
				    lines->arena, "%" PRId64 ":%" PRId64 " %" PRIu64, device->major,
				    device->minor, io_weight(device->weight.value)),
		    });
	}
}

static void add_throttles(struct lines *lines, const struct spec_throttle_devices *devices,
			  const char *key)
{
	size_t i;

	for (i = 0; i < devices->count; i++) {
		const struct spec_throttle_device *device = &devices->items[i];
		const char *value;

		/* A rate of 0 took the limit away in cgroup v1; io.max refuses the number. */
		if (device->rate == 0)
			value = arena_printf(lines->arena, "%" PRId64 ":%" PRId64 " %s=max",
					     device->major, device->minor, key);
		else
			value = arena_printf(lines->arena, "%" PRId64 ":%" PRId64 " %s=%" PRIu64,
					     device->major, device->minor, key, device->rate);
		add(lines, (struct cgroup_line){ .file = "io.max", .value = value });
	}
}

static void add_block_io(struct lines *lines, const struct spec_block_io *io)
{
	if (io == NULL)
		return;
	add_weights(lines, io);
	add_throttles(lines, &io->throttle_read_bps_device, "rbps");
	add_throttles(lines, &io->throttle_write_bps_device, "wbps");
	add_throttles(lines, &io->throttle_read_iops_device, "riops");
	add_throttles(lines, &io->throttle_write_iops_device, "wiops");
}

/*
 * Both reservations and faults (config-linux.md, Huge page limits: reservations are the limit where
 * the kernel counts them, which since 5.7 it does; readers of the limit look at the other file). A
 * limit of 0 for pages that there are none of asks for nothing: kubelets write one for each size.
 */
static void add_huge_pages(struct lines *lines, const struct spec_hugepage_limits *limits)
{
	size_t i;

	for (i = 0; i < limits->count; i++) {
		const struct spec_hugepage_limit *limit = &limits->items[i];
		const char *value = arena_printf(lines->arena, "%" PRIu64, limit->limit);

		add(lines,
		    (struct cgroup_line){
			    .file = arena_printf(lines->arena, "hugetlb.%s.max", limit->page_size),
			    .value = value,
			    .harmless = limit->limit == 0,
		    });
		add(lines, (struct cgroup_line){
				   .file = arena_printf(lines->arena, "hugetlb.%s.rsvd.max",
							limit->page_size),
				   .value = value,
				   .harmless = true,
			   });
	}
}

static void add_rdma(struct lines *lines, const struct spec_rdmas *rdmas)
{
	size_t i;

	for (i = 0; i < rdmas->count; i++) {
		const struct spec_rdma *rdma = &rdmas->items[i];
		const char *handles = "";
		const char *objects = "";

		if (rdma->hca_handles.set)
			handles = arena_printf(lines->arena, " hca_handle=%" PRIu64,
					       rdma->hca_handles.value);
		if (rdma->hca_objects.set)
			objects = arena_printf(lines->arena, " hca_object=%" PRIu64,
					       rdma->hca_objects.value);
		if (handles == NULL || objects == NULL) {
			lines->failed = true;
			return;
		}
		add(lines, (struct cgroup_line){
				   .file = "rdma.max",
				   .value = arena_printf(lines->arena, "%s%s%s", rdma->device,
							 handles, objects),
			   });
	}
}

static size_t count_of(const struct spec_resources *resources)
{
	const struct spec_block_io *io = resources->block_io;
	size_t count = 2 * resources->hugepage_limits.count + resources->rdma.count;

	if (io != NULL)
		count += 1 + io->weight_device.count + io->throttle_read_bps_device.count +
			 io->throttle_write_bps_device.count + io->throttle_read_iops_device.count +
			 io->throttle_write_iops_device.count;
	return count;
}

int plan_lines(struct arena *arena, const struct spec_resources *resources,
	       struct cgroup_settings *settings, struct err *err)
{
	struct lines lines = { .arena = arena };

	lines.items = arena_array(arena, count_of(resources), sizeof(*lines.items));
	lines.failed = lines.items == NULL;
	if (!lines.failed) {
		add_block_io(&lines, resources->block_io);
		add_huge_pages(&lines, &resources->hugepage_limits);
		add_rdma(&lines, &resources->rdma);
	}
	settings->lines = lines.items;
	settings->line_count = lines.count;
	return lines.failed ? err_set(err, ENOMEM, "plan") : 0;
}
