/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The words of a command line. Double quotes keep blanks and pipe signs; within them
 * \" and \\ stand for the second character. A backslash elsewhere is itself, as
 * regular expressions need it.
 */
#include "lex.h"

#include <string.h>

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t
lex_blank(const char *line, size_t pos)
{
	while (blank(line[pos]))
		pos++;
	return pos;
}

static bool
pipe_at(const char *line, size_t i, bool filter)
{
	if (line[i] != '|')
		return false;
	if (!filter)
		return true;
	return (i == 0 || blank(line[i - 1])) &&
	       (line[i + 1] == '\0' || blank(line[i + 1]));
}

/* Copies up to the closing quote; returns the offset behind it. */
static size_t
quoted_copy(const char *line, size_t i, char *out, size_t *len, struct token *t)
{
	for (i++; line[i] != '"'; i++) {
		if (line[i] == '\0') {
			t->open = true;
			return i;
		}
		if (line[i] == '\\' && (line[i + 1] == '"' || line[i + 1] == '\\'))
			i++;
		out[(*len)++] = line[i];
	}
	return i + 1;
}

/* The rest of the line up to a pipe sign, without the blanks before it. */
static void
rest_copy(const char *line, char *out, struct token *t)
{
	size_t i = t->start;

	for (; line[i] != '\0' && !pipe_at(line, i, true); i++)
		if (!blank(line[i]))
			t->end = i + 1;
	memcpy(out, line + t->start, t->end - t->start);
	out[t->end - t->start] = '\0';
}

void
lex_next(const char *line, size_t pos, bool filter, bool rest, char *store,
	 struct token *t)
{
	size_t i = lex_blank(line, pos), len = 0;
	char *out = store + i;

	*t = (struct token){.kind = TOKEN_END, .start = i, .end = i, .text = out};
	if (line[i] == '\0')
		return;
	if (pipe_at(line, i, filter)) {
		t->kind = TOKEN_PIPE;
		t->end = i + 1;
		return;
	}
	t->kind = TOKEN_WORD;
	t->quoted = line[i] == '"';
	if (rest && !t->quoted) {
		rest_copy(line, out, t);
		return;
	}
	while (line[i] != '\0' && !blank(line[i]) && !pipe_at(line, i, filter)) {
		if (line[i] == '"')
			i = quoted_copy(line, i, out, &len, t);
		else
			out[len++] = line[i++];
	}
	out[len] = '\0';
	t->end = i;
}
