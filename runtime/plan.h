// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_PLAN_H
#define WEIR_RUNTIME_PLAN_H
#endif
