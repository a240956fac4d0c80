/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What mvmpd does with each message of an NF: one handler per row of the table in
 * wire.h. A message's size has been checked; everything in it is still to be doubted.
 * Called by session.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "ctl/session.h"

void
session_on_hello(struct session *s, const struct wire_hello *m)
{
	struct wire_welcome w = {.type = WIRE_WELCOME, .version = WIRE_VERSION};
	int rc = 0;

	if (s->state != SESSION_HELLO || m->magic != WIRE_MAGIC) {
		session_end(s, "it does not speak MVMP's protocol");
		return;
	}
	if (m->version != WIRE_VERSION) {
		w.err = EPROTO;
		snprintf(w.text, sizeof(w.text), "mvmpd speaks protocol %u, this NF %u",
			 WIRE_VERSION, m->version);
	} else {
		memcpy(s->program, m->program, sizeof(s->program));
		s->program[sizeof(s->program) - 1] = '\0';
		text_printable(s->program);
		rc = attach_make(s);
		if (rc < 0) {
			w.err = (uint32_t)-rc;
			snprintf(w.text, sizeof(w.text), "NF %s: %s", s->nf->conf.name,
				 strerror(-rc));
		}
	}
	if (w.err == 0) {
		s->state = SESSION_MAPPING;
		w.shape = s->shape;
		s->heartbeat_ms = s->nf->conf.heartbeat;
		w.heartbeat_ms = (uint32_t)s->heartbeat_ms;
		w.regions = (uint32_t)attach_send(s, true);
	}
	rc = session_send(s, &w, WIRE_WELCOME, -1);
	if (w.err)
		session_end(s, w.text);
	else if (rc < 0 || attach_send(s, false) < 0)
		session_end(s, "it does not take its messages");
}

void
session_on_mapped(struct session *s, const struct wire_mapped *m)
{
	struct wire_ready r = {.type = WIRE_READY};
	int rc;

	(void)m;
	if (s->state != SESSION_MAPPING) {
		session_end(s, "it sent MAPPED out of turn");
		return;
	}
	rc = attach_seal(s);
	if (rc < 0) {
		r.err = (uint32_t)-rc;
		snprintf(r.text, sizeof(r.text), "its memory cannot be sealed: %s",
			 strerror(-rc));
	}
	if (session_send(s, &r, WIRE_READY, -1) < 0 || rc < 0) {
		session_end(s, rc < 0 ? r.text : "it does not take its messages");
		return;
	}
	log_info("NF %s attached: %s, process %d, user %u", s->nf->conf.name,
		 s->program[0] ? s->program : "(no name)", (int)s->pid, s->uid);
}

void
session_on_open(struct session *s, const struct wire_open *m)
{
	struct wire_opened r = {.type = WIRE_OPENED};
	char device[WIRE_NAME_MAX];
	struct open *o;
	int rc, handle;

	if (s->state != SESSION_READY) {
		session_end(s, "it sent OPEN out of turn");
		return;
	}
	memcpy(device, m->device, sizeof(device));
	device[sizeof(device) - 1] = '\0';
	text_printable(device);
	handle = open_add(s, device, m->mode, r.text);
	if (handle < 0) {
		r.err = (uint32_t)-handle;
		log_warn("NF %s: open refused: %s", s->nf->conf.name, r.text);
		if (session_send(s, &r, WIRE_OPENED, -1) < 0)
			session_end(s, "it does not take its messages");
		return;
	}
	o = &s->opens[handle];
	r.handle = (uint32_t)handle;
	r.slots = (uint32_t)1 << (o->mode == MV_INLINE ? o->instances[0].shift
						       : o->device->ring[0].shift);
	r.regions = 1;
	rc = session_send(s, &r, WIRE_OPENED, -1);
	if (rc == 0 && o->mode == MV_INLINE)
		rc = session_send_region(s, WIRE_INSTANCE, r.handle, &o->rings, -1);
	else if (rc == 0)
		rc = session_send_region(s, WIRE_DEVICE, r.handle, &o->device->rings, -1);
	if (rc < 0)
		session_end(s, "it does not take its messages");
}

void
session_on_close(struct session *s, const struct wire_close *m)
{
	struct wire_closed r = {.type = WIRE_CLOSED};

	if (s->state != SESSION_READY) {
		session_end(s, "it sent CLOSE out of turn");
		return;
	}
	if (m->handle < SHM_OPENS_MAX && s->opens[m->handle].gone) {
		s->opens[m->handle].gone = false;
	} else if (m->handle >= SHM_OPENS_MAX || s->opens[m->handle].device == NULL) {
		r.err = EBADF;
		snprintf(r.text, sizeof(r.text), "handle %u is not open", m->handle);
	} else {
		open_remove(s, m->handle);
	}
	if (session_send(s, &r, WIRE_CLOSED, -1) < 0)
		session_end(s, "it does not take its messages");
}
