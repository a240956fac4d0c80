/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of model_read with files that are none, and of the example configuration.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/model.h"

static char folder[] = "/tmp/mvmp-test-XXXXXX";

static int
folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
folder_remove(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* PATH is refused with "PATH" and SAID as the only error. */
static void
refused(const char *path, const char *said)
{
	struct model m = {0};
	struct errs e = {0};
	char text[256];

	snprintf(text, sizeof(text), "%s%s", path, said);
	assert_int_equal(model_read(&m, path, &e), -EINVAL);
	assert_int_equal(e.n, 1);
	assert_string_equal(e.list[0].text, text);
	errs_clear(&e);
}

static void
odd_files_are_refused(void **state)
{
	char path[64];

	(void)state;
	refused("/nonexistent/f", ": cannot open: No such file or directory");
	refused(folder, ": is not a regular file");
	refused("/dev/zero", ": is not a regular file");
	snprintf(path, sizeof(path), "%s/fifo", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(path, ": is not a regular file");
	unlink(path);
}

/* A file of LEN spaces. */
static void
file_fill(const char *path, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	while (len-- > 0)
		putc(' ', f);
	fclose(f);
}

static void
size_is_bounded(void **state)
{
	struct model m = {0};
	struct errs e = {0};
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/big", folder);
	file_fill(path, 1048576);
	assert_int_equal(model_read(&m, path, &e), 0);
	model_clear(&m);
	file_fill(path, 1048577);
	refused(path, ": is longer than 1048576 bytes");
	unlink(path);
}

static void
example_is_accepted(void **state)
{
	const char *top = getenv("top_srcdir");
	struct model m = {0};
	struct errs e = {0};
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/etc/mvmp.conf", top != NULL ? top : ".");
	assert_int_equal(model_read(&m, path, &e), 0);
	assert_int_equal(e.n, 0);
	assert_int_equal(m.n_nics, 2);
	model_clear(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_files_are_refused),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(example_is_accepted),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
