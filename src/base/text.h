/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small readers of text that came from outside: integers, names, CPU lists. Each is
 * bounded, allocates nothing and has no state. Used by the model, the shell and main.
 */
#ifndef MVMP_BASE_TEXT_H
#define MVMP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_CPU_MAX 1023 /* highest CPU number in a list */

/*
 * Reads the whole of S as a decimal integer, with an optional '-', into *V. -EINVAL:
 * not an integer; -ERANGE: outside MIN..MAX. *V is written on success only.
 */
int text_int(const char *s, int64_t min, int64_t max, int64_t *v);

/* [A-Za-z][A-Za-z0-9_.-]*, at most SIZE bytes including the NUL. */
bool text_is_name(const char *s, size_t size);

/* Copies S to DST of SIZE bytes; -ENAMETOOLONG (and DST "") when it does not fit. */
int text_copy(char *dst, size_t size, const char *s);

/* Whether S has printable ASCII only: it can go into a log or JSON as it is. */
bool text_is_printable(const char *s);

/* Makes S, which somebody else wrote, fit for that: other bytes become '?'. */
void text_printable(char *s);

/*
 * Reads a CPU list such as "1,3-4" into CPUS (room for MAX) in the order written. The
 * count, or -EINVAL: not a list; -ERANGE: a CPU above TEXT_CPU_MAX; -EEXIST: a CPU
 * twice; -E2BIG: more than MAX. "" is an empty list.
 */
int text_cpus(const char *s, unsigned int *cpus, size_t max);

/*
 * How many letters must be changed, added, removed or swapped with their neighbour to
 * make B of A; UINT_MAX when either is longer than 63 bytes.
 */
unsigned int text_distance(const char *a, const char *b);

/* Whether MEANT is near enough to TYPED to be proposed ("did you mean"). */
bool text_is_near(const char *typed, const char *meant);

#endif
