#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# needs: root
# The child's steps on a root file system of its own, without a launcher; setup-native.c speaks TAP itself.
exec "$BUILT/tests/integration/setup-native"
