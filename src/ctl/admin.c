/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The admin server: newline-delimited JSON-RPC 2.0 on a UNIX socket, for mvctl and
 * scripts. A table says which method is served by which function. Lines and answers
 * are bounded; a client that does not read is dropped.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "ctl/show.h"

#define LINE_MAX_BYTES (64 * 1024)
#define OUT_MAX_BYTES  (4 * 1024 * 1024)
#define CLIENTS_MAX    64
#define BACKLOG        16

#define RPC_PARSE   (-32700)
#define RPC_REQUEST (-32600)
#define RPC_METHOD  (-32601)
#define RPC_REFUSED (-32000)

struct admin {
	struct platform *platform;
	int listener;
	struct event *acceptable;
	int n_clients;
	struct client *clients;
};

struct client {
	struct admin *admin;
	struct bufferevent *bev;
	struct client *next;
};

/* A method that may refuse: returns its result, or NULL with errors in E. */
static json_t *
config_reload(struct platform *p, struct errs *e)
{
	struct changes c = {.n = 0};
	json_t *changed = json_array(), *warnings = json_array();
	int i, rc = apply_file(p, &c, e);
	size_t k;

	for (k = 0; k < c.n; k++)
		json_array_append_new(changed, json_string(c.list[k]));
	changes_clear(&c);
	for (i = 0; i < e->n; i++)
		if (e->list[i].warning)
			json_array_append_new(warnings, json_string(e->list[i].text));
	if (rc == 0)
		return json_pack("{s:o, s:o}", "changed", changed, "warnings", warnings);
	json_decref(changed);
	json_decref(warnings);
	return NULL;
}

static const struct method {
	const char *name;
	json_t *(*show)(struct platform *p);
	json_t *(*act)(struct platform *p, struct errs *e);
} methods[] = {
	{"show.version", show_version, NULL},   {"show.nics", show_nics, NULL},
	{"show.devices", show_devices, NULL},   {"show.nfs", show_nfs, NULL},
	{"show.rings", show_rings, NULL},       {"show.buffers", show_buffers, NULL},
	{"show.counters", show_counters, NULL}, {"config.reload", NULL, config_reload},
};

static json_t *
rpc_error(int code, const char *message)
{
	return json_pack("{s:i, s:s}", "code", code, "message", message);
}

static json_t *
rpc_refused(const struct errs *e)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < e->n; i++)
		if (!e->list[i].warning)
			json_array_append_new(list, json_string(e->list[i].text));
	return json_pack("{s:i, s:s, s:{s:o}}", "code", RPC_REFUSED, "message",
			 "refused, nothing was changed", "data", "errors", list);
}

/* Runs the method of REQUEST; sets *ERROR or returns the result. */
static json_t *
rpc_run(struct platform *p, const json_t *request, json_t **error)
{
	const char *name = json_string_value(json_object_get(request, "method"));
	struct errs e = {.n = 0};
	json_t *result;
	size_t i;

	if (name == NULL) {
		*error = rpc_error(RPC_REQUEST, "not a JSON-RPC request with a method");
		return NULL;
	}
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(methods[i].name, name) != 0)
			continue;
		if (methods[i].show)
			return methods[i].show(p);
		result = methods[i].act(p, &e);
		if (result == NULL)
			*error = rpc_refused(&e);
		errs_clear(&e);
		return result;
	}
	*error = rpc_error(RPC_METHOD, "there is no such method");
	return NULL;
}

static void
client_answer(struct client *c, const char *line, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	json_t *request, *id, *error = NULL, *result = NULL, *answer;
	char *text;

	request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(request))
		result = rpc_run(c->admin->platform, request, &error);
	else
		error = rpc_error(RPC_PARSE, "not a JSON object");
	id = json_object_get(request, "id");
	answer = json_pack("{s:s, s:O}", "jsonrpc", "2.0", "id", id ? id : json_null());
	if (error == NULL && result == NULL)
		error = rpc_error(RPC_REFUSED, "out of memory");
	json_object_set_new(answer, error ? "error" : "result", error ? error : result);
	text = json_dumps(answer, JSON_COMPACT);
	if (text)
		evbuffer_add_printf(out, "%s\n", text);
	free(text);
	json_decref(answer);
	json_decref(request);
}

static void
client_close(struct client *c)
{
	struct client **at = &c->admin->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->admin->n_clients--;
	bufferevent_free(c->bev);
	free(c);
}

static void
on_line(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct client *c = arg;
	size_t len;
	char *line;

	while ((line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF))) {
		client_answer(c, line, len);
		free(line);
		if (evbuffer_get_length(bufferevent_get_output(bev)) > OUT_MAX_BYTES) {
			client_close(c);
			return;
		}
	}
	if (evbuffer_get_length(in) > LINE_MAX_BYTES)
		client_close(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		client_close(arg);
}

static void
on_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct admin *a = arg;
	int sock = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;

	(void)what;
	if (sock < 0)
		return;
	c = a->n_clients < CLIENTS_MAX ? calloc(1, sizeof(*c)) : NULL;
	if (c)
		c->bev = bufferevent_socket_new(a->platform->base, sock,
						BEV_OPT_CLOSE_ON_FREE);
	if (c == NULL || c->bev == NULL) {
		close(sock);
		free(c);
		return;
	}
	c->admin = a;
	c->next = a->clients;
	a->clients = c;
	a->n_clients++;
	bufferevent_setcb(c->bev, on_line, NULL, on_event, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* 0660, root and the group that the configuration names. */
static int
admin_rights(const char *path, const char *group, struct errs *e)
{
	struct group *g = group[0] ? getgrnam(group) : NULL;

	if (group[0] && g == NULL)
		errs_warn(e, NULL, 0, "daemon.group: there is no group %s; root only",
			  group);
	if (chmod(path, 0660) < 0 || (g && chown(path, (uid_t)-1, g->gr_gid) < 0))
		return -errno;
	return 0;
}

int
admin_start(struct platform *p, struct errs *e)
{
	const struct model_daemon *d = &p->model.daemon;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct admin *a = calloc(1, sizeof(*a));
	int rc = -ENOMEM;

	if (a == NULL)
		goto fail;
	a->platform = p;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.*s",
		 (int)sizeof(sun.sun_path) - 1, d->control_socket);
	a->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->listener < 0)
		goto fail_errno;
	unlink(sun.sun_path); /* the lock says that nobody listens there */
	if (bind(a->listener, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		goto fail_errno;
	rc = admin_rights(sun.sun_path, d->group, e);
	if (rc < 0)
		goto fail;
	if (listen(a->listener, BACKLOG) < 0)
		goto fail_errno;
	a->acceptable =
		event_new(p->base, a->listener, EV_READ | EV_PERSIST, on_acceptable, a);
	event_add(a->acceptable, NULL);
	p->admin = a;
	return 0;
fail_errno:
	rc = -errno;
fail:
	errs_add(e, NULL, 0, "control socket %s: %s", d->control_socket, strerror(-rc));
	if (a && a->listener > 0)
		close(a->listener);
	free(a);
	return rc;
}

void
admin_stop(struct platform *p)
{
	struct admin *a = p->admin;

	if (a == NULL)
		return;
	while (a->clients)
		client_close(a->clients);
	event_free(a->acceptable);
	close(a->listener);
	unlink(p->model.daemon.control_socket);
	free(a);
	p->admin = NULL;
}
