/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each line runs through all filters before the next one is looked at; only the
 * counting ones have something left to say at the end.
 */
#include "pipe.h"

#include <regex.h>
#include <string.h>

#include "commands.h"

struct stage {
	int id;
	regex_t re;
	bool has_re;
	bool begun;      /* begin: a line has matched */
	unsigned long n; /* count: lines so far */
};

bool
pipe_is_text(const struct match *filter)
{
	return filter->cmd->id != FILTER_JSON;
}

/* Whether a stage lets the line through. */
static bool
stage_pass(struct stage *st, const char *line)
{
	bool hit = st->has_re && regexec(&st->re, line, 0, NULL, 0) == 0;

	switch (st->id) {
	case FILTER_INCLUDE:
		return hit;
	case FILTER_EXCLUDE:
		return !hit;
	case FILTER_BEGIN:
		st->begun = st->begun || hit;
		return st->begun;
	case FILTER_COUNT:
		st->n++;
		return false;
	default:
		return true;
	}
}

/* Gives a line to the stages from FIRST on, and to OUT if all let it through. */
static void
line_put(struct stage *stages, int first, int n, const char *line, FILE *out)
{
	for (int i = first; i < n; i++)
		if (!stage_pass(&stages[i], line))
			return;
	fprintf(out, "%s\n", line);
}

static void
stages_open(struct stage *stages, const struct match *filters, int n)
{
	const char *re;

	memset(stages, 0, sizeof(*stages) * (size_t)n);
	for (int i = 0; i < n; i++) {
		stages[i].id = filters[i].cmd->id;
		re = match_arg(&filters[i], "RE");
		stages[i].has_re = re != NULL && regcomp(&stages[i].re, re,
							 REG_EXTENDED | REG_NOSUB) == 0;
	}
}

/* Lets the counts out, which are lines for the stages behind them. */
static void
stages_close(struct stage *stages, int n, FILE *out)
{
	char count[24];

	for (int i = 0; i < n; i++) {
		if (stages[i].id == FILTER_COUNT) {
			snprintf(count, sizeof(count), "%lu", stages[i].n);
			line_put(stages, i + 1, n, count, out);
		}
		if (stages[i].has_re)
			regfree(&stages[i].re);
		stages[i].has_re = false;
	}
}

void
pipe_run(char *text, size_t len, const struct match *filters, int n, FILE *out)
{
	struct stage stages[STAGES_MAX];
	char *line = text, *end;

	stages_open(stages, filters, n);
	while (line < text + len) {
		end = memchr(line, '\n', (size_t)(text + len - line));
		if (end == NULL)
			end = text + len; /* open_memstream ends its buffer with a NUL */
		*end = '\0';
		line_put(stages, 0, n, line, out);
		line = end + 1;
	}
	stages_close(stages, n, out);
}
