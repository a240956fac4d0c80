/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one thing that cannot be passed as an argument: what a signal handler writes.
 */
#include "interrupt.h"

#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

static atomic_int seen;

static const int signals[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

static void
on_signal(int sig)
{
	atomic_store_explicit(&seen, sig, memory_order_relaxed);
}

void
interrupt_catch(struct interrupt *in, bool all)
{
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t block;

	in->n = all ? INTERRUPT_SIGNALS : 1;
	sigemptyset(&sa.sa_mask);
	sigemptyset(&block);
	for (int i = 0; i < in->n; i++) {
		sigaddset(&block, signals[i]);
		sigaction(signals[i], &sa, &in->old[i]);
	}
	sigprocmask(SIG_BLOCK, &block, &in->old_mask);
}

void
interrupt_release(const struct interrupt *in)
{
	for (int i = 0; i < in->n; i++)
		sigaction(signals[i], &in->old[i], NULL);
	sigprocmask(SIG_SETMASK, &in->old_mask, NULL);
}

void
interrupt_clear(void)
{
	static const struct timespec now;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	while (sigtimedwait(&set, NULL, &now) > 0)
		; /* one that is pending would hit the next wait */
	atomic_store_explicit(&seen, 0, memory_order_relaxed);
}

int
interrupt_seen(void)
{
	return atomic_load_explicit(&seen, memory_order_relaxed);
}

int
interrupt_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct timespec left = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int i = 0; i < INTERRUPT_SIGNALS; i++)
		sigdelset(&mask, signals[i]);
	return ppoll(fds, n, &left, &mask);
}
