// SPDX-License-Identifier: Apache-2.0
/*
 * The program.
 * Should: print errors, and be the only one that exits.
 * Must not: know how anything is done.
 */
#include <stdio.h>

#include "config.h"

int main(void)
{
	printf("weir version %s\ncommit: %s\nspec: %s\n", PACKAGE_VERSION, WEIR_COMMIT,
	       WEIR_SPEC_VERSION);
	return 0;
}
