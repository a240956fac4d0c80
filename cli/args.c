/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the types of arguments are checked, before anything is executed.
 */
#include "args.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
uint_accept(const struct word *w, const char *text, size_t *wrong, const char **why)
{
	static char range[64];
	unsigned long v;

	*wrong = strspn(text, "0123456789");
	if (text[0] == '\0' || text[*wrong] != '\0')
		return false;
	errno = 0;
	v = strtoul(text, NULL, 10);
	if (errno == 0 && v >= w->min && v <= w->max)
		return true;
	*wrong = 0;
	snprintf(range, sizeof(range), "out of range: must be %u to %u", w->min, w->max);
	*why = range;
	return false;
}

static bool
regex_accept(const struct word *w, const char *text, size_t *wrong, const char **why)
{
	regex_t re;

	(void)w;
	*wrong = 0;
	if (regcomp(&re, text, REG_EXTENDED | REG_NOSUB) != 0) {
		*why = "this is not a regular expression";
		return false;
	}
	regfree(&re);
	return true;
}

const struct arg_type arg_uint = {.accept = uint_accept};
const struct arg_type arg_regex = {.accept = regex_accept, .line = true};
