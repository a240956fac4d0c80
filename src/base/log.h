/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The daemon's log: one line per event to stderr in the foreground, to syslog as a
 * daemon. Never called from the hot path (src/dp).
 */
#ifndef MVMP_BASE_LOG_H
#define MVMP_BASE_LOG_H

#include <stdbool.h>

/* Opens the log. To syslog (facility daemon) when TO_SYSLOG, else to stderr. */
void log_open(const char *ident, bool to_syslog, bool debug);

void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
