/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guard in front of libconfig, see scan.h. It splits the text into the tokens of
 * libconfig's grammar, one function each; what it does not know it hands on.
 */
#include "model/scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	const char *file;
	struct errs *e;
	const char *p, *end;
	char *out; /* where the copy goes on */
	int line;
	size_t string_len; /* of the strings since the last other token */
	unsigned int depth;
	unsigned int keys[SCAN_DEPTH_MAX + 1]; /* of the group at each depth */
	bool stop;                             /* what follows cannot be understood */
};

static bool
is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

/* The byte at P + N, or NUL behind the end. */
static char
peek(const struct scan *s, size_t n)
{
	return n < (size_t)(s->end - s->p) ? s->p[n] : '\0';
}

static void
copy(struct scan *s, size_t n)
{
	memcpy(s->out, s->p, n);
	s->out += n;
	s->p += n;
}

static void
newline(struct scan *s)
{
	copy(s, 1);
	s->line++;
}

static void
scan_line_comment(struct scan *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
}

static void
scan_block_comment(struct scan *s)
{
	int line = s->line;

	s->p += 2;
	*s->out++ = ' ';
	while (s->p < s->end && !(s->p[0] == '*' && peek(s, 1) == '/')) {
		if (*s->p == '\n')
			newline(s);
		else
			s->p++;
	}
	if (s->p == s->end) {
		errs_add(s->e, s->file, line, "comment is never closed");
		return;
	}
	s->p += 2;
}

/* Where the string that begins at P ends: behind its quote, or NULL. */
static const char *
string_end(const struct scan *s)
{
	for (const char *q = s->p + 1; q < s->end && *q != '\n'; q++) {
		if (*q == '"')
			return q + 1;
		if (*q == '\\' && q + 1 < s->end && is_in(q[1], "\\\""))
			q++;
	}
	return NULL;
}

static void
scan_string(struct scan *s)
{
	const char *q = string_end(s);
	size_t before = s->string_len;

	if (q == NULL) {
		errs_add(s->e, s->file, s->line, "string is not closed on its line");
		s->stop = true;
		return;
	}
	s->string_len += (size_t)(q - s->p) - 2;
	if (s->string_len > SCAN_STRING_MAX && before <= SCAN_STRING_MAX)
		errs_add(s->e, s->file, s->line, "string is longer than %d bytes",
			 SCAN_STRING_MAX);
	if (memmem(s->p, (size_t)(q - s->p), "\\x00", 4) != NULL ||
	    memmem(s->p, (size_t)(q - s->p), "\\X00", 4) != NULL)
		errs_add(s->e, s->file, s->line, "NUL in a string");
	copy(s, (size_t)(q - s->p));
}

/* The value of the hexadecimal or decimal digit C, 16 if it is none. */
static unsigned int
digit_value(char c)
{
	if (is_digit(c))
		return (unsigned int)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 16;
}

/* Passes a fraction or exponent, after the digits of a float. */
static void
scan_float_rest(struct scan *s)
{
	while (s->p < s->end && (is_digit(*s->p) || is_in(*s->p, ".eE+-")))
		copy(s, 1);
}

static bool
is_float(const struct scan *s)
{
	char c = peek(s, 1);

	if (peek(s, 0) == '.')
		return true;
	return is_in(peek(s, 0), "eE") && (is_digit(c) || is_in(c, "+-"));
}

/* libconfig keeps 32 bits of an integer, silently, unless an L follows it. */
static void
scan_number(struct scan *s)
{
	bool hex = s->p[0] == '0' && is_in(peek(s, 1), "xX");
	unsigned int base = hex ? 16 : 10;
	uint64_t v = 0;
	bool fits = true, wide;

	copy(s, hex ? 2 : is_in(*s->p, "+-") ? 1 : 0);
	while (s->p < s->end && digit_value(*s->p) < base) {
		fits = fits && !__builtin_mul_overflow(v, base, &v) &&
		       !__builtin_add_overflow(v, digit_value(*s->p), &v);
		copy(s, 1);
	}
	if (!hex && is_float(s)) {
		scan_float_rest(s);
		return;
	}
	if (!fits || v > INT64_MAX)
		errs_add(s->e, s->file, s->line, "integer does not fit in 64 bits");
	wide = v > INT32_MAX || peek(s, 0) == 'L';
	while (s->p < s->end && *s->p == 'L')
		s->p++;
	if (wide)
		*s->out++ = 'L';
}

static void
scan_word(struct scan *s)
{
	while (s->p < s->end &&
	       (is_word_start(*s->p) || is_digit(*s->p) || is_in(*s->p, "-_")))
		copy(s, 1);
}

static void
scan_open(struct scan *s)
{
	if (s->depth == SCAN_DEPTH_MAX) {
		errs_add(s->e, s->file, s->line, "nested deeper than %d", SCAN_DEPTH_MAX);
		s->stop = true;
		return;
	}
	s->keys[++s->depth] = 0;
	copy(s, 1);
}

static void
scan_assign(struct scan *s)
{
	if (++s->keys[s->depth] == SCAN_KEYS_MAX + 1)
		errs_add(s->e, s->file, s->line, "more than %d keys in one group",
			 SCAN_KEYS_MAX);
	copy(s, 1);
}

/* A token that is neither space, comment nor string. */
static void
scan_token(struct scan *s)
{
	char c = *s->p;

	if (is_digit(c) || (is_in(c, "+-") && is_digit(peek(s, 1)))) {
		scan_number(s);
	} else if (is_word_start(c)) {
		scan_word(s);
	} else if (is_in(c, "{([")) {
		scan_open(s);
	} else if (is_in(c, "=:")) {
		scan_assign(s);
	} else if (c == '@') {
		errs_add(s->e, s->file, s->line, "'@' here: @include is not supported");
		s->p++;
	} else {
		if (is_in(c, "})]") && s->depth > 0)
			s->depth--;
		copy(s, 1);
	}
}

static void
scan_next(struct scan *s)
{
	char c = *s->p;

	if (c == '\n') {
		newline(s);
	} else if (is_in(c, " \t\r\f\v")) {
		*s->out++ = ' ';
		s->p++;
	} else if (c == '#' || (c == '/' && peek(s, 1) == '/')) {
		scan_line_comment(s);
	} else if (c == '/' && peek(s, 1) == '*') {
		scan_block_comment(s);
	} else if (c == '"') {
		scan_string(s);
	} else {
		s->string_len = 0;
		scan_token(s);
	}
}

/* The line of the byte AT. */
static int
line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

char *
scan_text(const char *file, const char *text, size_t len, struct errs *e)
{
	const char *nul = memchr(text, '\0', len);
	struct scan s = {.file = file, .e = e, .p = text, .end = text + len, .line = 1};
	int n_errors = e->n_errors;
	char *out;

	if (nul != NULL) {
		errs_add(e, file, line_of(text, nul),
			 "NUL byte: this is not a text file");
		return NULL;
	}
	out = malloc(2 * len + 1); /* an L for each integer at most */
	if (out == NULL) {
		errs_add(e, file, 0, "out of memory");
		return NULL;
	}
	s.out = out;
	while (s.p < s.end && !s.stop)
		scan_next(&s);
	*s.out = '\0';
	if (e->n_errors == n_errors)
		return out;
	free(out);
	return NULL;
}
