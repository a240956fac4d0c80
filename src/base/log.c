/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The log, see log.h. Where lines go is set once, in main, before any thread starts.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

static struct {
	const char *ident;
	bool to_syslog;
	bool debug;
} log_state = {.ident = "mvmpd"};

static const char *const level_names[] = {
	[LOG_ERR] = "error: ",
	[LOG_WARNING] = "warning: ",
	[LOG_INFO] = "",
	[LOG_DEBUG] = "debug: ",
};

void
log_open(const char *ident, bool to_syslog, bool debug)
{
	log_state.ident = ident;
	log_state.to_syslog = to_syslog;
	log_state.debug = debug;
	if (to_syslog)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

static void
log_line(int level, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* One write per line, so that lines of several threads do not mix. */
static void
log_line(int level, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (log_state.to_syslog)
		syslog(level, "%s", text);
	else
		fprintf(stderr, "%s: %s%s\n", log_state.ident, level_names[level], text);
}

void
log_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_state.debug)
		return;
	va_start(ap, fmt);
	log_line(LOG_DEBUG, fmt, ap);
	va_end(ap);
}
