// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_TESTS_SCENE_H
#define WEIR_TESTS_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "runtime/base/arena.h"
#include "runtime/plan.h"

/*
 * A container without a launcher: the steps of runtime/setup/ in a cloned child, on a root file
 * system in a temporary directory, with effects read back from inside. Beside it lies a canary
 * tree, which no container may change. Needs root; leaves nothing behind.
 */
struct scene {
	struct arena arena;
	char base[64];	  /* the temporary directory */
	char root[128];	  /* the container's root */
	char canary[128]; /* the host's, beside it */
	struct spec spec; /* what plan_mounts() and plan_devices() are made of */
	struct plan plan;
	bool user_namespace; /* with 65536 ids from 100000 on */
};

/* What a child did. */
struct seen {
	bool ready;	  /* every step succeeded, and the probe ended */
	char error[1024]; /* else why */
	char said[16384]; /* by the probe */
};

/* Once, at the beginning and the end of the program: a mount namespace of our own, in which all
 * mounts are shared, so that what leaks out of a container is seen. scene_done() prints the TAP
 * plan and returns the exit status. */
void scene_prepare(void);
int scene_done(void);

/* A fresh root and canary; a plan with every namespace but the user one, no mounts, uid 0 and all
 * capabilities. scene_end() checks the canary once more. */
void scene_begin(struct scene *scene);
void scene_end(struct scene *scene);

/* Adds to the plan; options are separated by commas. Mounts go through plan_mounts(). */
void scene_mount(struct scene *scene, const char *destination, const char *type, const char *source,
		 const char *options);
/* proc, /dev, /dev/pts, /sys as engines ask for them. */
void scene_mount_defaults(struct scene *scene);
void scene_mask(struct scene *scene, const char *path);
void scene_readonly(struct scene *scene, const char *path);

/* Files of the root, from outside; a path without a leading slash. */
void scene_link(struct scene *scene, const char *target, const char *path);
void scene_remove(struct scene *scene, const char *path);
void scene_folder(struct scene *scene, const char *path, mode_t mode);
void scene_write(const char *folder, const char *path, const char *content);

/* Runs the steps, then `probe` (may be NULL) inside, which speaks through say(). */
void scene_run(struct scene *scene, void (*probe)(void), struct seen *seen);

/* Says a line, "NAME: MESSAGE-OF-ERRNO" or "NAME: ok", the content of a file or why it cannot be
 * read, and of the topmost mount at a place: "PATH: OPTIONS - TYPE SOURCE SUPER". */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
void say_result(const char *name, int result);
void say_file(const char *path);
void say_mount(const char *path);

/* One line of TAP; what was seen is printed when it is not so. */
void check(bool condition, const char *sentence, const struct seen *seen);
void check_says(const struct seen *seen, const char *text, const char *sentence);
/* The container was refused, with `text` in the error, and the canary is as it was. */
void check_refused(struct scene *scene, const struct seen *seen, const char *text,
		   const char *sentence);

/* Ends the program: a test that cannot even be set up. */
_Noreturn void scene_give_up(const char *what);

/* The tests, a file each. */
void test_mounts(void);
void test_mounts_elsewhere(void);
void test_attacks(void);
void test_paths(void);
void test_devices(void);
void test_identity(void);

#endif
