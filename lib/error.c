/* SPDX-License-Identifier: BSD-3-Clause */
/* The text of the last error of each thread, for mv_error(). */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "nf.h"

static _Thread_local char error_text[256] = "no error";

int
error_set(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error_text, sizeof(error_text), fmt, ap);
	va_end(ap);
	errno = err;
	return -err;
}

const char *
mv_error(void)
{
	return error_text;
}
