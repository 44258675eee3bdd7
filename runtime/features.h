// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_FEATURES_H
#define WEIR_RUNTIME_FEATURES_H

#include <stdbool.h>

struct emit;

/*
 * The Features structure (features.md, features-linux.md) as one object. Every list and every
 * "enabled" is read from the tables that configs are read and planned by: a word or a property that
 * is refused there is missing, or false, here.
 */
void features_emit(struct emit *emit);

/* Whether the property of a config at `path` ("/process/apparmorProfile") is carried out, not only
 * known. */
bool features_carry(const char *path);

#endif
