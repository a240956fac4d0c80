/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the model as tables: a configuration and what the reader says to it.
 */
#ifndef MVMP_TESTS_MODEL_TEXT_H
#define MVMP_TESTS_MODEL_TEXT_H

#include <stddef.h>

struct model_case {
	const char *text;   /* the file f */
	const char *errors; /* all lines, each ended by a newline; "" = accepted */
};

/* Fails the running test at the first of the N CASES that is answered otherwise. */
void model_cases_run(const struct model_case *cases, size_t n);

#define CASES_RUN(cases) model_cases_run(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
