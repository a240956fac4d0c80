/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the files that make up an NF's session: session.c (the connection and its
 * end), attach.c (the memory of an attachment), handlers.c (its messages).
 */
#ifndef MVMP_CTL_SESSION_H
#define MVMP_CTL_SESSION_H

#include "ctl/platform.h"

/* Any message, as received. */
union wire_any {
	uint32_t type;
#define X(NAME, name, who) struct wire_##name name;
	WIRE_TABLE(X)
#undef X
};

/* One handler for each message that an NF sends; a missing one does not link. */
#define NF(NAME, name)                                                                   \
	void session_on_##name(struct session *s, const struct wire_##name *m);
#define MVMPD(NAME, name)
#define X(NAME, name, who) who(NAME, name)
WIRE_TABLE(X)
#undef X
#undef NF
#undef MVMPD

/* Sends region R, or descriptor FD when R is NULL. */
int session_send_region(struct session *s, uint32_t kind, uint32_t index,
			const struct region *r, int fd);

/* attach.c: makes the memory and descriptors of an attachment. 0 or -errno. */
int attach_make(struct session *s);
/* Sends them; returns how many, or -errno. With COUNT_ONLY just counts. */
int attach_send(struct session *s, bool count_only);
/* The NF has mapped its memory: seals it and makes it a part of the plan. */
int attach_seal(struct session *s);
/* Frees everything of S, which no plan has, and S. */
void session_release(struct session *s);

#endif
