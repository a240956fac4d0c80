/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON-RPC over a UNIX stream socket, one object per line. Every wait is a poll with
 * what is left of the time; a reply that is too late, too long or not understood
 * closes the connection, so that it can never be taken for the next one.
 */
#include "client.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "text.h"

#define CONNECT_TIMEOUT_S 5
#define READ_SIZE         65536

static enum status fail(struct client *c, enum status st, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static enum status client_open(struct client *c);
static enum status
request_send(struct client *c, const char *method, int64_t deadline, int *id);
static enum status
reply_read(struct client *c, int64_t deadline, char **line, size_t *len);
static enum status
reply_take(struct client *c, const char *line, size_t len, int id, json_t **result);

void
client_init(struct client *c, const char *path)
{
	*c = (struct client){.path = path, .fd = -1, .next_id = 1};
}

static void
disconnect(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void
error_clear(struct client *c)
{
	free(c->error);
	c->error = NULL;
	json_decref(c->errors);
	c->errors = NULL;
}

void
client_close(struct client *c)
{
	disconnect(c);
	error_clear(c);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

enum status
client_call(struct client *c, const char *method, int timeout_ms, json_t **result)
{
	int64_t deadline = now_ms() + timeout_ms;
	enum status st;
	char *line = NULL;
	size_t len = 0;
	int id = 0;

	*result = NULL;
	error_clear(c);
	st = request_send(c, method, deadline, &id);
	if (st == STATUS_OK)
		st = reply_read(c, deadline, &line, &len);
	if (st == STATUS_OK)
		st = reply_take(c, line, len, id, result);
	else
		disconnect(c);
	free(line);
	return st;
}

static enum status
fail(struct client *c, enum status st, const char *fmt, ...)
{
	va_list ap;

	free(c->error);
	va_start(ap, fmt);
	if (vasprintf(&c->error, fmt, ap) < 0)
		abort();
	va_end(ap);
	return st;
}

/* Says who may use the socket, whose group goes by the daemon's configuration. */
static enum status
fail_permission(struct client *c)
{
	const struct group *gr = NULL;
	const char *name;
	struct stat sb;
	bool known = stat(c->path, &sb) == 0;

	if (known && sb.st_gid == 0)
		return fail(c, STATUS_UNREACHABLE,
			    "mvmpd is not reachable: no permission for %s\n"
			    "Only root may use it: sudo mvctl. To let others: "
			    "group = \"mvmp\" under daemon in mvmp.conf, then "
			    "usermod -aG mvmp USER",
			    c->path);
	if (known)
		gr = getgrgid(sb.st_gid);
	name = gr != NULL ? gr->gr_name : "mvmp";
	return fail(c, STATUS_UNREACHABLE,
		    "mvmpd is not reachable: no permission for %s\n"
		    "Only root and members of group %s may use it: usermod -aG %s "
		    "USER, then log in again",
		    c->path, name, name);
}

/* Says why the socket cannot be opened, and what to look at. */
static enum status
fail_connect(struct client *c, int err)
{
	switch (err) {
	case ENOENT:
		return fail(
			c, STATUS_UNREACHABLE,
			"mvmpd is not reachable: there is no socket %s\n"
			"Is mvmpd running (systemctl status mvmpd)? Does it use another "
			"socket (mvctl -s SOCKET)?",
			c->path);
	case ECONNREFUSED:
		return fail(c, STATUS_UNREACHABLE,
			    "mvmpd is not reachable: nobody listens on %s\n"
			    "mvmpd has stopped or is starting: systemctl status mvmpd",
			    c->path);
	case EACCES:
	case EPERM:
		return fail_permission(c);
	case EPROTOTYPE:
		return fail(c, STATUS_UNREACHABLE,
			    "mvmpd is not reachable: %s is an NF's socket, not mvmpd's "
			    "control socket",
			    c->path);
	case EAGAIN:
		return fail(
			c, STATUS_UNREACHABLE,
			"mvmpd is not reachable: it has accepted nobody on %s for %d s",
			c->path, CONNECT_TIMEOUT_S);
	default:
		return fail(c, STATUS_UNREACHABLE, "mvmpd is not reachable: %s: %s",
			    c->path, strerror(err));
	}
}

static enum status
client_open(struct client *c)
{
	const struct timeval limit = {.tv_sec = CONNECT_TIMEOUT_S};
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int err;

	if (strlen(c->path) >= sizeof(sa.sun_path))
		return fail_connect(c, ENAMETOOLONG);
	strcpy(sa.sun_path, c->path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return fail_connect(c, errno);
	/* Bounds the wait for a place in the daemon's queue. */
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(c->fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0)
		return STATUS_OK;
	err = errno;
	disconnect(c);
	if (err == EINTR)
		return fail(c, STATUS_REFUSED, "Interrupted");
	return fail_connect(c, err);
}

/* Whether the daemon closed, or spoke on, a connection nobody waited at. */
static bool
stale(const struct client *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	return poll(&p, 1, 0) != 0;
}

/* Waits for EVENTS. An interruption and the end of the time are failures. */
static enum status
wait_for(struct client *c, short events, int64_t deadline)
{
	struct pollfd p = {.fd = c->fd, .events = events};
	int64_t left;
	int n;

	for (;;) {
		if (interrupt_seen() != 0)
			return fail(c, STATUS_REFUSED, "Interrupted");
		left = deadline - now_ms();
		n = left > 0 ? interrupt_poll(&p, 1, (int)left) : 0;
		if (n > 0)
			return STATUS_OK;
		if (n == 0)
			return fail(
				c, STATUS_UNREACHABLE,
				"mvmpd does not answer on %s: it hangs or is overloaded",
				c->path);
		if (errno != EINTR)
			return fail(c, STATUS_UNREACHABLE, "poll: %s", strerror(errno));
	}
}

static enum status
line_send(struct client *c, const char *line, size_t len, int64_t deadline)
{
	enum status st;
	ssize_t n;

	while (len > 0) {
		st = wait_for(c, POLLOUT, deadline);
		if (st != STATUS_OK)
			return st;
		n = send(c->fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return fail(
				c, STATUS_UNREACHABLE,
				"mvmpd closed the connection on %s (%s): is it stopping?",
				c->path, strerror(errno));
		line += n;
		len -= (size_t)n;
	}
	return STATUS_OK;
}

static enum status
request_send(struct client *c, const char *method, int64_t deadline, int *id)
{
	enum status st;
	char *line;
	int len;

	if (c->fd >= 0 && stale(c))
		disconnect(c);
	if (c->fd < 0) {
		st = client_open(c);
		if (st != STATUS_OK)
			return st;
	}
	*id = c->next_id++;
	len = asprintf(
		&line,
		"{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":{}}\n", *id,
		method);
	if (len < 0)
		abort();
	st = line_send(c, line, (size_t)len, deadline);
	free(line);
	return st;
}

static enum status
fail_eof(struct client *c, size_t got, int err)
{
	if (err != 0)
		return fail(c, STATUS_UNREACHABLE,
			    "mvmpd closed the connection on %s: %s", c->path,
			    strerror(err));
	return fail(c, STATUS_UNREACHABLE,
		    "mvmpd closed the connection on %s %s: see its log "
		    "(journalctl -u mvmpd)",
		    c->path,
		    got > 0 ? "in the middle of its answer" : "without an answer");
}

static enum status
reply_read(struct client *c, int64_t deadline, char **line, size_t *len)
{
	size_t room = 0;
	enum status st;
	ssize_t n;
	char *end;

	for (;;) {
		if (room - *len < READ_SIZE) {
			room = room * 2 + READ_SIZE;
			*line = realloc(*line, room);
			if (*line == NULL)
				abort();
		}
		st = wait_for(c, POLLIN, deadline);
		if (st != STATUS_OK)
			return st;
		n = recv(c->fd, *line + *len, room - *len, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return fail_eof(c, *len, n < 0 ? errno : 0);
		end = memchr(*line + *len, '\n', (size_t)n);
		*len += (size_t)n;
		if (*len > CLIENT_REPLY_MAX)
			return fail(c, STATUS_UNREACHABLE,
				    "the answer of mvmpd is longer than %u MiB",
				    CLIENT_REPLY_MAX >> 20);
		if (end != NULL) {
			*len = (size_t)(end - *line);
			return STATUS_OK;
		}
	}
}

/* A refusal: its text, and the list of errors that may be with it. */
static enum status
refusal_take(struct client *c, json_t *error)
{
	const char *message = json_string_value(json_object_get(error, "message"));
	json_t *errors = json_object_get(json_object_get(error, "data"), "errors");

	if (json_integer_value(json_object_get(error, "code")) == -32601)
		fail(c, STATUS_REFUSED,
		     "this mvmpd does not know the request (%s): is it older than mvctl?",
		     message != NULL ? message : "no text");
	else
		fail(c, STATUS_REFUSED, "%s",
		     message != NULL ? message : "mvmpd refused without a text");
	if (json_is_array(errors))
		c->errors = json_incref(errors);
	return STATUS_REFUSED;
}

static enum status
reply_take(struct client *c, const char *line, size_t len, int id, json_t **result)
{
	json_error_t err;
	json_t *reply = json_loadb(line, len, 0, &err);
	json_t *error = json_object_get(reply, "error");
	enum status st = STATUS_OK;

	if (!json_is_object(reply)) {
		st = fail(c, STATUS_UNREACHABLE,
			  "the answer of mvmpd is not JSON-RPC: %s",
			  reply == NULL ? err.text : "not an object");
	} else if (json_integer_value(json_object_get(reply, "id")) != id &&
		   !json_is_null(json_object_get(reply, "id"))) {
		/* An id of null is an error about a request nobody could read. */
		st = fail(c, STATUS_UNREACHABLE,
			  "the answer of mvmpd is to another request");
	} else if (json_is_object(error)) {
		st = refusal_take(c, error);
	} else if (json_object_get(reply, "result") == NULL) {
		st = fail(c, STATUS_UNREACHABLE,
			  "the answer of mvmpd has neither result nor error");
	} else {
		*result = json_incref(json_object_get(reply, "result"));
	}
	if (st == STATUS_UNREACHABLE)
		disconnect(c);
	json_decref(reply);
	return st;
}
