// SPDX-License-Identifier: Apache-2.0
/* racer A B: exchanges two names (renameat2(2)) as fast as it can, until it is killed or one of them is gone. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: racer A B\n");
		return 2;
	}
	while (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) == 0 ||
	       errno == EBUSY || errno == EINTR)
		;
	perror("racer");
	return 1;
}
