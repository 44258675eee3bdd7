// SPDX-License-Identifier: Apache-2.0
/*
 * The steps of runtime/setup/ against this kernel, without a launcher.
 * Should: print TAP; be run as root.
 * Must not: leave a file, a mount or a process behind.
 */
#include "tests/integration/scene.h"

int main(void)
{
	scene_prepare();
	test_mounts();
	test_mounts_elsewhere();
	test_attacks();
	test_paths();
	test_devices();
	test_identity();
	return scene_done();
}
