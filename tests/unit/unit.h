// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_TESTS_UNIT_H
#define WEIR_TESTS_UNIT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Unit tests are sentences: TEST(a_dip_restarts_the_hold_time) { CHECK(...); }. Each runs in
 * turn; the first CHECK that fails ends the program with its place. main() lists them in
 * UNIT_MAIN(...), and the compiler refuses one that is defined and not listed (unused function).
 */
#define TEST(sentence) static void sentence(void)

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: in %s: not so: %s\n", __FILE__, __LINE__,          \
				__func__, #condition);                                             \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#define CHECK_STRING(actual, expected)                                                             \
	do {                                                                                       \
		const char *actual_string = (actual);                                              \
		if (actual_string == NULL || strcmp(actual_string, (expected)) != 0) {             \
			fprintf(stderr, "%s:%d: in %s: %s is '%s', expected '%s'\n", __FILE__,     \
				__LINE__, __func__, #actual,                                       \
				actual_string != NULL ? actual_string : "(null)", (expected));     \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#define CHECK_NUMBER(actual, expected)                                                             \
	do {                                                                                       \
		long long actual_number = (long long) (actual);                                    \
		long long expected_number = (long long) (expected);                                \
		if (actual_number != expected_number) {                                            \
			fprintf(stderr, "%s:%d: in %s: %s is %lld, expected %lld\n", __FILE__,     \
				__LINE__, __func__, #actual, actual_number, expected_number);      \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

struct unit_test {
	const char *sentence;
	void (*run)(void);
};

/* Runs the tests (all, or those whose name contains argv[1]) and prints one line for each. */
static inline int unit_run(const struct unit_test *tests, size_t count, int argc, char **argv)
{
	size_t ran = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (argc > 1 && strstr(tests[i].sentence, argv[1]) == NULL)
			continue;
		tests[i].run();
		printf("ok %s\n", tests[i].sentence);
		ran++;
	}
	printf("%zu tests\n", ran);
	return ran > 0 ? 0 : 1;
}

#define UNIT_TEST(sentence)                                                                        \
	{                                                                                          \
#sentence, sentence                                                                \
	}
#define UNIT_MAIN(...)                                                                             \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		static const struct unit_test tests[] = { __VA_ARGS__ };                           \
		return unit_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);              \
	}

#endif
