/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ctrl-C while something is being waited for. A caught signal is blocked except
 * within interrupt_poll, so that none can slip in between a look at the flag and the
 * wait. Used by client and watch; without interrupt_catch a signal ends the process.
 */
#ifndef MVMP_CLI_INTERRUPT_H
#define MVMP_CLI_INTERRUPT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>

#define INTERRUPT_SIGNALS 3

/* What was before; lives from catch to release. */
struct interrupt {
	struct sigaction old[INTERRUPT_SIGNALS];
	sigset_t old_mask;
	int n;
};

/* From now on SIGINT sets the flag; with ALL so do SIGTERM and SIGHUP. May be nested. */
void interrupt_catch(struct interrupt *in, bool all);

void interrupt_release(const struct interrupt *in);

/* Forgets what came until now. */
void interrupt_clear(void);

/* The signal that came since interrupt_clear, or 0. */
int interrupt_seen(void);

/* As poll(2); a caught signal ends it with EINTR. TIMEOUT_MS is not negative. */
int interrupt_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

#endif
