/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looks after attached NFs: a heartbeat that stands still, or too many forged
 * descriptors, end a session. A process that ends is noticed by session.c at once. Called
 * by main's tick.
 */
#include <stdio.h>

#include "base/log.h"
#include "ctl/platform.h"

#define STALL_MS 500 /* a tick this late: mvmpd itself was stopped, nobody is blamed */

static uint64_t
nf_violations(const struct session *s)
{
	uint64_t n = 0;
	uint16_t w;

	for (w = 0; w < s->platform->n_workers; w++)
		n += s->dp[w].violations;
	return n;
}

static void
session_look(struct session *s, int64_t now, bool stalled)
{
	const struct shm_up *up = (const void *)s->up.addr;
	uint64_t beat = atomic_load_explicit(&up->heartbeat, memory_order_relaxed);
	uint64_t violations = nf_violations(s);
	char why[WIRE_TEXT_MAX];

	if (beat != s->beat || stalled) {
		s->beat = beat;
		s->beat_ms = now;
	}
	if (now - s->beat_ms > s->heartbeat_ms) {
		snprintf(why, sizeof(why), "no heartbeat for %lld ms",
			 (long long)(now - s->beat_ms));
		session_end(s, why);
	} else if (violations > (uint64_t)s->nf->conf.violations) {
		snprintf(why, sizeof(why), "evicted for %llu violations",
			 (unsigned long long)violations);
		log_warn("NF %s: %s", s->nf->conf.name, why);
		session_end(s, why);
	}
}

/* More tokens; who had none left is heard again. */
static void
tokens_add(int *tokens, bool *paused, struct event *ev)
{
	*tokens = *tokens < 0 ? TOKENS_TICK : *tokens + TOKENS_TICK;
	if (*tokens > TOKENS_MAX)
		*tokens = TOKENS_MAX;
	if (*paused)
		event_add(ev, NULL);
	*paused = false;
}

void
liveness_tick(struct platform *p)
{
	int64_t now = now_ms();
	bool stalled = now - p->tick_ms > LIVENESS_MS + STALL_MS;
	int i;

	p->tick_ms = now;
	for (i = 0; i < PLATFORM_NFS_MAX; i++) {
		struct nf *nf = &p->nfs[i];
		struct session *s = nf->used ? nf->session : NULL;

		if (nf->used)
			tokens_add(&nf->tokens, &nf->paused, nf->acceptable);
		if (s)
			tokens_add(&s->tokens, &s->paused, s->readable);
		if (s && s->state == SESSION_READY)
			session_look(s, now, stalled);
	}
	session_reap(p);
}
