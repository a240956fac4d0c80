/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text that came from elsewhere, made safe for a terminal, and times for people.
 */
#ifndef MVMP_CLI_TEXT_H
#define MVMP_CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes S with every control character, every character that changes the direction
 * or order of text, and every byte that is not UTF-8 as \xNN or \u{NNNN}.
 */
void text_put(FILE *f, const char *s);

/* As text_put, into a new string; the caller frees it. Never NULL. */
char *text_clean(const char *s);

/* The columns a clean text takes on the screen: one per character. */
size_t text_width(const char *s);

/* A duration such as 00:04:17 or 3d04:05:06. */
void text_duration(FILE *f, int64_t seconds);

/* A copy of S, or the end of the process: for small texts only. Never NULL. */
char *text_dup(const char *s);

#endif
