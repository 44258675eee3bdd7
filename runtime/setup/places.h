// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_SETUP_PLACES_H
#define WEIR_SETUP_PLACES_H

#include <limits.h>

struct err;
struct setup;

/* The place of `fd` as the container will name it: "/etc/hosts"; "/" is its root. -EXDEV if it is not
 * inside the container's root. The private procfs tells: after setup_private_proc(), and before
 * setup_pivot(). */
int place_in_container(const struct setup *setup, int fd, char out[PATH_MAX], struct err *err);

#endif
