// SPDX-License-Identifier: Apache-2.0
/*
 * Giving a cgroup to another user (cgroups(7), Cgroup delegation).
 * Should: give what whoever makes cgroups below it needs, and nothing that limits the cgroup itself.
 * Must not: fail for a file that this kernel or this cgroup has not.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroupfs/cgroup.h"
#include "runtime/base/err.h"
#include "runtime/base/text.h"

int cgroup_delegate(const struct cgroup *cgroup, const char *files, uid_t owner, struct err *err)
{
	/* config-linux.md, Cgroup ownership: the fallback. */
	static const char fallback[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	char room[1024]; /* seven names of at most 25 bytes in Linux 6.18 */
	char *cursor = room;
	char *file;

	if (files == NULL)
		files = fallback;
	if (strlen(files) >= sizeof(room))
		return err_say(err, E2BIG, "the list of files to delegate is too long");
	memcpy(room, files, strlen(files) + 1);
	if (fchown(cgroup->dirfd, owner, (gid_t) -1) < 0)
		return err_set(err, errno, "give cgroup %s to user %u", cgroup->path, owner);
	while ((file = text_next(&cursor, '\n')) != NULL) {
		if (*file == '\0' || strchr(file, '/') != NULL)
			continue;
		if (fchownat(cgroup->dirfd, file, owner, (gid_t) -1, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno != ENOENT)
			return err_set(err, errno, "give %s of cgroup %s to user %u", file,
				       cgroup->path, owner);
	}
	return 0;
}
