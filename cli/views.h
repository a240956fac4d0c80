/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptions of all shows, as data. Named by the rows in commands.c.
 */
#ifndef MVMP_CLI_VIEWS_H
#define MVMP_CLI_VIEWS_H

#include "output.h"

extern const struct view view_version;
extern const struct view view_nics;
extern const struct view view_devices;
extern const struct view view_nfs;
extern const struct view view_rings;
extern const struct view view_buffers;
extern const struct view view_counters;
extern const struct view view_rates; /* of rates_between, for watch */

#endif
