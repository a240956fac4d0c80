/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The few control sequences every terminal of the last decades knows: alternate
 * screen, cursor home, clear to the end.
 */
#include "screen.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ESC "\033["

void
screen_open(struct screen *sc, FILE *out)
{
	struct termios raw;

	*sc = (struct screen){.out = out, .key_fd = -1};
	if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &sc->saved) == 0) {
		raw = sc->saved;
		/* Ctrl-C stays a signal: it also ends a wait for the daemon. */
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VSUSP] = _POSIX_VDISABLE;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
		sc->key_fd = STDIN_FILENO;
		sc->has_saved = true;
	}
	fputs(ESC "?1049h" ESC "?25l" ESC "2J", out);
	fflush(out);
}

void
screen_close(struct screen *sc)
{
	fputs(ESC "?25h" ESC "?1049l", sc->out);
	fflush(sc->out);
	if (sc->has_saved)
		tcsetattr(STDIN_FILENO, TCSANOW, &sc->saved);
}

/* Writes at most COLUMNS characters of the line at S. */
static void
line_draw(FILE *out, const char *s, const char *end, int columns)
{
	for (; s < end; s++) {
		if ((*s & 0xc0) != 0x80 && columns-- <= 0)
			break;
		fputc(*s, out);
	}
	fputs(ESC "K", out);
}

void
screen_draw(struct screen *sc, const char *text)
{
	struct winsize ws = {.ws_row = 24, .ws_col = 80};
	const char *more = "... (the terminal is too small for the rest)", *end;
	int row = 1;

	ioctl(fileno(sc->out), TIOCGWINSZ, &ws);
	if (ws.ws_row == 0 || ws.ws_col == 0)
		ws = (struct winsize){.ws_row = 24, .ws_col = 80};
	fputs(ESC "H", sc->out);
	for (; *text != '\0' && row <= ws.ws_row; row++) {
		end = text + strcspn(text, "\n");
		if (row > 1)
			fputs("\r\n", sc->out);
		if (row == ws.ws_row && end[0] != '\0' && end[1] != '\0')
			line_draw(sc->out, more, more + strlen(more), ws.ws_col);
		else
			line_draw(sc->out, text, end, ws.ws_col);
		text = end + (*end != '\0');
	}
	fputs(ESC "J", sc->out);
	fflush(sc->out);
}

bool
screen_key_quits(struct screen *sc)
{
	char keys[64];
	ssize_t n = read(sc->key_fd, keys, sizeof(keys));

	if (n <= 0) {
		sc->key_fd = -1;
		return false;
	}
	return memchr(keys, 'q', (size_t)n) != NULL ||
	       memchr(keys, 'Q', (size_t)n) != NULL;
}
