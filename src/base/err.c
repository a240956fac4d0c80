/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of error texts, see err.h. Texts are made here once, where the cause is
 * known; what is beyond ERRS_MAX is counted only, so hostile input costs no memory.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#define TEXT_SIZE 1024 /* longer texts are cut */

static char *text_format(const char *file, int line, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static char *
text_format(const char *file, int line, const char *fmt, va_list ap)
{
	char body[TEXT_SIZE];
	char *text;
	int n;

	vsnprintf(body, sizeof(body), fmt, ap);
	if (file == NULL)
		n = asprintf(&text, "%s", body);
	else if (line > 0)
		n = asprintf(&text, "%s:%d: %s", file, line, body);
	else
		n = asprintf(&text, "%s: %s", file, body);
	if (n < 0)
		return NULL;
	text_printable(text); /* one line, whatever was quoted in it */
	return text;
}

static void errs_keep(struct errs *e, bool warning, const char *file, int line,
		      const char *fmt, va_list ap) __attribute__((format(printf, 5, 0)));

static void
errs_keep(struct errs *e, bool warning, const char *file, int line, const char *fmt,
	  va_list ap)
{
	char *text;

	if (warning)
		e->n_warnings++;
	else
		e->n_errors++;
	if (e->n == ERRS_MAX)
		return;
	text = text_format(file, line, fmt, ap);
	if (text == NULL)
		return;
	e->list[e->n++] = (struct err){.text = text, .warning = warning};
}

void
errs_add(struct errs *e, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	errs_keep(e, false, file, line, fmt, ap);
	va_end(ap);
}

void
errs_warn(struct errs *e, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	errs_keep(e, true, file, line, fmt, ap);
	va_end(ap);
}

void
errs_clear(struct errs *e)
{
	for (int i = 0; i < e->n; i++)
		free(e->list[i].text);
	*e = (struct errs){0};
}
