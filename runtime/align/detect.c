// SPDX-License-Identifier: Apache-2.0
/*
 * What the program is.
 * Should: find it as the container's exec would, and see through scripts and wrappers.
 * Must not: open anything but regular files, by runtime/inroot.c alone, or read more than it needs: the
 * root is somebody else's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/align/align.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/text.h"
#include "runtime/inroot.h"

#define WORDS	     32	 /* of a command line that are looked at */
#define STEPS	     8	 /* scripts, one behind the other: the kernel follows five */
#define WRAPPED	     12	 /* arguments of a wrapper that could be the program */
#define FIRST_LINE   256 /* BINPRM_BUF_SIZE: what the kernel reads of "#!" */
#define CONFIG_BYTES 65536
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct looking {
	struct arena *arena;
	int root;
	const char *search; /* PATH */
	const char *cwd;
	const char *words[WORDS];
	size_t count;
};

/* A file that could be executed. */
struct candidate {
	int fd;		  /* readable */
	const char *path; /* all links followed, as the container sees it */
	const char *directory;
	const char *name;
};

static const char *value_of(const struct spec_strings *env, const char *name)
{
	size_t length = strlen(name);
	size_t i;

	for (i = env->count; i > 0; i--)
		if (strncmp(env->items[i - 1], name, length) == 0 &&
		    env->items[i - 1][length] == '=')
			return env->items[i - 1] + length + 1;
	return NULL;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* ---- files of the root ---- */

static bool is_there(const struct looking *looking, const char *directory, const char *below)
{
	const char *path = arena_printf(looking->arena, "%s/%s", directory, below);
	auto_fd int fd = path != NULL ? inroot_open(looking->root, path, O_PATH, NULL) : -1;

	return fd >= 0;
}

/* Where a descriptor leads, as seen from the root. */
static const char *path_inside(const struct looking *looking, int fd)
{
	char link[64];
	char whole[PATH_MAX];
	char root[PATH_MAX];
	ssize_t length;
	ssize_t root_length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", looking->root);
	root_length = readlink(link, root, sizeof(root) - 1);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, whole, sizeof(whole) - 1);
	if (length <= 0 || root_length <= 0)
		return NULL;
	whole[length] = '\0';
	if (root_length == 1)
		root_length = 0;
	if (length <= root_length || strncmp(whole, root, (size_t) root_length) != 0)
		return NULL;
	return arena_string(looking->arena, whole + root_length);
}

/* A regular file; opened anew for reading only once it is known to be one. */
static int open_regular(const struct looking *looking, const char *path, mode_t wanted)
{
	auto_fd int place = inroot_open(looking->root, path, O_PATH, NULL);
	struct stat status;

	if (place < 0 || fstat(place, &status) < 0 || !S_ISREG(status.st_mode) ||
	    (wanted != 0 && (status.st_mode & wanted) == 0))
		return -1;
	return fd_reopen(place, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

static bool open_candidate(const struct looking *looking, const char *path,
			   struct candidate *candidate)
{
	auto_fd int fd = open_regular(looking, path, S_IXUSR | S_IXGRP | S_IXOTH);
	const char *real = fd >= 0 ? path_inside(looking, fd) : NULL;

	if (real == NULL)
		return false;
	candidate->path = real;
	candidate->name = base_of(real);
	candidate->directory = arena_copy(looking->arena, real, (size_t) (candidate->name - real));
	candidate->fd = take_fd(&fd);
	return candidate->directory != NULL;
}

/* As execvp(3) looks for it. */
static bool find(const struct looking *looking, const char *word, struct candidate *candidate)
{
	auto_free char *search = strdup(looking->search);
	char *cursor = search;
	char *directory;

	candidate->fd = -1;
	if (strchr(word, '/') != NULL) {
		const char *path =
			word[0] == '/' ? word
				       : arena_printf(looking->arena, "%s/%s", looking->cwd, word);

		return path != NULL && open_candidate(looking, path, candidate);
	}
	while ((directory = text_next(&cursor, ':')) != NULL) {
		const char *path = arena_printf(looking->arena, "%s/%s", directory, word);

		if (path != NULL && directory[0] == '/' && open_candidate(looking, path, candidate))
			return true;
	}
	return false;
}

/* ---- by the file itself ---- */

static bool is_jvm(const struct looking *looking, const struct candidate *candidate,
		   const struct align_elf *elf, const char **why)
{
	static const char *const beside[] = {
		"../lib/server/libjvm.so",
		"../lib/amd64/server/libjvm.so",
		"../lib/aarch64/server/libjvm.so",
		"../jre/lib/amd64/server/libjvm.so",
		"../lib/runtime/lib/server/libjvm.so", /* of jpackage */
	};
	size_t i;

	*why = "libjvm.so or libjli.so is linked";
	if (elf->needs_jvm)
		return true;
	for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		*why = "libjvm.so stands beside it";
		if (is_there(looking, candidate->directory, beside[i]))
			return true;
	}
	return false;
}

/* Other programs are called node as well; all that embed V8 for scripts offer Node-API. */
static bool is_node(const struct candidate *candidate, const struct align_elf *elf,
		    const char **why)
{
	*why = "libnode.so is linked";
	if (elf->needs_node)
		return true;
	*why = "it is called node and has the symbols of Node-API";
	return (strcmp(candidate->name, "node") == 0 || strcmp(candidate->name, "nodejs") == 0) &&
	       align_elf_names(candidate->fd, elf, "napi_create_object");
}

/* `dotnet` itself, a program published for itself, or the small host of a NAME.dll. */
static bool is_dotnet(const struct looking *looking, const struct candidate *candidate,
		      const struct align_elf *elf, const char **why)
{
	const char *library = arena_printf(looking->arena, "%s.dll", candidate->name);

	*why = "libcoreclr.so is linked or stands beside it";
	if (elf->needs_coreclr || is_there(looking, candidate->directory, "libcoreclr.so"))
		return true;
	*why = "its .NET host stands beside it";
	if (strcmp(candidate->name, "dotnet") == 0)
		return is_there(looking, candidate->directory, "host/fxr");
	return library != NULL && is_there(looking, candidate->directory, library) &&
	       is_there(looking, candidate->directory,
			arena_printf(looking->arena, "%s.runtimeconfig.json", candidate->name));
}

/* False: a file of another kind, a script say. */
static bool classify(const struct looking *looking, const struct candidate *candidate,
		     struct align_found *found)
{
	struct align_elf elf;

	if (!align_read_elf(candidate->fd, &elf))
		return false;
	*found = (struct align_found){ .path = candidate->path,
				       .glibc = elf.glibc && !elf.other_malloc,
				       .links_c = elf.needs_libc,
				       .why = "no language runtime is known by it" };
	if (elf.go) {
		found->kind = ALIGN_GO;
		found->why = "the linker of Go made it";
	} else if (is_jvm(looking, candidate, &elf, &found->why)) {
		found->kind = ALIGN_JVM;
	} else if (is_node(candidate, &elf, &found->why)) {
		found->kind = ALIGN_NODE;
	} else if (is_dotnet(looking, candidate, &elf, &found->why)) {
		found->kind = ALIGN_DOTNET;
	} else {
		found->why = "no language runtime is known by it";
	}
	return true;
}

/* ---- scripts and wrappers ---- */

static void put_first(struct looking *looking, const char *word)
{
	size_t kept = looking->count < WORDS ? looking->count : WORDS - 1;

	memmove(looking->words + 1, looking->words, kept * sizeof(*looking->words));
	looking->words[0] = word;
	looking->count = kept + 1;
}

static void drop_first(struct looking *looking, size_t count)
{
	looking->count -= count;
	memmove(looking->words, looking->words + count, looking->count * sizeof(*looking->words));
}

/* "#!/usr/bin/env node": the words become what the kernel makes of them. */
static bool follow_script(struct looking *looking, const struct candidate *candidate)
{
	char line[FIRST_LINE];
	char *cursor = line + 2;
	ssize_t length = pread(candidate->fd, line, sizeof(line) - 1, 0);
	char *interpreter;
	char *argument;

	if (length < 3 || line[0] != '#' || line[1] != '!' || looking->count == 0)
		return false;
	line[length] = '\0';
	line[strcspn(line, "\n\r")] = '\0';
	cursor += strspn(cursor, " \t");
	interpreter = cursor;
	cursor += strcspn(cursor, " \t");
	argument = cursor + strspn(cursor, " \t");
	*cursor = '\0';
	if (*interpreter == '\0')
		return false;
	looking->words[0] = candidate->path;
	if (*argument != '\0')
		put_first(looking, arena_string(looking->arena, argument));
	put_first(looking, arena_string(looking->arena, interpreter));
	return looking->words[0] != NULL && looking->words[1] != NULL;
}

static bool is_shell(const char *name)
{
	static const char *const shells[] = { "sh", "bash", "dash", "ash", "zsh", "busybox" };
	size_t i;

	for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(shells[i], name) == 0)
			return true;
	return false;
}

/* sh -c 'exec java -jar …': the words of that line take its place. */
static void open_command_line(struct looking *looking)
{
	size_t i = 1;
	char *cursor;
	char *word;

	if (!is_shell(base_of(looking->words[0])))
		return;
	while (i + 1 < looking->count && looking->words[i][0] == '-' &&
	       strcmp(looking->words[i], "-c") != 0)
		i++;
	if (i + 1 >= looking->count || strcmp(looking->words[i], "-c") != 0)
		return;
	cursor = arena_string(looking->arena, looking->words[i + 1]);
	looking->count = 1;
	while (looking->count < WORDS && (word = text_next(&cursor, ' ')) != NULL)
		if (*word != '\0' && strcmp(word, "exec") != 0)
			looking->words[looking->count++] = word;
}

/* Of what a wrapper is given, whatever its own options mean: the first word that is a program of a
 * runtime. */
static bool look_behind(struct looking *looking, int steps, struct align_found *found);

static bool look_at(struct looking *looking, int steps, struct align_found *found)
{
	struct candidate candidate;
	bool known;

	if (looking->count == 0 || steps == 0 || !find(looking, looking->words[0], &candidate))
		return false;
	known = classify(looking, &candidate, found);
	if (!known && follow_script(looking, &candidate)) {
		fd_close(&candidate.fd);
		return look_at(looking, steps - 1, found);
	}
	fd_close(&candidate.fd);
	return known && (found->kind != ALIGN_NATIVE || look_behind(looking, steps - 1, found));
}

static bool look_behind(struct looking *looking, int steps, struct align_found *found)
{
	size_t i;

	open_command_line(looking);
	for (i = 1; i < looking->count && i < WRAPPED; i++) {
		struct looking behind = *looking;
		struct align_found other = { 0 };

		if (looking->words[i][0] == '-' || strchr(looking->words[i], '=') != NULL)
			continue;
		drop_first(&behind, i);
		if (!look_at(&behind, steps < 2 ? steps : 2, &other) || other.kind == ALIGN_NATIVE)
			continue;
		*found = other;
		*looking = behind;
		break;
	}
	return true;
}

/* ---- .NET's own file ---- */

/* "dotnet app.dll", or the host "app" of it. */
static const char *config_of_dotnet(const struct looking *looking, const struct align_found *found)
{
	size_t i;

	for (i = 1; i < looking->count; i++) {
		const char *word = looking->words[i];
		size_t length = strlen(word);

		if (!text_ends(word, ".dll"))
			continue;
		return arena_printf(looking->arena, "%s%s%.*s.runtimeconfig.json",
				    word[0] == '/' ? "" : looking->cwd, word[0] == '/' ? "" : "/",
				    (int) length - 4, word);
	}
	return arena_printf(looking->arena, "%s.runtimeconfig.json", found->path);
}

static bool config_sets_heap(const struct looking *looking, const struct align_found *found)
{
	const char *path = config_of_dotnet(looking, found);
	auto_fd int fd = path != NULL ? open_regular(looking, path, 0) : -1;
	auto_free char *text = malloc(CONFIG_BYTES);
	ssize_t length;

	if (fd < 0 || text == NULL)
		return false;
	length = fd_read_full(fd, text, CONFIG_BYTES - 1);
	text[length > 0 ? length : 0] = '\0';
	return strstr(text, "System.GC.HeapHardLimit") != NULL;
}

int align_detect(struct arena *arena, int root, const struct align_program *program,
		 struct align_found *found, struct err *err)
{
	const char *search = value_of(program->env, "PATH");
	struct looking looking = { .arena = arena,
				   .root = root,
				   .search = search != NULL ? search : DEFAULT_PATH,
				   .cwd = program->cwd != NULL ? program->cwd : "/" };

	*found = (struct align_found){ .why = "its program was not found" };
	while (looking.count < WORDS && looking.count < program->args->count) {
		looking.words[looking.count] = program->args->items[looking.count];
		looking.count++;
	}
	if (!look_at(&looking, STEPS, found) && found->path == NULL)
		return 0;
	if (found->kind == ALIGN_DOTNET)
		found->heap_is_set = config_sets_heap(&looking, found);
	return found->why != NULL ? 0 : err_set(err, ENOMEM, "align");
}
