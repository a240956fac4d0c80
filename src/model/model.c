/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model's memory and its look-ups, see model.h.
 */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

void
model_clear(struct model *m)
{
	for (size_t i = 0; i < m->n_devices; i++)
		free(m->devices[i].members.list);
	for (size_t i = 0; i < m->n_nfs; i++)
		free(m->nfs[i].open.list);
	free(m->nics);
	free(m->devices);
	free(m->cells);
	free(m->nfs);
	*m = (struct model){0};
}

int
model_nic_find(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->n_nics; i++)
		if (strcmp(m->nics[i].name, name) == 0)
			return (int)i;
	return -1;
}

int
model_device_find(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->n_devices; i++)
		if (strcmp(m->devices[i].name, name) == 0)
			return (int)i;
	return -1;
}

int
model_nf_find(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->n_nfs; i++)
		if (strcmp(m->nfs[i].name, name) == 0)
			return (int)i;
	return -1;
}

const struct model_cell *
model_cell_find(const struct model *m, const char *nic, const char *device)
{
	for (size_t i = 0; i < m->n_cells; i++)
		if (strcmp(m->cells[i].nic, nic) == 0 &&
		    strcmp(m->cells[i].device, device) == 0)
			return &m->cells[i];
	return NULL;
}

bool
model_names_have(const struct model_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return false;
}
