#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# needs: cgroup
# Device rules against the kernel, which enforces them; all of it is in devices-native.c, which speaks TAP itself.
exec "$BUILT/tests/integration/devices-native" /sys/fs/cgroup
