/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A terminal screen that is drawn again and again, and the key that ends it. Used by
 * watch. What was on the terminal before comes back at the end.
 */
#ifndef MVMP_CLI_SCREEN_H
#define MVMP_CLI_SCREEN_H

#include <stdbool.h>
#include <stdio.h>
#include <termios.h>

struct screen {
	FILE *out;
	int key_fd;     /* where keys come from; -1: nowhere */
	bool has_saved; /* SAVED is to be restored */
	struct termios saved;
};

/* Takes the terminal that OUT is, and the keys of stdin if that is one too. */
void screen_open(struct screen *sc, FILE *out);

void screen_close(struct screen *sc);

/* Draws TEXT from the top left corner, cut at the terminal's right and lower edge. */
void screen_draw(struct screen *sc, const char *text);

/*
 * Reads the keys that are there. True if q is among them. Call it only when there are
 * some: at their end SC->key_fd becomes -1.
 */
bool screen_key_quits(struct screen *sc);

#endif
