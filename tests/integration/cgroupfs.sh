#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# needs: cgroup
# cgroupfs against the kernel; all of it is in cgroupfs-native.c, which speaks TAP itself.
exec "$BUILT/tests/integration/cgroupfs-native" /sys/fs/cgroup
