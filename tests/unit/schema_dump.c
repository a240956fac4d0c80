/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prints the schema for the gate that compares it with the man page.
 */
#include "model/schema.h"

int
main(void)
{
	schema_print(stdout);
	return 0;
}
