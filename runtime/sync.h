// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_SYNC_H
#define WEIR_RUNTIME_SYNC_H

struct err;

/*
 * The conversation between the runtime (parent, later `start`) and the child that becomes the
 * container's first process.
 *
 *	runtime                                   child
 *	-------                                   -----
 *	clone3
 *	(writes id maps)
 *	ID_MAPS_WRITTEN  ----------------------->  joins, mounts …
 *	                 <-----------------------  TIME_UNSHARED  only with timeOffsets
 *	(writes the clocks' offsets)
 *	TIME_OFFSETS_WRITTEN  ------------------>  enters the time namespace
 *	                 <-----------------------  NETWORK_READY  only with netDevices
 *	DEVICES_MOVED    ----------------------->  mounts …
 *	                 <-----------------------  TERMINAL, and its descriptor: only with a terminal
 *	                 <-----------------------  MOUNTED        only with prestart or createRuntime
 *	(prestart, createRuntime hooks)                            hooks
 *	HOOKS_DONE       ----------------------->  createContainer hooks, pivot, identity …
 *	                 <-----------------------  LISTENER       with its descriptor: only if the
 *	(hands it to the agent)                                   filter notifies, and was installed
 *	LISTENER_TAKEN   ----------------------->                 (here, or else just before exec)
 *	                 <-----------------------  READY          all done but the exec
 *	(state "created" on disk)
 *	CREATED          ----------------------->  may outlive its parent from here on
 *	START            ----------------------->  startContainer hooks, exec
 *	                 <----- end of file -----  (close-on-exec): the program runs
 *
 * START comes over the same socket from a foreground `run`, and over a connection to the listening
 * socket exec.sock from a later `start`. At any time the child may send FAILED with its whole
 * struct err. End of file before CREATED means that the runtime died, and so does the child.
 */
enum sync_message {
	SYNC_FAILED,
	SYNC_ID_MAPS_WRITTEN,
	SYNC_TIME_UNSHARED,
	SYNC_TIME_OFFSETS_WRITTEN,
	SYNC_NETWORK_READY,
	SYNC_DEVICES_MOVED,
	SYNC_TERMINAL,
	SYNC_MOUNTED,
	SYNC_HOOKS_DONE,
	SYNC_READY,
	SYNC_CREATED,
	SYNC_START,
	SYNC_LISTENER,
	SYNC_LISTENER_TAKEN,
};

/* Who takes a seccomp listener, which stays the caller's: 0 or -errno. */
struct sync_taker {
	int (*take)(void *context, int listener, struct err *err);
	void *context;
};

/* A connected pair, close-on-exec, message-preserving. */
int sync_pair(int pair[2], struct err *err);

int sync_send(int socket, enum sync_message message, struct err *err);

/* Sends FAILED with the error; nothing more can be done if that fails too. */
void sync_send_failure(int socket, const struct err *failure);

/* Waits for exactly `expected`. A FAILED of the peer becomes our error, as it was sent. End of file
 * is -ECONNRESET, "the other side ended". */
int sync_expect(int socket, enum sync_message expected, struct err *err);

/* TERMINAL and the descriptor that goes with it; *fd becomes the caller's. */
int sync_send_terminal(int socket, int terminal, struct err *err);
int sync_expect_terminal(int socket, int *fd, struct err *err);

/* From now on the caller is killed when its parent, which holds the other end, has ended; an error
 * if it has already. A later change of ids would undo it (prctl(2)). */
int sync_die_with_parent(int socket, struct err *err);

/* Sends LISTENER with the descriptor, which stays the caller's. */
int sync_send_listener(int socket, int listener, struct err *err);

/* Waits for LISTENER, has it taken, and answers LISTENER_TAKEN. */
int sync_take_listener(int socket, const struct sync_taker *taker, struct err *err);

/* Waits for the end of file that a successful exec leaves: 0; a FAILED becomes our error. A LISTENER on
 * the way is taken. */
int sync_expect_exec(int socket, const struct sync_taker *taker, struct err *err);

#endif
