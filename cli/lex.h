/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cuts a command line into words and pipe signs. Called by the engine only.
 */
#ifndef MVMP_CLI_LEX_H
#define MVMP_CLI_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_PIPE };

struct token {
	enum token_kind kind;
	size_t start, end; /* offsets in the line; end is behind the last character */
	const char *text;  /* a word without its quotes, in the caller's store */
	bool quoted;       /* begins with a double quote */
	bool open;         /* a quote was not closed */
};

/* The offset of the first character at or after POS that is not blank. */
size_t lex_blank(const char *line, size_t pos);

/*
 * Reads the token at or after POS. In a command every "|" outside quotes is a pipe
 * sign; in a FILTER only one with blanks around it, because regular expressions use
 * it too. REST: a word that is not quoted goes on to the next pipe sign or the end.
 * STORE is as large as LINE and its terminator; the word's text is written at the
 * word's own offset, so that the texts of one line never overlap.
 */
void lex_next(const char *line, size_t pos, bool filter, bool rest, char *store,
	      struct token *t);

#endif
