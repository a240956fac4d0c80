/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command language: what a grammar row is, and how a typed line is matched
 * against a table of rows. Pure: no terminal, no socket, no output, so that the
 * shell, scripts, bash completion and the unit tests all ask the same questions.
 * All rows are followed at once, word by word; the rows still alive say what can
 * come next, which is the same answer for execution, `?`, Tab and error texts.
 */
#ifndef MVMP_CLI_ENGINE_H
#define MVMP_CLI_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define WORDS_MAX  12  /* words of one row */
#define ROWS_MAX   512 /* rows of one table */
#define ARGS_MAX   8   /* arguments of one row */
#define STAGES_MAX 9   /* a command and its chained filters */

struct word;
struct match;
struct session;

/* A type of argument. */
struct arg_type {
	/*
	 * Says whether TEXT is a value for W. If not, *WRONG is the offset of the
	 * first wrong character and *WHY a text that stays until the next call, or
	 * NULL if there is nothing to say beyond the list of expected words.
	 */
	bool (*accept)(const struct word *w, const char *text, size_t *wrong,
		       const char **why);
	bool line; /* takes the rest of the line up to the next filter */
};

/* One word of a row: a keyword, or an argument when ARG is set. */
struct word {
	const char *text; /* the keyword, or the argument's name in capitals */
	const char *help; /* NULL: an earlier row with the same beginning has it */
	const struct arg_type *arg;
	int opt; /* words with the same number form one optional group; 0: required */
	unsigned min, max; /* range, for types that have one */
};

/* What a command's output can be piped into, and what a filter needs for that. */
enum {
	PIPE_TEXT = 1, /* lines of text */
	PIPE_JSON = 2, /* a JSON value */
};

/* Modes a row can be typed in. */
enum {
	MODE_EXEC = 1,
};

/*
 * One row of a grammar. Optional groups that follow each other may be typed in any
 * order, each at most once.
 */
struct command {
	struct word words[WORDS_MAX];
	/* Runs the command, writes its data to OUT, returns an exit status. */
	int (*run)(struct session *s, const struct match *m, FILE *out);
	const void *data; /* whatever RUN expects */
	unsigned modes;   /* 0: all */
	unsigned pipe;    /* PIPE_* */
	int id;           /* filters: which */
};

struct grammar {
	const struct command *commands;
	size_t n_commands;
	const struct command *filters;
	size_t n_filters;
};

/* A row that a line, or one stage of its pipe, stands for, and its arguments. */
struct match {
	const struct command *cmd;
	struct {
		const char *name; /* the word's text in the row */
		const char *text; /* as typed, quotes removed */
	} args[ARGS_MAX];
	int n_args;
};

enum parse_status {
	PARSE_OK,
	PARSE_EMPTY, /* nothing but blanks or a comment */
	PARSE_INVALID,
	PARSE_INCOMPLETE,
	PARSE_AMBIGUOUS,
};

/* Something that can come next. */
struct candidate {
	const char *text;
	const char *help;
	const struct word *word; /* NULL for "|" and "<cr>" */
};

struct candidates {
	struct candidate list[ROWS_MAX + 2]; /* sorted; "|" and "<cr>" are last */
	int n;
	int n_words; /* without "|" and "<cr>" */
};

/* The result of reading a line. */
struct parsed {
	enum parse_status status;
	struct match stages[STAGES_MAX]; /* the command, then its filters */
	int n_stages;
	/* When the line is wrong: */
	size_t at;                  /* offset of the first wrong character */
	size_t word_at, word_end;   /* the word that is wrong or ambiguous */
	const char *why;            /* as arg_type says it, or NULL */
	struct candidates expected; /* what could stand there */
	char *store;                /* the arguments' texts */
};

/*
 * Reads LINE. Returns P->status; P must be given to parsed_free() in any case.
 * A unique beginning of a keyword stands for it, in upper or lower case; the
 * complete keyword wins over longer ones; an ambiguous one is never resolved.
 * A word in double quotes is never a keyword.
 */
enum parse_status
engine_parse(const struct grammar *g, unsigned mode, const char *line, struct parsed *p);

void parsed_free(struct parsed *p);

/*
 * Finds what can follow LINE, or end the word LINE ends in. P->expected has the
 * answer, P->word_at the offset of the unfinished word. Returns PARSE_OK, or why the
 * words before it are wrong. P must be given to parsed_free() in any case.
 */
enum parse_status engine_complete(const struct grammar *g, unsigned mode,
				  const char *line, struct parsed *p);

/* The text of argument NAME, or NULL when it was not typed. */
const char *match_arg(const struct match *m, const char *name);

/* The value of argument NAME of type arg_uint, or OTHERWISE when it was not typed. */
unsigned match_uint(const struct match *m, const char *name, unsigned otherwise);

#endif
