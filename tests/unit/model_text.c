/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a table of configurations, see model_text.h.
 */
#include "model_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/read.h"

/* All texts of E as lines. */
static void
errs_join(const struct errs *e, char *buf, size_t size)
{
	buf[0] = '\0';
	for (int i = 0; i < e->n; i++) {
		strncat(buf, e->list[i].text, size - strlen(buf) - 1);
		strncat(buf, "\n", size - strlen(buf) - 1);
	}
}

static void
case_run(const struct model_case *c)
{
	static const struct model none;
	struct model m = {0};
	struct errs e = {0};
	char said[8192];
	int rc;

	print_message("%s\n", c->text);
	rc = model_read_text(&m, "f", c->text, strlen(c->text), &e);
	errs_join(&e, said, sizeof(said));
	assert_string_equal(said, c->errors);
	assert_int_equal(rc, c->errors[0] == '\0' ? 0 : -EINVAL);
	if (rc != 0)
		assert_memory_equal(&m, &none, sizeof(m));
	model_clear(&m);
	errs_clear(&e);
}

void
model_cases_run(const struct model_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		case_run(&cases[i]);
}
