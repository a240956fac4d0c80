/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mvctl: the operator's shell of MVMP. Reads its options, then runs the lines it was
 * given: as arguments, with -c, from a file, from stdin, or typed at a prompt.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "commands.h"
#include "session.h"
#include "shell.h"
#include "text.h"
#include "version.h"

enum { OPT_COMPLETE = 256 };

/* What was asked for on the command line. */
struct request {
	struct {
		int option; /* 'c' or 'f' */
		char *text;
	} * inputs;
	int n_inputs;
	int n_commands; /* of the inputs, those of -c */
	char label[24]; /* which of them runs, for messages: -c, or -c 2 of several */
	char **words;   /* the command given as arguments */
	int n_words;
};

static const char usage[] =
	"usage: mvctl [-j] [-s SOCKET] [COMMAND ...]\n"
	"       mvctl [-j] [-s SOCKET] {-c COMMAND | -f FILE} ...\n"
	"       mvctl -V | -h\n"
	"  -c, --command COMMAND  run COMMAND; may be given several times\n"
	"  -f, --file FILE        run the commands in FILE, - is stdin\n"
	"  -j, --json             show the daemon's answers as JSON\n"
	"  -s, --socket SOCKET    admin socket (" CLIENT_SOCKET ", or $MVMP_CTL)\n"
	"  -V, --version          show the version\n"
	"  -h, --help             show this text\n"
	"      --complete LINE    list the words that can end LINE\n"
	"Without a command: a prompt on a terminal, else the commands on stdin.\n";

static int
usage_error(const char *text, const char *what)
{
	fputs("mvctl: ", stderr);
	fprintf(stderr, "%s%s%s\n%s", text, what != NULL ? " " : "",
		what != NULL ? what : "", usage);
	return STATUS_USAGE;
}

/* Lists the words that can end LINE, for the completion of other shells. */
static int
complete(const char *line)
{
	struct parsed p;

	engine_complete(&mvctl_grammar, MODE_EXEC, line, &p);
	for (int i = 0; p.status == PARSE_OK && i < p.expected.n; i++) {
		const struct candidate *c = &p.expected.list[i];

		if (c->word != NULL ? c->word->arg == NULL : strcmp(c->text, "|") == 0)
			puts(c->text);
	}
	parsed_free(&p);
	return STATUS_OK;
}

/* Runs the lines of F until one is refused. */
static enum status
run_stream(struct session *s, FILE *f, const char *name)
{
	enum status st = STATUS_OK;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	s->file = name;
	s->line = 0;
	while (st == STATUS_OK && !s->quit && (n = getline(&line, &room, f)) >= 0) {
		s->line++;
		if (strlen(line) != (size_t)n) {
			session_error(s, "the line has a NUL character");
			st = STATUS_REFUSED;
			continue;
		}
		line[strcspn(line, "\r\n")] = '\0';
		st = session_run(s, line);
	}
	if (st == STATUS_OK && ferror(f)) {
		session_error(s, strerror(errno));
		st = STATUS_REFUSED;
	}
	free(line);
	return st;
}

static enum status
run_file(struct session *s, const char *name)
{
	enum status st;
	FILE *f;

	if (strcmp(name, "-") == 0)
		return run_stream(s, stdin, "stdin");
	f = fopen(name, "re");
	if (f == NULL) {
		fprintf(stderr, "mvctl: ");
		text_put(stderr, name);
		fprintf(stderr, ": %s\n", strerror(errno));
		return STATUS_USAGE;
	}
	st = run_stream(s, f, name);
	fclose(f);
	return st;
}

/* Runs the arguments as one line. */
static enum status
run_words(struct session *s, char **words, int n)
{
	size_t len = 1;
	enum status st;
	char *line;

	for (int i = 0; i < n; i++)
		len += strlen(words[i]) + 1;
	line = calloc(1, len);
	if (line == NULL)
		abort();
	for (int i = 0; i < n; i++) {
		if (i > 0)
			strcat(line, " ");
		strcat(line, words[i]);
	}
	st = session_run(s, line);
	free(line);
	return st;
}

/* Runs the text of the Nth -c. */
static enum status
run_command(struct session *s, struct request *rq, const char *text, int n)
{
	if (rq->n_commands > 1)
		snprintf(rq->label, sizeof(rq->label), "-c %d", n);
	else
		snprintf(rq->label, sizeof(rq->label), "-c");
	s->file = rq->label;
	s->line = 0;
	return session_run(s, text);
}

static enum status
run_request(struct session *s, struct request *rq)
{
	enum status st = STATUS_OK;
	int command = 0;

	if (rq->n_words > 0)
		return run_words(s, rq->words, rq->n_words);
	for (int i = 0; i < rq->n_inputs && st == STATUS_OK && !s->quit; i++) {
		if (rq->inputs[i].option == 'c')
			st = run_command(s, rq, rq->inputs[i].text, ++command);
		else
			st = run_file(s, rq->inputs[i].text);
	}
	if (rq->n_inputs > 0)
		return st;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return shell_run(s);
	return run_stream(s, stdin, "stdin");
}

/* Reads the options. Returns -1 to go on, or an exit status. */
static int
options_read(int argc, char **argv, struct session *s, struct request *rq)
{
	static const struct option options[] = {
		{"command", required_argument, NULL, 'c'},
		{"complete", required_argument, NULL, OPT_COMPLETE},
		{"file", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{"json", no_argument, NULL, 'j'},
		{"socket", required_argument, NULL, 's'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "c:f:hjs:V", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
		case 'f':
			rq->n_commands += opt == 'c';
			rq->inputs[rq->n_inputs].option = opt;
			rq->inputs[rq->n_inputs++].text = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return STATUS_OK;
		case 'j':
			s->always_json = true;
			break;
		case 's':
			s->client.path = optarg;
			break;
		case 'V':
			printf("mvctl %s\n", MVMP_VERSION);
			return STATUS_OK;
		case OPT_COMPLETE:
			return complete(optarg);
		default:
			fputs(usage, stderr);
			return STATUS_USAGE;
		}
	}
	rq->words = argv + optind;
	rq->n_words = argc - optind;
	return -1;
}

/* What the options do not allow together. Returns -1, or an exit status. */
static int
options_check(const struct session *s, const struct request *rq)
{
	const struct sockaddr_un *sa = NULL;

	if (rq->n_words > 0 && rq->n_inputs > 0)
		return usage_error("a command and -c or -f:", rq->words[0]);
	if (s->client.path[0] == '\0')
		return usage_error("the path of the socket is empty", NULL);
	if (strlen(s->client.path) >= sizeof(sa->sun_path))
		return usage_error("the path of the socket is longer than 107 bytes:",
				   s->client.path);
	return -1;
}

int
main(int argc, char **argv)
{
	const char *path = getenv("MVMP_CTL");
	struct session s = {.prompt_len = -1};
	struct request rq = {0};
	int st;

	setlocale(LC_CTYPE, "");
	client_init(&s.client, path != NULL && path[0] != '\0' ? path : CLIENT_SOCKET);
	rq.inputs = calloc((size_t)argc, sizeof(*rq.inputs));
	if (rq.inputs == NULL)
		abort();
	st = options_read(argc, argv, &s, &rq);
	if (st < 0)
		st = options_check(&s, &rq);
	if (st < 0)
		st = (int)run_request(&s, &rq);
	client_close(&s.client);
	free(rq.inputs);
	if (fflush(stdout) != 0 && st == STATUS_OK)
		st = STATUS_REFUSED;
	return st;
}
