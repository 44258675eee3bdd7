// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_GOVERNOR_CONTRACT_H
#define WEIR_GOVERNOR_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct ladder;
struct reading;

/*
 * What the program inside is told, in the directory it sees as /run/weir: one JSON line for each
 * notification through the FIFO "pressure" (systemd's MEMORY_PRESSURE_WATCH protocol: readable
 * means pressure), and the state in memory.json. The program may do anything to these files; it
 * can only deafen itself.
 */
struct contract {
	int dirfd;	 /* borrowed; -1: there is none */
	int fifo;	 /* open for reading too: so the program never sees end of file */
	unsigned unread; /* bits: the rungs written and not yet seen read */
};

struct notice {
	const struct ladder *ladder;
	int rung; /* index; -1: none has fired, which only memory.json can say */
	const struct reading *reading;
	bool unready;
	uint64_t wall_usec;
};

/* `dirfd` -1 makes a contract with nobody: everything below then does nothing. */
int contract_open(struct contract *contract, int dirfd, struct err *err);
void contract_close(struct contract *contract);

/* Writes the line. 1 if the FIFO was full and it was dropped; never blocks. */
int contract_notify(struct contract *contract, const struct notice *notice, struct err *err);

/* Replaces memory.json. */
int contract_publish(const struct contract *contract, const struct notice *notice, struct err *err);

/* Replaces memory.json with one that has the limit alone (MEMORY_NO_LIMIT: null): for a program that
 * nobody governs. */
int contract_publish_limit(int dirfd, uint64_t limit_bytes, struct err *err);

/* Makes or removes the file "unready", for readiness probes. */
int contract_set_unready(const struct contract *contract, bool unready, struct err *err);

/* The rungs (bits) whose notifications have been read since the last call: those unread, once
 * the FIFO is empty. */
unsigned contract_heard(struct contract *contract);

#endif
