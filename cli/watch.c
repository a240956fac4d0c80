/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * watch counters: reads the counters every interval and shows the rates between two
 * readings. On a terminal one screen that is drawn again until q or Ctrl-C; elsewhere
 * one block (or, as JSON, one line) per interval. Run by session.
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "rates.h"
#include "screen.h"
#include "views.h"

struct watch {
	struct session *s;
	FILE *out;
	struct screen screen;
	bool live; /* on a terminal */
	unsigned interval_s;
	unsigned left; /* readings still to show; 0: no limit */
	json_t *last;  /* the reading before, or NULL */
};

static enum status watch_loop(struct watch *w);
static bool watch_wait(struct watch *w, const struct timespec *until);
static void watch_show(struct watch *w, const json_t *rates);

int
cmd_watch(struct session *s, const struct match *m, FILE *out)
{
	struct watch w = {.s = s, .out = out};
	struct interrupt in;
	enum status st;

	w.interval_s = match_uint(m, "SECONDS", 1);
	w.left = match_uint(m, "NUMBER", 0);
	w.live = !s->json && isatty(fileno(out));
	interrupt_clear();
	interrupt_catch(&in, true);
	if (w.live)
		screen_open(&w.screen, out);
	st = watch_loop(&w);
	if (w.live)
		screen_close(&w.screen);
	json_decref(w.last);
	if (st == STATUS_UNREACHABLE || (st == STATUS_REFUSED && interrupt_seen() == 0))
		session_client_error(s);
	if (interrupt_seen() != 0)
		st = STATUS_OK; /* that is how one leaves */
	if (interrupt_seen() != 0 && interrupt_seen() != SIGINT)
		s->quit = true;
	interrupt_release(&in);
	return st;
}

/* Reads, shows and waits until somebody ends it or the readings are shown. */
static enum status
watch_loop(struct watch *w)
{
	struct timespec next;
	json_t *reading, *rates;
	enum status st;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		st = client_call(&w->s->client, view_rates.method, CALL_TIMEOUT_MS,
				 &reading);
		if (st != STATUS_OK)
			return st;
		rates = rates_between(w->last, reading);
		if (w->live || w->last != NULL)
			watch_show(w, rates);
		if (w->last != NULL && w->left > 0 && --w->left == 0)
			w->interval_s = 0;
		json_decref(rates);
		json_decref(w->last);
		w->last = reading;
		if (w->interval_s == 0 || ferror(w->out))
			return STATUS_OK;
		next.tv_sec += (time_t)w->interval_s;
		if (!watch_wait(w, &next))
			return STATUS_OK;
	}
}

static int
ms_until(const struct timespec *until)
{
	struct timespec now;
	long long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = ((long long)until->tv_sec - now.tv_sec) * 1000 +
	     (until->tv_nsec - now.tv_nsec) / 1000000;
	return ms < 0 ? 0 : (int)ms;
}

/* Waits for the next reading. False: q or a signal ended it. */
static bool
watch_wait(struct watch *w, const struct timespec *until)
{
	struct pollfd p = {.fd = w->live ? w->screen.key_fd : -1, .events = POLLIN};
	int n;

	for (;;) {
		n = interrupt_poll(&p, 1, ms_until(until));
		if (interrupt_seen() != 0)
			return false;
		if (n == 0)
			return true;
		if (n > 0 && screen_key_quits(&w->screen))
			return false;
		p.fd = w->live ? w->screen.key_fd : -1;
	}
}

/* The heading and the tables as text; the caller frees it. */
static char *
watch_text(const struct watch *w, const json_t *rates)
{
	const json_t *seconds = json_object_get(rates, "interval_s");
	time_t now = time(NULL);
	char clock[32] = "";
	char *text = NULL;
	struct tm tm;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		abort();
	if (localtime_r(&now, &tm) != NULL)
		strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(f, "%s  ", clock);
	if (json_is_real(seconds))
		fprintf(f, "rates over %.1f s", json_real_value(seconds));
	else
		fputs("first reading, rates follow", f);
	fprintf(f, "%s\n\n", w->live ? ", q to leave" : "");
	output_text(f, &view_rates, rates);
	if (fclose(f) != 0)
		abort();
	return text;
}

static void
watch_show(struct watch *w, const json_t *rates)
{
	char *text;

	if (w->s->json) {
		output_json(w->out, rates, true);
		fflush(w->out);
		return;
	}
	text = watch_text(w, rates);
	if (w->live)
		screen_draw(&w->screen, text);
	else
		fprintf(w->out, "%s\n", text);
	fflush(w->out);
	free(text);
}
