// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_GOVERNOR_H
#define WEIR_GOVERNOR_GOVERNOR_H
#endif
