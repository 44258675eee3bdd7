// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_SIGNALS_H
#define WEIR_RUNTIME_SIGNALS_H

/* The number of a signal from "TERM", "SIGTERM", "sigterm", "RTMIN+3" or "15"; -1 if it is none. */
int signal_parse(const char *word);

#endif
