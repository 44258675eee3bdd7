#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# needs: memory
# Settings and memory readings against the kernel; all of it is in settings-native.c, which speaks TAP itself.
exec "$BUILT/tests/integration/settings-native" /sys/fs/cgroup
