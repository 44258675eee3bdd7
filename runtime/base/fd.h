// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_BASE_FD_H
#define WEIR_BASE_FD_H

#include <stddef.h>
#include <stdlib.h>
#include <sys/types.h>

struct err;

void fd_close_at_scope_end(int *fd);
void free_at_scope_end(void *pointer_to_pointer);

/* A local that closes, or frees, itself when it goes out of scope. Start auto_fd at -1. */
#define auto_fd	  __attribute__((cleanup(fd_close_at_scope_end)))
#define auto_free __attribute__((cleanup(free_at_scope_end)))

/* Hands a descriptor out of an auto_fd: returns *fd and leaves -1 behind. */
int take_fd(int *fd);

/* Closes *fd if it is one (>= 0) and leaves -1. errno is kept. */
void fd_close(int *fd);

/* Reads until end of file or `size` bytes, across EINTR. Returns the bytes read or -errno. */
ssize_t fd_read_full(int fd, void *buffer, size_t size);

/* Writes all of `size` bytes, across EINTR and short writes. Returns 0 or -errno. */
int fd_write_full(int fd, const void *buffer, size_t size);

/* Opens /proc/self/fd/`fd` afresh with `flags` (O_CLOEXEC is added). Returns the new descriptor
 * or -errno. Only for descriptors of our own making: the magic link is followed. */
int fd_reopen(int fd, int flags);

/* Waits for `events` (poll(2)) on fd until `timeout_msec` has passed (-1: for ever), across EINTR.
 * Returns the events seen, 0 at the deadline, or -errno. */
int fd_wait(int fd, short events, int timeout_msec);

/* Sends `size` bytes (at least one) and one descriptor over a unix socket. 0 or -errno. */
int fd_send(int socket, int fd, const void *data, size_t size);

/* Receives up to `size` bytes and at most one descriptor, which becomes the caller's (*fd, -1 if
 * none came; close-on-exec). Returns the bytes received, 0 at end of file, or -errno. */
ssize_t fd_receive(int socket, int *fd, void *data, size_t size);

#endif
