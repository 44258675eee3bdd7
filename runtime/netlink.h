// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_NETLINK_H
#define WEIR_RUNTIME_NETLINK_H

#include <linux/if_addr.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct mnl_socket;

/* What is asked of rtnetlink(7), a request a function. All return 0 or -errno. */

/* One network namespace, seen through a socket that was opened in it. */
struct netlink {
	int namespace; /* the caller's */
	struct mnl_socket *socket;
};

#define NETLINK_NONE                                                                               \
	{                                                                                          \
		.namespace = -1                                                                    \
	}

/* Opens the file of a namespace and a socket in it; the caller is in its own again afterwards. */
int netlink_open(struct netlink *netlink, const char *path, struct err *err);
void netlink_close(struct netlink *netlink);

struct netlink_device {
	int index;
	bool up;
};

/* -ENODEV if there is none of that name. */
int netlink_find(const struct netlink *netlink, const char *name, struct netlink_device *device);

/* The indexes of all devices; free() them. */
int netlink_list(const struct netlink *netlink, int **indexes, size_t *count);

/* An address that is worth keeping. */
struct netlink_address {
	struct ifaddrmsg message;
	uint32_t flags;
	unsigned char address[16], local[16], broadcast[16];
	size_t address_bytes, local_bytes, broadcast_bytes;
};

/* The permanent addresses of global scope of one device; free() them. */
int netlink_addresses(const struct netlink *netlink, int index, struct netlink_address **addresses,
		      size_t *count);

int netlink_add_address(const struct netlink *netlink, int index,
			const struct netlink_address *address);

/* Moves a device to another namespace, and names it there ("eth%d": the kernel chooses). */
int netlink_move(const struct netlink *netlink, int index, int namespace, const char *name);

int netlink_set_up(const struct netlink *netlink, int index);

#endif
