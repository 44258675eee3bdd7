// SPDX-License-Identifier: Apache-2.0
/* Alignment: what is asked for, what a program is, what it is told. The ELF files are made by the
 * compiler and linker that made us; a real Go program where there is a Go. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/align/align.h"
#include "runtime/base/arena.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "tests/unit/unit.h"

static struct arena arena;

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

/* ---- what is asked for ---- */

static const char *refusal(const char *text)
{
	static struct err err;
	struct align_wish wish;

	err_clear(&err);
	CHECK_NUMBER(align_parse(text, &wish, &err), -EINVAL);
	return err.text;
}

static struct align_wish wish_of(const char *text)
{
	struct align_wish wish;

	CHECK_NUMBER(align_parse(text, &wish, NULL), 0);
	return wish;
}

TEST(a_wish_is_auto_off_or_a_list)
{
	struct align_wish wish = wish_of("auto");

	CHECK(wish.shares[ALIGN_GO].wanted && wish.shares[ALIGN_DOTNET].wanted &&
	      wish.arenas_wanted && !wish.is_told);
	wish = wish_of("off");
	CHECK(!wish.shares[ALIGN_GO].wanted && !wish.arenas_wanted);
	wish = wish_of("go=0.9, jvm=75,node=60%,malloc=4");
	CHECK_NUMBER(wish.shares[ALIGN_GO].permille, 900);
	CHECK_NUMBER(wish.shares[ALIGN_JVM].permille, 750);
	CHECK_NUMBER(wish.shares[ALIGN_NODE].permille, 600);
	CHECK(!wish.shares[ALIGN_DOTNET].wanted);
	CHECK_NUMBER(wish.arenas, 4);
	wish = wish_of("auto,jvm=off,malloc=off,go=0.875,as=go");
	CHECK(!wish.shares[ALIGN_JVM].wanted && !wish.arenas_wanted && wish.is_told);
	CHECK_NUMBER(wish.shares[ALIGN_GO].permille, 875);
	CHECK_NUMBER(wish.told, ALIGN_GO);
	wish = wish_of("node");
	CHECK(wish.shares[ALIGN_NODE].wanted && wish.shares[ALIGN_NODE].permille == 0);
}

TEST(a_wish_that_is_none_names_the_column)
{
	CHECK_STRING(refusal("auto,gi=0.9"), "column 6: 'gi' is none of auto, go, jvm, node, "
					     "dotnet, malloc, as");
	CHECK_STRING(refusal("go=1.5"),
		     "column 4: '1.5' is no share of the limit (0.9, 75, 75%) from 10 %");
	CHECK(strstr(refusal("jvm=101"), "column 5") != NULL);
	CHECK(strstr(refusal("jvm=5"), "from 10 %") != NULL);
	CHECK(strstr(refusal("jvm="), "column 5") != NULL);
	CHECK(strstr(refusal("auto=1"), "column 1") != NULL);
	CHECK(strstr(refusal("go,,jvm"), "column 4: a word is missing") != NULL);
	CHECK(strstr(refusal("malloc=0"), "no number of arenas") != NULL);
	CHECK(strstr(refusal("as=native"), "which runtime") != NULL);
	CHECK(strstr(refusal("native=0.5"), "is none of") != NULL);
}

/* ---- what it is told ---- */

static struct spec_strings strings(const char *const items[])
{
	struct spec_strings list = { .items = (const char **) (uintptr_t) items };

	while (items[list.count] != NULL)
		list.count++;
	return list;
}

#define WORDS(...) strings((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

struct scene {
	const char *wish;
	struct align_found found;
	struct spec_strings args, env;
	uint64_t limit_bytes;
	bool of_ancestor;
};

/* "NAME=VALUE; NAME: note; …", or why nothing. */
static const char *told(const struct scene scene)
{
	static struct text text;
	const struct align_program program = { &scene.args, &scene.env, "/" };
	const struct align_wish wish = wish_of(scene.wish);
	const struct align_request request = { .arena = &arena,
					       .text = scene.wish,
					       .source = "test",
					       .wish = &wish,
					       .found = &scene.found,
					       .program = &program,
					       .limit_bytes = scene.limit_bytes,
					       .limit_is_own = !scene.of_ancestor };
	struct alignment alignment;
	size_t i;

	text_free(&text);
	CHECK_NUMBER(align_choose(&request, &alignment, NULL), 0);
	for (i = 0; i < alignment.count; i++) {
		const struct align_variable *variable = &alignment.variables[i];

		text_addf(&text, "%s%s%s%s", i > 0 ? "; " : "", variable->name,
			  variable->value != NULL ? "=" : ": ",
			  variable->value != NULL ? variable->value : variable->note);
	}
	if (alignment.count == 0)
		text_add(&text, alignment.nothing);
	return text_string(&text);
}

#define GO                                                                                         \
	{                                                                                          \
		.kind = ALIGN_GO, .why = ""                                                        \
	}
#define CGO                                                                                        \
	{                                                                                          \
		.kind = ALIGN_GO, .why = "", .links_c = true, .glibc = true                        \
	}
#define JVM                                                                                        \
	{                                                                                          \
		.kind = ALIGN_JVM, .why = "", .glibc = true                                        \
	}
#define NODE                                                                                       \
	{                                                                                          \
		.kind = ALIGN_NODE, .why = ""                                                      \
	}
#define DOTNET                                                                                     \
	{                                                                                          \
		.kind = ALIGN_DOTNET, .why = ""                                                    \
	}
#define PROGRAM                                                                                    \
	{                                                                                          \
		.why = "", .glibc = true                                                           \
	}

TEST(go_is_told_nine_tenths_and_with_c_in_it_eight)
{
	CHECK_STRING(told((struct scene){ .wish = "auto", .found = GO, .limit_bytes = 1000000000 }),
		     "GOMEMLIMIT=900000000");
	CHECK_STRING(
		told((struct scene){ .wish = "go=0.5", .found = GO, .limit_bytes = 1000000000 }),
		"GOMEMLIMIT=500000000");
	CHECK_STRING(told((struct scene){
			     .wish = "auto,malloc=off", .found = CGO, .limit_bytes = 1000000000 }),
		     "GOMEMLIMIT=800000000");
	CHECK_STRING(
		told((struct scene){ .wish = "auto", .found = CGO, .limit_bytes = 1000000000 }),
		"GOMEMLIMIT=800000000; MALLOC_ARENA_MAX=2");
	CHECK_STRING(told((struct scene){ .wish = "auto",
					  .found = GO,
					  .env = WORDS("GOGC=off"),
					  .limit_bytes = 1000000000 }),
		     "GOMEMLIMIT=900000000; GOGC: left alone: the config has GOGC=off: the heap is "
		     "collected at GOMEMLIMIT alone");
	CHECK_STRING(told((struct scene){ .wish = "auto",
					  .found = GO,
					  .env = WORDS("A=b", "GOMEMLIMIT=1GiB"),
					  .limit_bytes = 1000000000 }),
		     "GOMEMLIMIT: left alone: the config has GOMEMLIMIT");
}

TEST(a_jvm_is_told_a_share_by_the_size_of_the_limit)
{
	CHECK_STRING(told((struct scene){ .wish = "jvm", .found = JVM, .limit_bytes = GIB }),
		     "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75.0");
	CHECK_STRING(told((struct scene){ .wish = "jvm", .found = JVM, .limit_bytes = 768 * MIB }),
		     "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=60.0");
	CHECK_STRING(told((struct scene){ .wish = "jvm", .found = JVM, .limit_bytes = 256 * MIB }),
		     "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=50.0");
	CHECK_STRING(
		told((struct scene){ .wish = "jvm=70", .found = JVM, .limit_bytes = 256 * MIB }),
		"JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=70.0");
	/* Above its own cgroup it does not look. */
	CHECK_STRING(
		told((struct scene){
			.wish = "jvm", .found = JVM, .limit_bytes = GIB, .of_ancestor = true }),
		"JAVA_TOOL_OPTIONS=-Xmx786431k");
	CHECK_STRING(told((struct scene){ .wish = "auto", .found = JVM, .limit_bytes = 4 * GIB }),
		     "JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=75.0; MALLOC_ARENA_MAX=2");
}

TEST(what_the_config_says_of_a_heap_is_left_alone_wherever_it_says_it)
{
	CHECK_STRING(told((struct scene){ .wish = "jvm",
					  .found = JVM,
					  .args = WORDS("java", "-Xmx900m", "-jar"),
					  .limit_bytes = GIB }),
		     "JAVA_TOOL_OPTIONS: left alone: the config has -Xmx900m");
	CHECK_STRING(
		told((struct scene){ .wish = "jvm",
				     .found = JVM,
				     .env = WORDS("JAVA_OPTS=-Dkey=secret -XX:MaxRAMPercentage=50"),
				     .limit_bytes = GIB }),
		"JAVA_TOOL_OPTIONS: left alone: the config has MaxRAMPercentage=50");
	/* Its value may be a secret. */
	CHECK_STRING(told((struct scene){ .wish = "jvm",
					  .found = JVM,
					  .env = WORDS("JAVA_TOOL_OPTIONS=-Dkey=secret"),
					  .limit_bytes = GIB }),
		     "JAVA_TOOL_OPTIONS: left alone: the config has JAVA_TOOL_OPTIONS");
	CHECK_STRING(told((struct scene){ .wish = "node",
					  .found = NODE,
					  .args = WORDS("node", "--max-old-space-size=900", "a.js"),
					  .limit_bytes = GIB }),
		     "NODE_OPTIONS: left alone: the config has --max-old-space-size=900");
	CHECK_STRING(told((struct scene){ .wish = "node",
					  .found = NODE,
					  .env = WORDS("NODE_OPTIONS="),
					  .limit_bytes = GIB }),
		     "NODE_OPTIONS: left alone: the config has NODE_OPTIONS");
}

TEST(node_is_told_mebibytes_and_dotnet_hexadecimal_numbers)
{
	CHECK_STRING(told((struct scene){ .wish = "auto", .found = NODE, .limit_bytes = GIB }),
		     "NODE_OPTIONS=--max-old-space-size=767");
	CHECK_STRING(
		told((struct scene){ .wish = "auto", .found = NODE, .limit_bytes = 256 * MIB }),
		"NODE_OPTIONS=--max-old-space-size=153");
	CHECK_STRING(
		told((struct scene){ .wish = "auto", .found = DOTNET, .limit_bytes = 256 * MIB }),
		"DOTNET_GCHeapHardLimitPercent=0x4B; DOTNET_GCConserveMemory=0x5");
	CHECK_STRING(told((struct scene){ .wish = "dotnet=60",
					  .found = DOTNET,
					  .limit_bytes = 1000 * MIB,
					  .of_ancestor = true }),
		     "DOTNET_GCHeapHardLimit=0x25800000; DOTNET_GCConserveMemory=0x5");
	CHECK_STRING(
		told((struct scene){ .wish = "auto",
				     .found = DOTNET,
				     .env = WORDS("COMPlus_GCHeapHardLimit=10000000",
						  "DOTNET_GCConserveMemory=0"),
				     .limit_bytes = GIB }),
		"DOTNET_GCHeapHardLimitPercent: left alone: the config has "
		"GCHeapHardLimit=10000000; DOTNET_GCConserveMemory: left alone: the config has "
		"DOTNET_GCConserveMemory");
}

TEST(arenas_are_few_where_memory_is)
{
	CHECK_STRING(told((struct scene){ .wish = "auto", .found = PROGRAM, .limit_bytes = GIB }),
		     "MALLOC_ARENA_MAX=2");
	CHECK_STRING(
		told((struct scene){ .wish = "auto", .found = PROGRAM, .limit_bytes = 2 * GIB }),
		"nothing is known to tell such a program");
	CHECK_STRING(told((struct scene){
			     .wish = "malloc=3", .found = PROGRAM, .limit_bytes = 2 * GIB }),
		     "MALLOC_ARENA_MAX=3");
	CHECK_STRING(told((struct scene){ .wish = "auto",
					  .found = PROGRAM,
					  .env = WORDS("GLIBC_TUNABLES=glibc.malloc.arena_max=8"),
					  .limit_bytes = GIB }),
		     "MALLOC_ARENA_MAX: left alone: the config has glibc.malloc.arena_max=8");
	CHECK_STRING(told((struct scene){ .wish = "auto",
					  .found = PROGRAM,
					  .env = WORDS("LD_PRELOAD=/lib/libjemalloc.so"),
					  .limit_bytes = GIB }),
		     "MALLOC_ARENA_MAX: left alone: the config has another malloc in LD_PRELOAD");
}

TEST(without_a_limit_or_a_wish_nothing_is_told)
{
	CHECK_STRING(told((struct scene){ .wish = "auto", .found = GO }),
		     "there is no limit to align to");
	CHECK_STRING(told((struct scene){ .wish = "auto,go=off", .found = GO, .limit_bytes = GIB }),
		     "this runtime is not among those asked for");
	CHECK_STRING(told((struct scene){
			     .wish = "as=go,go", .found = PROGRAM, .limit_bytes = 1000000000 }),
		     "GOMEMLIMIT=900000000");
}

/* ---- what a program is ---- */

static char tree[] = "/tmp/test-align-XXXXXX";

static void shell(const char *command)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (chdir(tree) == 0)
			execl("/bin/sh", "sh", "-c", command, (char *) NULL);
		_exit(127);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK_NUMBER(status, 0);
}

static bool has(const char *program)
{
	auto_text struct text command = { 0 };
	pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		text_addf(&command, "command -v %s >/dev/null 2>&1", program);
		execl("/bin/sh", "sh", "-c", text_string(&command), (char *) NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static struct align_found found;

/* "KIND PATH". */
static const char *kind(const struct spec_strings args)
{
	static struct text text;
	struct spec_strings env = WORDS("HOME=/", "PATH=/usr/bin:/bin");
	const struct align_program program = { &args, &env, "/app" };
	auto_fd int root = open(tree, O_PATH | O_DIRECTORY);

	text_free(&text);
	CHECK_NUMBER(align_detect(&arena, root, &program, &found, NULL), 0);
	text_addf(&text, "%s %s", align_kind_name(found.kind),
		  found.path != NULL ? found.path : "nowhere");
	return text_string(&text);
}

static void build_tree(void)
{
	CHECK(mkdtemp(tree) != NULL);
	CHECK(chmod(tree, 0755) == 0);
	shell("mkdir -p bin usr/bin app opt/jdk/bin opt/jdk/lib/server opt/net/host/fxr && "
	      "echo 'int main(void) { return 0; }' >c.c && ${CC:-cc} -o bin/plain c.c && "
	      "${CC:-cc} -static -o bin/alone c.c 2>/dev/null || cp bin/plain bin/alone");
	/* A library of that name, and a program that needs it. */
	shell("echo 'int f(void) { return 0; }' >f.c && "
	      "echo 'int f(void); int main(void) { return f(); }' >m.c && for n in jli node.108 jemalloc; "
	      "do s=lib$n.so; [ $n != node.108 ] || s=libnode.so.108; "
	      "${CC:-cc} -shared -fPIC -Wl,-soname,$s -o $s f.c && "
	      "${CC:-cc} -o usr/bin/needs-$n m.c -Wl,--no-as-needed ./$s || exit 1; done; "
	      "mv usr/bin/needs-jli usr/bin/java; mv usr/bin/needs-node.108 usr/bin/nodejs; "
	      "cp bin/plain opt/jdk/bin/keytool; : >opt/jdk/lib/server/libjvm.so; "
	      "ln -s /opt/jdk/bin/keytool usr/bin/jlink; cp bin/plain opt/net/dotnet; "
	      "ln -s ../../opt/net/dotnet usr/bin/dotnet; cp bin/plain app/web; : >app/web.dll; "
	      "echo '{\"configProperties\":{\"System.GC.HeapHardLimitPercent\":50}}' "
	      ">app/web.runtimeconfig.json; "
	      "echo 'void napi_create_object(void) {} int main(void) { return 0; }' >n.c && "
	      "${CC:-cc} -rdynamic -o usr/bin/node n.c && cp usr/bin/node usr/bin/other");
	shell("cp bin/plain bin/sh; cp bin/plain usr/bin/env; cp bin/plain usr/bin/tini; "
	      "printf '#!/usr/bin/env node\\n' >app/cli; "
	      "printf '#! /bin/sh -e\\nexec \"$@\"\\n' >app/entry; printf '#!/app/loop\\n' >app/loop; "
	      "chmod 755 app/*; mkfifo app/fifo; chmod 755 app/fifo; ln -s /app/fifo bin/fifo; "
	      "ln -s /dev/zero bin/zero; ln -s ../../../../../../../bin/ls bin/out; cp bin/plain bin/closed; "
	      "chmod 644 bin/closed; printf 'MZ' >bin/short; chmod 755 bin/short");
}

TEST(a_program_is_found_as_exec_finds_it)
{
	build_tree();
	CHECK_STRING(kind(WORDS("plain")), "native /bin/plain");
	CHECK(found.glibc && found.links_c);
	CHECK_STRING(kind(WORDS("/bin/plain")), "native /bin/plain");
	CHECK_STRING(kind(WORDS("./web")), "dotnet /app/web");
	CHECK_STRING(kind(WORDS("missing")), "native nowhere");
	CHECK_STRING(kind(WORDS("closed")), "native nowhere");
	CHECK_STRING(kind(WORDS("needs-jemalloc")), "native /usr/bin/needs-jemalloc");
	CHECK(!found.glibc);
}

TEST(a_runtime_is_known_by_its_libraries_or_by_what_stands_beside_it)
{
	CHECK_STRING(kind(WORDS("java", "-jar", "x.jar")), "jvm /usr/bin/java");
	CHECK_STRING(found.why, "libjvm.so or libjli.so is linked");
	CHECK_STRING(kind(WORDS("jlink")), "jvm /opt/jdk/bin/keytool");
	CHECK_STRING(found.why, "libjvm.so stands beside it");
	CHECK_STRING(kind(WORDS("nodejs")), "node /usr/bin/nodejs");
	CHECK_STRING(kind(WORDS("node", "app.js")), "node /usr/bin/node");
	/* The same bytes by another name are some program that embeds V8. */
	CHECK_STRING(kind(WORDS("other")), "native /usr/bin/other");
	CHECK_STRING(kind(WORDS("dotnet", "x.dll")), "dotnet /opt/net/dotnet");
	CHECK(!found.heap_is_set);
	CHECK_STRING(kind(WORDS("dotnet", "web.dll")), "dotnet /opt/net/dotnet");
	CHECK(found.heap_is_set);
}

TEST(scripts_and_wrappers_are_seen_through)
{
	CHECK_STRING(kind(WORDS("./cli", "--flag")), "node /usr/bin/node");
	CHECK_STRING(kind(WORDS("/app/entry", "java", "-jar", "x")), "jvm /usr/bin/java");
	CHECK_STRING(kind(WORDS("tini", "--", "/app/entry", "node", "x")), "node /usr/bin/node");
	CHECK_STRING(kind(WORDS("env", "A=b", "java")), "jvm /usr/bin/java");
	CHECK_STRING(kind(WORDS("sh", "-c", "exec java -Xmx1g")), "jvm /usr/bin/java");
	CHECK_STRING(kind(WORDS("sh", "-ec", "x")), "native /bin/sh");
	CHECK_STRING(kind(WORDS("tini", "--", "plain")), "native /usr/bin/tini");
	CHECK_STRING(kind(WORDS("./loop")), "native nowhere");
}

TEST(nothing_but_regular_files_of_the_root_is_opened)
{
	CHECK_STRING(kind(WORDS("./fifo")), "native nowhere");
	CHECK_STRING(kind(WORDS("fifo")), "native nowhere");
	CHECK_STRING(kind(WORDS("zero")), "native nowhere");
	CHECK_STRING(kind(WORDS("out")), "native nowhere");
	CHECK_STRING(kind(WORDS("short")), "native nowhere");
	CHECK_STRING(kind(WORDS("/app")), "native nowhere");
}

TEST(a_go_program_is_known_stripped_or_not_and_with_c)
{
	if (!has("go")) {
		printf("# no go here: not tested\n");
		return;
	}
	shell("printf 'package main\\nfunc main() {}\\n' >g.go && export HOME=$PWD GO111MODULE=off "
	      "GOFLAGS= GOCACHE=$PWD/cache && CGO_ENABLED=0 go build -o bin/g g.go && "
	      "CGO_ENABLED=0 go build -ldflags='-s -w -buildid=' -o bin/gs g.go");
	CHECK_STRING(kind(WORDS("g")), "go /bin/g");
	CHECK(!found.links_c && !found.glibc);
	CHECK_STRING(kind(WORDS("gs")), "go /bin/gs");
}

/* Every cut of a real file, and every byte of its headers wrong: nothing but an answer may come. */
TEST(a_broken_file_is_only_not_known)
{
	struct align_elf elf;
	auto_fd int from = -1;
	auto_fd int to = -1;
	char bytes[8192];
	auto_text struct text path = { 0 };
	ssize_t length;
	ssize_t i;

	text_addf(&path, "%s/usr/bin/java", tree);
	from = open(text_string(&path), O_RDONLY);
	length = read(from, bytes, sizeof(bytes));
	to = open(tree, O_TMPFILE | O_RDWR, 0600);
	CHECK(length == (ssize_t) sizeof(bytes) && to >= 0);
	for (i = 0; i < length; i += 7) {
		CHECK(ftruncate(to, 0) == 0 && pwrite(to, bytes, (size_t) i, 0) == i);
		(void) align_read_elf(to, &elf);
	}
	for (i = 0; i < 1024; i++) {
		char kept = bytes[i];

		bytes[i] = (char) 0xff;
		CHECK(pwrite(to, bytes, (size_t) length, 0) == length);
		(void) align_read_elf(to, &elf);
		(void) align_elf_names(to, &elf, "napi_create_object");
		bytes[i] = kept;
	}
	CHECK_NUMBER(file_remove_tree_at(AT_FDCWD, tree, NULL), 0);
}

UNIT_MAIN(UNIT_TEST(a_wish_is_auto_off_or_a_list), UNIT_TEST(a_wish_that_is_none_names_the_column),
	  UNIT_TEST(go_is_told_nine_tenths_and_with_c_in_it_eight),
	  UNIT_TEST(a_jvm_is_told_a_share_by_the_size_of_the_limit),
	  UNIT_TEST(what_the_config_says_of_a_heap_is_left_alone_wherever_it_says_it),
	  UNIT_TEST(node_is_told_mebibytes_and_dotnet_hexadecimal_numbers),
	  UNIT_TEST(arenas_are_few_where_memory_is),
	  UNIT_TEST(without_a_limit_or_a_wish_nothing_is_told),
	  UNIT_TEST(a_program_is_found_as_exec_finds_it),
	  UNIT_TEST(a_runtime_is_known_by_its_libraries_or_by_what_stands_beside_it),
	  UNIT_TEST(scripts_and_wrappers_are_seen_through),
	  UNIT_TEST(nothing_but_regular_files_of_the_root_is_opened),
	  UNIT_TEST(a_go_program_is_known_stripped_or_not_and_with_c),
	  UNIT_TEST(a_broken_file_is_only_not_known))
