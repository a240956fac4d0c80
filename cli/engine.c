/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Matches a line against the rows of a grammar. A state is the set of rows that the
 * words so far can still become, with the position in each; every word narrows it.
 * Called by exec (run a line), shell (`?`, Tab) and main (bash completion).
 */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lex.h"

/* How far one row has been followed. */
struct place {
	const struct command *cmd;
	int pos;       /* index of the next word */
	unsigned used; /* optional groups already typed, by bit of their number */
};

struct state {
	const struct grammar *g;
	unsigned mode;
	struct place places[ROWS_MAX];
	int n;
	bool filter;   /* in a filter, after the first "|" */
	unsigned pipe; /* what comes out of the stages so far */
};

/* The words of one row that may be typed next. */
struct next {
	int list[WORDS_MAX];
	int n;
	bool end; /* the row may also end here */
};

static void state_start(struct state *st, const struct command *rows, size_t n);
static enum parse_status
walk(struct state *st, const char *line, struct parsed *p, bool keep_last);
static enum parse_status
step(struct state *st, const char *line, struct token *t, struct parsed *p);
static enum parse_status stage_end(struct state *st, size_t at, struct parsed *p);
static void expect(const struct state *st, const char *prefix, struct parsed *p);

enum parse_status
engine_parse(const struct grammar *g, unsigned mode, const char *line, struct parsed *p)
{
	struct state st = {.g = g, .mode = mode};

	memset(p, 0, sizeof(*p));
	p->store = strdup(line);
	if (p->store == NULL)
		abort();
	p->status = walk(&st, line, p, false);
	if (p->status == PARSE_OK)
		p->status = stage_end(&st, strlen(line), p);
	return p->status;
}

enum parse_status
engine_complete(const struct grammar *g, unsigned mode, const char *line,
		struct parsed *p)
{
	struct state st = {.g = g, .mode = mode};

	memset(p, 0, sizeof(*p));
	p->store = strdup(line);
	if (p->store == NULL)
		abort();
	p->status = walk(&st, line, p, true);
	if (p->status == PARSE_EMPTY)
		p->status = PARSE_OK;
	if (p->status == PARSE_OK)
		expect(&st, p->store + p->word_at, p);
	return p->status;
}

void
parsed_free(struct parsed *p)
{
	free(p->store);
	p->store = NULL;
}

const char *
match_arg(const struct match *m, const char *name)
{
	for (int i = 0; i < m->n_args; i++)
		if (strcmp(m->args[i].name, name) == 0)
			return m->args[i].text;
	return NULL;
}

unsigned
match_uint(const struct match *m, const char *name, unsigned otherwise)
{
	const char *text = match_arg(m, name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

/* Starts at the beginning of all rows of a table that the mode and pipe allow. */
static void
state_start(struct state *st, const struct command *rows, size_t n)
{
	st->n = 0;
	for (size_t i = 0; i < n && st->n < ROWS_MAX; i++) {
		if (rows[i].modes != 0 && (rows[i].modes & st->mode) == 0)
			continue;
		if (st->filter && (rows[i].pipe & st->pipe) == 0)
			continue;
		st->places[st->n++] = (struct place){.cmd = &rows[i]};
	}
}

/* The words that may come next at a place. */
static void
place_next(const struct place *pl, struct next *nx)
{
	const struct word *w = pl->cmd->words;
	int i = pl->pos;

	memset(nx, 0, sizeof(*nx));
	if (i < WORDS_MAX && i > 0 && w[i].text != NULL && w[i].opt != 0 &&
	    w[i].opt == w[i - 1].opt && (pl->used & 1u << w[i].opt) != 0) {
		nx->list[nx->n++] = i; /* inside a group that was begun */
		return;
	}
	for (; i < WORDS_MAX && w[i].text != NULL && w[i].opt != 0; i++)
		if ((i == 0 || w[i - 1].opt != w[i].opt) &&
		    (pl->used & 1u << w[i].opt) == 0)
			nx->list[nx->n++] = i;
	if (i < WORDS_MAX && w[i].text != NULL)
		nx->list[nx->n++] = i;
	else
		nx->end = true;
}

/* Where a row stands after its word I was typed. */
static struct place
place_after(const struct place *pl, int i)
{
	const struct word *w = pl->cmd->words;
	struct place after = {.cmd = pl->cmd, .pos = i + 1, .used = pl->used};

	if (w[i].opt == 0)
		return after;
	after.used |= 1u << w[i].opt;
	if (i + 1 < WORDS_MAX && w[i + 1].text != NULL && w[i + 1].opt == w[i].opt)
		return after;
	while (after.pos > 0 && w[after.pos - 1].opt != 0)
		after.pos--; /* back to the first group: they come in any order */
	return after;
}

/* How many characters of TEXT are a beginning of the keyword W. */
static size_t
common_len(const char *w, const char *text)
{
	size_t n = 0;

	while (text[n] != '\0' && w[n] != '\0' && strncasecmp(w + n, text + n, 1) == 0)
		n++;
	return n;
}

/* What a typed word can be, over all rows. */
struct found {
	const struct word *word; /* the first that fits */
	bool exact, ambiguous;
	size_t good;     /* characters that fit some candidate */
	const char *why; /* of an argument that did not fit */
};

static void
found_add(struct found *f, const struct word *w, bool exact)
{
	if (f->word != NULL && f->exact && !exact)
		return;
	if (f->word == NULL || (exact && !f->exact)) {
		*f = (struct found){.word = w, .exact = exact, .good = f->good};
		return;
	}
	if (strcmp(f->word->text, w->text) != 0)
		f->ambiguous = true;
}

static void
found_try(struct found *f, const struct word *w, const struct token *t)
{
	size_t n = 0;

	if (w->arg != NULL) {
		if (w->arg->accept(w, t->text, &n, &f->why))
			found_add(f, w, false);
	} else if (!t->quoted) {
		n = common_len(w->text, t->text);
		if (t->text[n] == '\0')
			found_add(f, w, w->text[n] == '\0');
	}
	if (n > f->good)
		f->good = n;
}

static void
find(const struct state *st, const struct token *t, struct found *f)
{
	struct next nx;

	memset(f, 0, sizeof(*f));
	for (int i = 0; i < st->n; i++) {
		place_next(&st->places[i], &nx);
		for (int j = 0; j < nx.n; j++)
			found_try(f, &st->places[i].cmd->words[nx.list[j]], t);
	}
}

static bool
word_same(const struct word *a, const struct word *b)
{
	return strcmp(a->text, b->text) == 0 && a->arg == b->arg;
}

/* Keeps the rows in which WORD may come next, and moves them behind it. */
static void
state_advance(struct state *st, const struct word *word)
{
	struct next nx;
	int kept = 0;

	for (int i = 0; i < st->n; i++) {
		const struct place pl = st->places[i];

		place_next(&pl, &nx);
		for (int j = 0; j < nx.n; j++)
			if (word_same(&pl.cmd->words[nx.list[j]], word)) {
				st->places[kept++] = place_after(&pl, nx.list[j]);
				break;
			}
	}
	st->n = kept;
}

/* Whether an argument that takes the rest of the line may come next. */
static bool
state_wants_line(const struct state *st)
{
	struct next nx;

	for (int i = 0; i < st->n; i++) {
		place_next(&st->places[i], &nx);
		for (int j = 0; j < nx.n; j++) {
			const struct word *w = &st->places[i].cmd->words[nx.list[j]];

			if (w->arg != NULL && w->arg->line)
				return true;
		}
	}
	return false;
}

/* The row that may end here, or NULL. */
static const struct command *
state_end(const struct state *st)
{
	struct next nx;

	for (int i = 0; i < st->n; i++) {
		place_next(&st->places[i], &nx);
		if (nx.end)
			return st->places[i].cmd;
	}
	return NULL;
}

/* What a line that ends with CMD puts out: a filter lets out text, if anything. */
static unsigned
state_output(const struct state *st, const struct command *cmd)
{
	return st->filter ? st->pipe & PIPE_TEXT : cmd->pipe;
}

/*
 * Follows all words of a line; with KEEP_LAST not the one it ends in, whose offset
 * is left in P->word_at.
 */
static enum parse_status
walk(struct state *st, const char *line, struct parsed *p, bool keep_last)
{
	size_t pos = lex_blank(line, 0);
	enum parse_status r;
	struct token t;

	p->word_at = pos;
	if (!keep_last && (line[pos] == '\0' || line[pos] == '!' || line[pos] == '#'))
		return PARSE_EMPTY;
	state_start(st, st->g->commands, st->g->n_commands);
	p->n_stages = 1;
	for (;;) {
		lex_next(line, pos, st->filter, state_wants_line(st), p->store, &t);
		if (t.kind == TOKEN_END ||
		    (keep_last && t.end == strlen(line) && t.kind != TOKEN_PIPE)) {
			p->word_at = t.start;
			return PARSE_OK;
		}
		r = step(st, line, &t, p);
		if (r != PARSE_OK)
			return r;
		pos = t.end;
	}
}

static enum parse_status
step_fail(const struct state *st, enum parse_status r, const struct token *t,
	  struct parsed *p)
{
	p->word_at = t->start;
	p->word_end = t->end;
	expect(st, r == PARSE_AMBIGUOUS ? t->text : "", p);
	return r;
}

/* Begins the next filter of a pipe. */
static enum parse_status
step_pipe(struct state *st, const struct token *t, struct parsed *p)
{
	const struct command *cmd = state_end(st);

	p->at = t->start;
	if (cmd == NULL || state_output(st, cmd) == 0)
		return step_fail(st, PARSE_INVALID, t, p);
	if (p->n_stages == STAGES_MAX) {
		p->why = "too many filters";
		return step_fail(st, PARSE_INVALID, t, p);
	}
	p->stages[p->n_stages - 1].cmd = cmd;
	st->pipe = state_output(st, cmd);
	st->filter = true;
	p->n_stages++;
	state_start(st, st->g->filters, st->g->n_filters);
	return PARSE_OK;
}

static enum parse_status
step(struct state *st, const char *line, struct token *t, struct parsed *p)
{
	struct match *m = &p->stages[p->n_stages - 1];
	struct found f;

	if (t->kind == TOKEN_PIPE)
		return step_pipe(st, t, p);
	if (t->open) {
		p->at = t->start + strcspn(line + t->start, "\"");
		p->why = "the quote is not closed";
		return step_fail(st, PARSE_INVALID, t, p);
	}
	find(st, t, &f);
	p->at = t->start + (f.word == NULL ? f.good : 0);
	if (f.word == NULL) {
		p->why = f.why;
		return step_fail(st, PARSE_INVALID, t, p);
	}
	if (f.ambiguous)
		return step_fail(st, PARSE_AMBIGUOUS, t, p);
	if (f.word->arg != NULL && m->n_args < ARGS_MAX) {
		m->args[m->n_args].name = f.word->text;
		m->args[m->n_args++].text = t->text;
	}
	state_advance(st, f.word);
	return PARSE_OK;
}

static enum parse_status
stage_end(struct state *st, size_t at, struct parsed *p)
{
	const struct command *cmd = state_end(st);

	p->stages[p->n_stages - 1].cmd = cmd;
	if (cmd != NULL)
		return PARSE_OK;
	p->at = p->word_at = p->word_end = at;
	expect(st, "", p);
	return PARSE_INCOMPLETE;
}

static int
candidate_cmp(const void *a, const void *b)
{
	const struct candidate *ca = a, *cb = b;

	return strcmp(ca->text, cb->text);
}

static void
candidates_add(struct candidates *c, const struct word *w)
{
	for (int i = 0; i < c->n; i++)
		if (word_same(c->list[i].word, w)) {
			if (c->list[i].help == NULL)
				c->list[i].help = w->help;
			return;
		}
	if (c->n < ROWS_MAX)
		c->list[c->n++] =
			(struct candidate){.text = w->text, .help = w->help, .word = w};
}

/* Lists what can come next and, for keywords, begins with PREFIX. */
static void
expect(const struct state *st, const char *prefix, struct parsed *p)
{
	struct candidates *c = &p->expected;
	const struct command *cmd = state_end(st);
	struct next nx;

	c->n = 0;
	for (int i = 0; i < st->n; i++) {
		place_next(&st->places[i], &nx);
		for (int j = 0; j < nx.n; j++) {
			const struct word *w = &st->places[i].cmd->words[nx.list[j]];

			if (w->arg != NULL || prefix[common_len(w->text, prefix)] == '\0')
				candidates_add(c, w);
		}
	}
	qsort(c->list, (size_t)c->n, sizeof(c->list[0]), candidate_cmp);
	c->n_words = c->n;
	if (cmd == NULL || prefix[0] != '\0')
		return;
	if (state_output(st, cmd) != 0)
		c->list[c->n++] =
			(struct candidate){.text = "|", .help = "Filter the output"};
	c->list[c->n++] = (struct candidate){.text = "<cr>", .help = "Run the command"};
}
