/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The connection to mvmpd's admin socket: one JSON-RPC request, one reply, with a
 * limit on time and size. It is opened when first needed, and again after the daemon
 * was restarted. A request is never sent twice.
 */
#ifndef MVMP_CLI_CLIENT_H
#define MVMP_CLI_CLIENT_H

#include <jansson.h>

#define CLIENT_SOCKET    "/run/mvmp/ctl.sock"
#define CLIENT_REPLY_MAX (16u << 20) /* bytes */

/* Also the exit statuses of mvctl. */
enum status {
	STATUS_OK = 0,
	STATUS_REFUSED = 1,     /* the daemon said no, or a command was wrong */
	STATUS_USAGE = 2,       /* mvctl was called wrongly */
	STATUS_UNREACHABLE = 3, /* no daemon, or none that can be understood */
};

struct client {
	const char *path;
	int fd; /* -1: not connected */
	int next_id;
	char *error;    /* why the last call failed; may hold anything the daemon sent */
	json_t *errors; /* further texts of a refusal, or NULL */
};

/* Prepares C for the socket at PATH, which must outlive it. Opens nothing. */
void client_init(struct client *c, const char *path);

void client_close(struct client *c);

/*
 * Calls METHOD and waits at most TIMEOUT_MS for the whole reply. On STATUS_OK *RESULT
 * is a new reference; otherwise it is NULL and C->error says why. A signal that has
 * set the interrupt flag (interrupt.h) ends the wait with STATUS_REFUSED.
 */
enum status
client_call(struct client *c, const char *method, int timeout_ms, json_t **result);

#endif
