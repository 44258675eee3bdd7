// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_CMD_SANDBOX_H
#define WEIR_CMD_SANDBOX_H

struct err;
struct spec;
struct text;

/* What `sandbox` composed, as the config.json that a person would have written for it: it is kept with
 * the container, and other commands (exec, update) go by it. Bytes of the environment and the arguments
 * that are no UTF-8, which JSON is, become '?'. */
int sandbox_config(const struct spec *spec, struct text *config, struct err *err);

#endif
