// SPDX-License-Identifier: Apache-2.0
/* shed-here [DIRECTORY]: what the ladder's shed, or heap-dump, does in a container, in the namespaces of its caller. */
#include "runtime/shed/shed.h"

int main(int argc, char **argv)
{
	int asked = argc > 1 ? dump_all(argv[1]) : shed_all(NULL);

	return asked > 0 ? 0 : 1;
}
