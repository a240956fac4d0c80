/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A session runs command lines, wherever they come from, and holds what they share.
 * Called by shell (interactive) and main (arguments, files); the cmd_ functions are
 * what the rows of commands.c run.
 */
#ifndef MVMP_CLI_SESSION_H
#define MVMP_CLI_SESSION_H

#include "client.h"
#include "engine.h"

#define CALL_TIMEOUT_MS   5000
#define RELOAD_TIMEOUT_MS 60000

struct session {
	struct client client;
	const char *file; /* where lines come from, for errors; NULL: not a file */
	int line;         /* its current line; 0: no lines */
	int prompt_len;   /* columns left of a typed line; -1: not interactive */
	bool always_json; /* -j */
	bool json;        /* the current command's output is JSON */
	bool quit;        /* exit was typed */
};

/* Runs one line. Errors go to stderr, data to stdout. Returns an exit status. */
enum status session_run(struct session *s, const char *line);

/* Prints an error where it belongs; TEXT may be of several lines and unclean. */
void session_error(const struct session *s, const char *text);

/* Prints why the last call of the session's client failed. */
void session_client_error(const struct session *s);

int cmd_show(struct session *s, const struct match *m, FILE *out);
int cmd_reload(struct session *s, const struct match *m, FILE *out);
int cmd_help(struct session *s, const struct match *m, FILE *out);
int cmd_exit(struct session *s, const struct match *m, FILE *out);
int cmd_watch(struct session *s, const struct match *m, FILE *out); /* watch.c */

#endif
