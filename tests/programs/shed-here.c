// SPDX-License-Identifier: Apache-2.0
/* shed-here: what the ladder's shed does in a container, in the namespaces of whoever calls it. */
#include "runtime/shed/shed.h"

int main(void)
{
	return shed_all() > 0 ? 0 : 1;
}
