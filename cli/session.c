/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a line to its effect: read it, run its command, send the output through its
 * filters. The commands that are not a program of their own are here too.
 */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "explain.h"
#include "output.h"
#include "pipe.h"
#include "text.h"

static enum status stages_run(struct session *s, const struct parsed *p);
static bool help_asked(const char *line, const struct parsed *p);
static void where_put(FILE *f, const struct session *s);
static void
line_refuse(const struct session *s, const char *line, const struct parsed *p);

enum status
session_run(struct session *s, const char *line)
{
	struct parsed p, q;
	enum status st = STATUS_REFUSED;
	char *asked;

	switch (engine_parse(&mvctl_grammar, MODE_EXEC, line, &p)) {
	case PARSE_EMPTY:
		st = STATUS_OK;
		break;
	case PARSE_OK:
		st = stages_run(s, &p);
		break;
	default:
		if (!help_asked(line, &p)) {
			line_refuse(s, line, &p);
			break;
		}
		asked = text_dup(line);
		asked[p.word_end - 1] = '\0';
		if (engine_complete(&mvctl_grammar, MODE_EXEC, asked, &q) == PARSE_OK) {
			explain_candidates(stdout, &q.expected);
			st = STATUS_OK;
		} else {
			line_refuse(s, asked, &q);
		}
		parsed_free(&q);
		free(asked);
	}
	parsed_free(&p);
	return st;
}

/* Whether a wrong line is wrong because it ends in a question: "show n?". */
static bool
help_asked(const char *line, const struct parsed *p)
{
	size_t end = p->word_end;

	return p->status == PARSE_INVALID && end > p->word_at && line[end - 1] == '?' &&
	       line[end + strspn(line + end, " \t\r\n")] == '\0';
}

static int
terminal_width(void)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return 80;
}

static void
where_put(FILE *f, const struct session *s)
{
	if (s->prompt_len >= 0)
		return;
	text_put(f, s->file != NULL ? s->file : "mvctl");
	fputs(": ", f);
	if (s->line > 0)
		fprintf(f, "line %d: ", s->line);
}

/* The same as a new string; the caller frees it. */
static char *
where_make(const struct session *s)
{
	char *buf = NULL;
	size_t len;
	FILE *f = open_memstream(&buf, &len);

	if (f == NULL)
		abort();
	where_put(f, s);
	if (fclose(f) != 0)
		abort();
	return buf;
}

static void
line_refuse(const struct session *s, const char *line, const struct parsed *p)
{
	char *where = where_make(s);
	struct place_shown ps = {
		.where = where, .prompt_len = s->prompt_len, .width = terminal_width()};

	fflush(stdout);
	explain_error(stderr, line, p, &ps);
	free(where);
}

void
session_error(const struct session *s, const char *text)
{
	char *copy = text_dup(text), *rest = copy, *line;
	bool first = true;

	fflush(stdout);
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (first)
			where_put(stderr, s);
		fputs(first ? "% " : "  ", stderr);
		text_put(stderr, line);
		fputc('\n', stderr);
		first = false;
	}
	free(copy);
}

void
session_client_error(const struct session *s)
{
	const struct client *c = &s->client;
	const json_t *text;
	size_t i;

	session_error(s, c->error != NULL ? c->error : "the request failed");
	json_array_foreach(c->errors, i, text)
	{
		if (!json_is_string(text))
			continue;
		fputs("  ", stderr);
		text_put(stderr, json_string_value(text));
		fputc('\n', stderr);
	}
}

/* Whether everything written to F has arrived. */
static enum status
output_check(const struct session *s, FILE *f)
{
	char text[128];

	if (fflush(f) == 0 && !ferror(f))
		return STATUS_OK;
	snprintf(text, sizeof(text), "the output cannot be written: %s", strerror(errno));
	clearerr(f);
	session_error(s, text);
	return STATUS_REFUSED;
}

/* Runs the command into memory, then its filters from there. */
static enum status
filtered_run(struct session *s, const struct match *m, const struct match *filters, int n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	enum status st;

	if (f == NULL)
		abort();
	st = (enum status)m->cmd->run(s, m, f);
	if (fclose(f) != 0)
		abort();
	if (st == STATUS_OK)
		pipe_run(text, len, filters, n, stdout);
	free(text);
	return st;
}

static enum status
stages_run(struct session *s, const struct parsed *p)
{
	const struct match *m = &p->stages[0], *filters = &p->stages[1];
	int n = p->n_stages - 1;
	enum status st, written;

	s->json = s->always_json;
	if (n > 0 && !pipe_is_text(filters)) {
		s->json = true;
		filters++;
		n--;
	}
	st = n > 0 ? filtered_run(s, m, filters, n)
		   : (enum status)m->cmd->run(s, m, stdout);
	written = output_check(s, stdout);
	return st != STATUS_OK ? st : written;
}

int
cmd_show(struct session *s, const struct match *m, FILE *out)
{
	const struct view *view = m->cmd->data;
	json_t *result;
	enum status st = client_call(&s->client, view->method, CALL_TIMEOUT_MS, &result);

	if (st != STATUS_OK) {
		session_client_error(s);
		return st;
	}
	if (s->json)
		output_json(out, result, false);
	else
		output_text(out, view, result);
	json_decref(result);
	return STATUS_OK;
}

int
cmd_reload(struct session *s, const struct match *m, FILE *out)
{
	const json_t *text;
	json_t *result;
	enum status st;
	char *warning;
	size_t i;

	(void)m;
	st = client_call(&s->client, "config.reload", RELOAD_TIMEOUT_MS, &result);
	if (st != STATUS_OK) {
		session_client_error(s);
		return st;
	}
	if (s->json) {
		output_json(out, result, false);
		json_decref(result);
		return STATUS_OK;
	}
	json_array_foreach(json_object_get(result, "warnings"), i, text)
	{
		if (asprintf(&warning, "Warning: %s", json_string_value(text)) < 0)
			abort();
		session_error(s, warning);
		free(warning);
	}
	if (json_array_size(json_object_get(result, "changed")) == 0)
		fputs("Configuration read again: nothing changed.\n", out);
	else
		fputs("Configuration read again. Changed:\n", out);
	json_array_foreach(json_object_get(result, "changed"), i, text)
	{
		if (!json_is_string(text))
			continue;
		fputs("  ", out);
		text_put(out, json_string_value(text));
		fputc('\n', out);
	}
	json_decref(result);
	return STATUS_OK;
}

int
cmd_help(struct session *s, const struct match *m, FILE *out)
{
	(void)s;
	(void)m;
	fputs("Commands (a unique beginning of every word is enough):\n", out);
	explain_rows(out, mvctl_grammar.commands, mvctl_grammar.n_commands);
	fputs("\nFilters, behind \" | \" and as many as needed:\n", out);
	explain_rows(out, mvctl_grammar.filters, mvctl_grammar.n_filters);
	fputs("\nKeys:\n"
	      "  ?                   What can follow here (Ctrl-V ? types one)\n"
	      "  Tab                 Complete the word; again: list what fits\n"
	      "  Up, Down, Ctrl-R    Earlier lines, kept between runs\n"
	      "  Ctrl-C              Abandon the line, or stop waiting\n"
	      "  Ctrl-D              Leave the shell, on an empty line\n",
	      out);
	return STATUS_OK;
}

int
cmd_exit(struct session *s, const struct match *m, FILE *out)
{
	(void)m;
	(void)out;
	s->quit = true;
	return STATUS_OK;
}
