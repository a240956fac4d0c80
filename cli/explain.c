/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Texts made from what the engine found. The caret stands under the first wrong
 * character; when the line is not on the screen as typed, or went over its edge, it is
 * shown again in part.
 */
#include "explain.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

#define TYPED_MAX 32 /* longest word a guess is made for */

static void caret_print(FILE *f, const char *line, const struct parsed *p,
			const struct place_shown *ps);
static void caret_under(FILE *f, int columns);

static void
expected_print(FILE *f, const struct candidates *c, const char *title)
{
	if (c->n == 0)
		return;
	fprintf(f, "  %s:", title);
	for (int i = 0; i < c->n; i++)
		fprintf(f, "%s %s", i > 0 ? "," : "", c->list[i].text);
	fputc('\n', f);
}

/* The LEN bytes at S as clean text; the caller frees it. */
static char *
part_clean(const char *s, size_t len)
{
	char *part = strndup(s, len), *clean;

	if (part == NULL)
		abort();
	clean = text_clean(part);
	free(part);
	return clean;
}

static void
invalid_print(FILE *f, const char *line, const struct parsed *p,
	      const struct place_shown *ps)
{
	char *typed = strndup(line + p->word_at, p->word_end - p->word_at);
	const char *guess = typed != NULL ? explain_guess(&p->expected, typed) : NULL;

	if (ps->prompt_len >= 0)
		caret_print(f, line, p, ps);
	fprintf(f, "%s%% Invalid input detected at '^' marker.\n", ps->where);
	if (ps->prompt_len < 0)
		caret_print(f, line, p, ps);
	if (p->why != NULL)
		fprintf(f, "  %s\n", p->why);
	expected_print(f, &p->expected, "expected");
	if (guess != NULL)
		fprintf(f, "  did you mean \"%s\"?\n", guess);
	free(typed);
}

void
explain_error(FILE *f, const char *line, const struct parsed *p,
	      const struct place_shown *ps)
{
	size_t begin = strspn(line, " \t");
	char *part;

	switch (p->status) {
	case PARSE_INVALID:
		invalid_print(f, line, p, ps);
		break;
	case PARSE_INCOMPLETE:
		fprintf(f, "%s%% Incomplete command.\n", ps->where);
		expected_print(f, &p->expected, "expected");
		break;
	case PARSE_AMBIGUOUS:
		part = part_clean(line + begin, p->word_end - begin);
		fprintf(f, "%s%% Ambiguous command:  \"%s\"\n", ps->where, part);
		expected_print(f, &p->expected, "could be");
		free(part);
		break;
	default:
		break;
	}
}

/* Columns of the first LEN bytes of LINE, as text_put writes them. */
static int
columns(const char *line, size_t len)
{
	char *part = part_clean(line, len);
	int n = (int)text_width(part);

	free(part);
	return n;
}

static void
caret_under(FILE *f, int n)
{
	fprintf(f, "%*s^\n", n, "");
}

/* Where a piece of LINE that ends at AT and has at most ROOM characters begins. */
static size_t
piece_start(const char *line, size_t at, int room)
{
	size_t i = at;

	while (i > 0 && room > 0) {
		i--;
		while (i > 0 && (line[i] & 0xc0) == 0x80)
			i--;
		room--;
	}
	return i;
}

/* Shows the line, or a piece of it around the error, with the caret. */
static void
caret_print(FILE *f, const char *line, const struct parsed *p,
	    const struct place_shown *ps)
{
	size_t len = strlen(line), start, end;
	char *before, *after;
	int room;

	if (ps->prompt_len >= 0 && strpbrk(line, "\t") == NULL &&
	    ps->prompt_len + columns(line, len) < ps->width) {
		caret_under(f, ps->prompt_len + columns(line, p->at));
		return;
	}
	room = ps->width > 40 ? ps->width - 10 : 30;
	start = piece_start(line, p->at, room * 2 / 3);
	end = start + (size_t)room < len ? start + (size_t)room : len;
	while (end < len && (line[end] & 0xc0) == 0x80)
		end++;
	before = part_clean(line + start, p->at - start);
	after = part_clean(line + p->at, end > p->at ? end - p->at : 0);
	fprintf(f, "  %s%s%s%s\n", start > 0 ? "..." : "", before, after,
		end < len ? "..." : "");
	caret_under(f, 2 + (start > 0 ? 3 : 0) + (int)text_width(before));
	free(before);
	free(after);
}

void
explain_candidates(FILE *f, const struct candidates *c)
{
	size_t width = 0;

	for (int i = 0; i < c->n; i++)
		if (strlen(c->list[i].text) > width)
			width = strlen(c->list[i].text);
	for (int i = 0; i < c->n; i++) {
		const struct word *w = c->list[i].word;

		fprintf(f, "  %-*s  %s", (int)width, c->list[i].text,
			c->list[i].help != NULL ? c->list[i].help : "");
		if (w != NULL && w->max != 0)
			fprintf(f, ", %u to %u", w->min, w->max);
		fputc('\n', f);
	}
}

/* Writes a row as it is typed: optional groups in brackets. */
static int
row_print(FILE *f, const struct command *cmd)
{
	int n = 0;

	for (int i = 0; i < WORDS_MAX && cmd->words[i].text != NULL; i++) {
		const struct word *w = &cmd->words[i];
		bool opens = w->opt != 0 && (i == 0 || w[-1].opt != w->opt);
		bool last = i + 1 == WORDS_MAX || w[1].text == NULL;
		bool closes = w->opt != 0 && (last || w[1].opt != w->opt);

		n += fprintf(f, "%s%s%s%s", i > 0 ? " " : "", opens ? "[" : "", w->text,
			     closes ? "]" : "");
	}
	return n;
}

/* The help that says most about a row: of its last keyword that is not optional. */
static const char *
row_help(const struct command *cmd)
{
	const char *help = "";

	for (int i = 0; i < WORDS_MAX && cmd->words[i].text != NULL; i++)
		if (cmd->words[i].arg == NULL && cmd->words[i].opt == 0 &&
		    cmd->words[i].help != NULL)
			help = cmd->words[i].help;
	return help;
}

void
explain_rows(FILE *f, const struct command *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int used;

		fputs("  ", f);
		used = row_print(f, &rows[i]);
		if (used > 18)
			fprintf(f, "\n  %*s", used = 0, "");
		fprintf(f, "%*s%s\n", 20 - used, "", row_help(&rows[i]));
	}
}

/*
 * Edits between two words: a character more, less or other, or two exchanged. Both
 * are shorter than TYPED_MAX.
 */
static int
distance(const char *a, const char *b)
{
	int rows[3][TYPED_MAX + 1];
	int *prev2 = rows[0], *prev = rows[1], *cur = rows[2], *t;
	int la = (int)strlen(a), lb = (int)strlen(b);

	for (int j = 0; j <= lb; j++)
		prev[j] = j;
	for (int i = 1; i <= la; i++) {
		cur[0] = i;
		for (int j = 1; j <= lb; j++) {
			int best =
				prev[j - 1] + (strncasecmp(a + i - 1, b + j - 1, 1) != 0);

			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && prev2[j - 2] + 1 < best)
				best = prev2[j - 2] + 1;
			cur[j] = best;
		}
		t = prev2;
		prev2 = prev;
		prev = cur;
		cur = t;
	}
	return prev[lb];
}

const char *
explain_guess(const struct candidates *c, const char *typed)
{
	int best = (int)strlen(typed) / 3 + 1, d;
	const char *guess = NULL;

	if (strlen(typed) < 2 || strlen(typed) >= TYPED_MAX)
		return NULL;
	for (int i = 0; i < c->n_words; i++) {
		if (c->list[i].word->arg != NULL || strlen(c->list[i].text) >= TYPED_MAX)
			continue;
		d = distance(typed, c->list[i].text);
		if (d < best || (d == best && guess == NULL)) {
			best = d;
			guess = c->list[i].text;
		}
	}
	return guess;
}
