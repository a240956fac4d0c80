/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of device kinds, see kinds.h. A new kind is one file kind_NAME.c, its name at
 * the end of kinds.h, and one line here.
 */
#include "model/kinds.h"

#include <string.h>

const struct kind *const kinds[] = {
	&kind_bridged,
	&kind_direct,
	NULL,
};

const struct kind *
kind_find(const char *name)
{
	for (size_t i = 0; kinds[i] != NULL; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}
