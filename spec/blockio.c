// SPDX-License-Identifier: Apache-2.0
/*
 * config-linux.md, Block IO.
 * Should: refuse by the property, since engines write the object with nothing in it.
 * Must not: know the files of the io controller.
 */
#include "spec/field.h"
#include "spec/shapes.h"
#include "spec/spec.h"

static const char no_leaf_weight[] = "cgroup v2 has no leaf weights";

static const struct field weight_rows[] = {
	ROW_INT(spec_weight_device, major, "major", 0, UINT32_MAX, .flags = FIELD_REQUIRED),
	ROW_INT(spec_weight_device, minor, "minor", 0, UINT32_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT_IF_SET(spec_weight_device, weight, "weight", UINT16_MAX, ),
	ROW_UINT_IF_SET(spec_weight_device, leaf_weight, "leafWeight", UINT16_MAX,
			.refused = no_leaf_weight),
};

/* What cgroup v1 took; 0 is how engines write that none is asked for. */
#define WEIGHT_MIN 10
#define WEIGHT_MAX 1000

static int check_range(struct loading *loading, const struct json *json,
		       const struct spec_uint *weight)
{
	if (weight->value == 0 || (weight->value >= WEIGHT_MIN && weight->value <= WEIGHT_MAX))
		return 0;
	return field_refuse_member(loading, json, "weight", "%u is out of range (%d to %d)",
				   (unsigned) weight->value, WEIGHT_MIN, WEIGHT_MAX);
}

static int check_weight(struct loading *loading, const struct json *json, void *object)
{
	const struct spec_weight_device *device = object;

	if (!device->weight.set && !device->leaf_weight.set)
		return field_refuse(loading, json, "neither weight nor leafWeight is given");
	return check_range(loading, json, &device->weight);
}

static const struct shape weight_shape = SHAPE(spec_weight_device, weight_rows, check_weight);

static const struct field throttle_rows[] = {
	ROW_INT(spec_throttle_device, major, "major", 0, UINT32_MAX, .flags = FIELD_REQUIRED),
	ROW_INT(spec_throttle_device, minor, "minor", 0, UINT32_MAX, .flags = FIELD_REQUIRED),
	ROW_UINT(spec_throttle_device, rate, "rate", UINT64_MAX, .flags = FIELD_REQUIRED),
};
static const struct shape throttle_shape = SHAPE(spec_throttle_device, throttle_rows, NULL);

static const struct field block_io_rows[] = {
	ROW_UINT_IF_SET(spec_block_io, weight, "weight", UINT16_MAX, ),
	ROW_UINT_IF_SET(spec_block_io, leaf_weight, "leafWeight", UINT16_MAX,
			.refused = no_leaf_weight),
	ROW_LIST(spec_block_io, weight_device, "weightDevice", &weight_shape, ),
	ROW_LIST(spec_block_io, throttle_read_bps_device, "throttleReadBpsDevice",
		 &throttle_shape, ),
	ROW_LIST(spec_block_io, throttle_write_bps_device, "throttleWriteBpsDevice",
		 &throttle_shape, ),
	ROW_LIST(spec_block_io, throttle_read_iops_device, "throttleReadIOPSDevice",
		 &throttle_shape, ),
	ROW_LIST(spec_block_io, throttle_write_iops_device, "throttleWriteIOPSDevice",
		 &throttle_shape, ),
};

static int check_block_io(struct loading *loading, const struct json *json, void *object)
{
	return check_range(loading, json, &((const struct spec_block_io *) object)->weight);
}

const struct shape shape_block_io = SHAPE(spec_block_io, block_io_rows, check_block_io);
