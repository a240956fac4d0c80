/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rates between two readings of show.counters. Pure; called by watch.
 */
#ifndef MVMP_CLI_RATES_H
#define MVMP_CLI_RATES_H

#include <jansson.h>

/*
 * A new object: interval_s; nics, devices and nfs, each an array of {name, rx_pps,
 * rx_mbps, tx_pps, tx_mbps, lost_pps}; drops, an array of {reason, help, pps}. A rate
 * is null when it cannot be known: BEFORE is NULL, time went back, the counter is
 * missing in one reading or has become smaller (its owner was started again).
 */
json_t *rates_between(const json_t *before, const json_t *after);

#endif
