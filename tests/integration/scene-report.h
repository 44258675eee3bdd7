// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_TESTS_SCENE_REPORT_H
#define WEIR_TESTS_SCENE_REPORT_H

struct scene;

/* Between the two halves of a scene: making the container, and reporting on it. */

extern int report_speech; /* where a probe speaks to */

/* The TAP plan; returns the exit status. */
int report_end(void);

void report_remember_canary(const struct scene *scene);
void report_check_canary(const struct scene *scene);

#endif
