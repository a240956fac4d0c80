/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzzes the reader of the configuration: any bytes give a model or errors, in bounded
 * time, and everything is freed. A model that was accepted must pass the checks again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "model/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig forgets the names and strings it holds when it stops at a syntax error. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model m = {0};
	struct errs e = {0};
	int rc = model_read_text(&m, "fuzz", (const char *)data, size, &e);

	if ((rc == 0) != (e.n_errors == 0))
		abort();
	if (rc == 0) {
		model_check(&m, "fuzz", &e);
		if (e.n_errors != 0)
			abort();
	}
	model_clear(&m);
	errs_clear(&e);
	return 0;
}
