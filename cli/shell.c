/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Line editing with libedit: the keys ?, Tab and Ctrl-C are ours, the rest are emacs'.
 * While a line is edited Ctrl-C is a key; while a command runs it is a signal.
 */
#include "shell.h"

#include <ctype.h>
#include <errno.h>
#include <histedit.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "explain.h"
#include "history.h"
#include "interrupt.h"
#include "text.h"
#include "version.h"

#define PROMPT "mvmp# "

struct shell {
	struct session *s;
	EditLine *el;
	History *lines;
	bool abandoned; /* Ctrl-C ended the line */
	char *tabbed;   /* the line at the last Tab that had nothing to add */
};

static bool shell_open(struct shell *sh);
static void shell_close(struct shell *sh);
static bool shell_line(struct shell *sh);

enum status
shell_run(struct session *s)
{
	struct shell sh = {.s = s};
	struct interrupt in;

	s->prompt_len = (int)strlen(PROMPT);
	if (!shell_open(&sh)) {
		session_error(s, "the terminal cannot be used");
		return STATUS_REFUSED;
	}
	/* Also between two lines, when the terminal makes a signal of Ctrl-C. */
	interrupt_catch(&in, false);
	printf("mvctl %s. Type ? for help.\n", MVMP_VERSION);
	while (!s->quit && shell_line(&sh))
		;
	interrupt_release(&in);
	shell_close(&sh);
	return STATUS_OK;
}

/* Reads and runs one line. False at the end of input. */
static bool
shell_line(struct shell *sh)
{
	const char *typed;
	char *line;
	int n = 0;

	sh->abandoned = false;
	typed = el_gets(sh->el, &n);
	if (sh->abandoned)
		return true; /* its length may be 0, as at the end of input */
	if (typed == NULL || n <= 0) {
		fputc('\n', stdout);
		return false;
	}
	line = text_dup(typed); /* libedit's buffer changes with the history */
	line[strcspn(line, "\n")] = '\0';
	if (line[strspn(line, " \t")] != '\0')
		lines_add(sh->lines, line);
	interrupt_clear();
	session_run(sh->s, line);
	fflush(stdout);
	free(line);
	return true;
}

static char *
prompt(EditLine *el)
{
	static char text[] = PROMPT;

	(void)el;
	return text;
}

static struct shell *
shell_of(EditLine *el)
{
	struct shell *sh = NULL;

	el_get(el, EL_CLIENTDATA, &sh);
	return sh;
}

/* The line up to the cursor; the caller frees it. */
static char *
typed_make(EditLine *el)
{
	const LineInfo *li = el_line(el);
	char *typed = strndup(li->buffer, (size_t)(li->cursor - li->buffer));

	if (typed == NULL)
		abort();
	return typed;
}

/* Moves the terminal's cursor to a new line below all that is being edited. */
static void
leave_line(EditLine *el)
{
	const LineInfo *li = el_line(el);
	char *all = strndup(li->buffer, (size_t)(li->lastchar - li->buffer));
	char *typed = typed_make(el);
	struct winsize ws = {0};
	int columns = 80, below;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		columns = ws.ws_col;
	below = ((int)(strlen(PROMPT) + text_width(all)) / columns) -
		((int)(strlen(PROMPT) + text_width(typed)) / columns);
	for (int i = 0; i <= below; i++)
		fputc('\n', stdout);
	free(typed);
	free(all);
}

/* Draws the prompt and the line again after something was printed below them. */
static unsigned char
draw_again(EditLine *el)
{
	fflush(stdout);
	el_set(el, EL_REFRESH);
	return CC_NORM;
}

/* Prints what can follow, or why nothing can. */
static void
candidates_show(struct shell *sh, const char *typed, const struct parsed *p)
{
	struct place_shown ps = {.where = "", .prompt_len = -1, .width = 80};

	leave_line(sh->el);
	if (p->status != PARSE_OK)
		explain_error(stdout, typed, p, &ps);
	else if (p->expected.n == 0)
		fputs("% Nothing fits here.\n", stdout);
	else
		explain_candidates(stdout, &p->expected);
}

static unsigned char
key_help(EditLine *el, int ch)
{
	struct shell *sh = shell_of(el);
	char *typed = typed_make(el);
	struct parsed p;

	(void)ch;
	engine_complete(&mvctl_grammar, MODE_EXEC, typed, &p);
	candidates_show(sh, typed, &p);
	parsed_free(&p);
	free(typed);
	return draw_again(el);
}

/* How many characters all keywords of C have in common. */
static size_t
common_length(const struct candidates *c)
{
	size_t n = strlen(c->list[0].text), k;

	for (int i = 1; i < c->n_words; i++) {
		for (k = 0; k < n && c->list[i].text[k] == c->list[0].text[k]; k++)
			;
		n = k;
	}
	return n;
}

/* Adds to the word what is certain. False when nothing is. */
static bool
word_complete(EditLine *el, const char *typed, const struct parsed *p)
{
	const struct candidates *c = &p->expected;
	size_t have = strlen(typed + p->word_at), want;
	char *add;

	if (p->status != PARSE_OK || c->n_words == 0)
		return false;
	for (int i = 0; i < c->n_words; i++)
		if (c->list[i].word->arg != NULL)
			return false;
	want = common_length(c);
	if (want < have || (want == have && c->n_words > 1))
		return false;
	if (asprintf(&add, "%.*s%s", (int)(want - have), c->list[0].text + have,
		     c->n_words == 1 ? " " : "") < 0)
		abort();
	el_insertstr(el, add);
	free(add);
	return true;
}

static unsigned char
key_tab(EditLine *el, int ch)
{
	struct shell *sh = shell_of(el);
	char *typed = typed_make(el);
	unsigned char r = CC_REFRESH_BEEP;
	struct parsed p;
	bool again = sh->tabbed != NULL && strcmp(sh->tabbed, typed) == 0;

	(void)ch;
	free(sh->tabbed);
	sh->tabbed = NULL;
	engine_complete(&mvctl_grammar, MODE_EXEC, typed, &p);
	if (word_complete(el, typed, &p)) {
		r = CC_REFRESH;
	} else if (again) {
		candidates_show(sh, typed, &p);
		r = draw_again(el);
	} else {
		sh->tabbed = text_dup(typed);
	}
	parsed_free(&p);
	free(typed);
	return r;
}

static unsigned char
key_abandon(EditLine *el, int ch)
{
	const LineInfo *li = el_line(el);

	(void)ch;
	shell_of(el)->abandoned = true;
	if (li->cursor == li->lastchar)
		fputs("^C", stdout); /* elsewhere it would cover the line */
	leave_line(el);
	fflush(stdout);
	return CC_NEWLINE;
}

static bool
shell_open(struct shell *sh)
{
	sh->el = el_init("mvctl", stdin, stdout, stderr);
	if (sh->el == NULL)
		return false;
	sh->lines = lines_open();
	if (sh->lines == NULL) {
		el_end(sh->el);
		return false;
	}
	el_set(sh->el, EL_CLIENTDATA, sh);
	el_set(sh->el, EL_PROMPT, prompt);
	el_set(sh->el, EL_EDITOR, "emacs");
	el_set(sh->el, EL_SIGNAL, 1);
	el_set(sh->el, EL_HIST, history, sh->lines);
	el_set(sh->el, EL_SETTY, "-d", "-isig", NULL);
	/* The wide form: the other one keeps copies that are never freed. */
	el_wset(sh->el, EL_ADDFN, L"mvctl-help", L"What can follow", key_help);
	el_wset(sh->el, EL_ADDFN, L"mvctl-tab", L"Complete the word", key_tab);
	el_wset(sh->el, EL_ADDFN, L"mvctl-abandon", L"Abandon the line", key_abandon);
	el_set(sh->el, EL_BIND, "?", "mvctl-help", NULL);
	el_set(sh->el, EL_BIND, "\t", "mvctl-tab", NULL);
	el_set(sh->el, EL_BIND, "^C", "mvctl-abandon", NULL);
	el_set(sh->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	return true;
}

static void
shell_close(struct shell *sh)
{
	lines_close(sh->lines);
	el_end(sh->el);
	free(sh->tabbed);
}
