/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Readers of text, see text.h. Nothing here depends on the locale.
 */
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define DISTANCE_MAX 63 /* longest word compared by text_distance */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Reads digits at *S as a number up to MAX and moves *S behind them. */
static int
digits_read(const char **s, uint64_t max, uint64_t *v)
{
	const char *p = *s;
	uint64_t n = 0;
	bool fits = true;

	if (!is_digit(*p))
		return -EINVAL;
	for (; is_digit(*p); p++) {
		fits = fits && !__builtin_mul_overflow(n, 10u, &n) &&
		       !__builtin_add_overflow(n, (uint64_t)(*p - '0'), &n);
	}
	*s = p;
	if (!fits || n > max)
		return -ERANGE;
	*v = n;
	return 0;
}

int
text_int(const char *s, int64_t min, int64_t max, int64_t *v)
{
	bool negative = *s == '-';
	uint64_t n = 0;
	int64_t i;
	int rc;

	if (negative)
		s++;
	rc = digits_read(&s, (uint64_t)INT64_MAX + negative, &n);
	if (rc == -EINVAL || *s != '\0')
		return -EINVAL;
	if (rc != 0)
		return rc;
	i = negative ? (int64_t)(0 - n) : (int64_t)n;
	if (i < min || i > max)
		return -ERANGE;
	*v = i;
	return 0;
}

bool
text_is_name(const char *s, size_t size)
{
	size_t n = 0;

	if (!is_letter(*s))
		return false;
	for (; s[n] != '\0'; n++) {
		if (n + 1 >= size)
			return false;
		if (!is_letter(s[n]) && !is_digit(s[n]) && strchr("_.-", s[n]) == NULL)
			return false;
	}
	return true;
}

int
text_copy(char *dst, size_t size, const char *s)
{
	size_t n = strnlen(s, size);

	if (n == size) {
		dst[0] = '\0';
		return -ENAMETOOLONG;
	}
	memcpy(dst, s, n + 1);
	return 0;
}

static bool
is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

bool
text_is_printable(const char *s)
{
	while (is_printable(*s))
		s++;
	return *s == '\0';
}

void
text_printable(char *s)
{
	for (; *s != '\0'; s++)
		if (!is_printable(*s))
			*s = '?';
}

/* Appends CPU to the N CPUs there are; the new count or -errno. */
static int
cpus_add(unsigned int *cpus, int n, size_t max, unsigned int cpu)
{
	for (int i = 0; i < n; i++)
		if (cpus[i] == cpu)
			return -EEXIST;
	if ((size_t)n == max)
		return -E2BIG;
	cpus[n] = cpu;
	return n + 1;
}

/* Reads "3" or "3-5" at *S. */
static int
cpu_range_read(const char **s, uint64_t *first, uint64_t *last)
{
	int rc = digits_read(s, TEXT_CPU_MAX, first);

	if (rc != 0)
		return rc;
	*last = *first;
	if (**s != '-')
		return 0;
	(*s)++;
	rc = digits_read(s, TEXT_CPU_MAX, last);
	if (rc != 0)
		return rc;
	return *last < *first ? -EINVAL : 0;
}

int
text_cpus(const char *s, unsigned int *cpus, size_t max)
{
	uint64_t first, last;
	int rc, n = 0;

	if (*s == '\0')
		return 0;
	for (;;) {
		rc = cpu_range_read(&s, &first, &last);
		if (rc != 0)
			return rc;
		for (uint64_t cpu = first; cpu <= last; cpu++) {
			n = cpus_add(cpus, n, max, (unsigned int)cpu);
			if (n < 0)
				return n;
		}
		if (*s == '\0')
			return n;
		if (*s++ != ',')
			return -EINVAL;
	}
}

static unsigned int
min_u(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int
text_distance(const char *a, const char *b)
{
	unsigned int rows[3][DISTANCE_MAX + 1];
	unsigned int *before = rows[0], *prev = rows[1], *row = rows[2], *spare;
	size_t na = strnlen(a, DISTANCE_MAX + 1), nb = strnlen(b, DISTANCE_MAX + 1);

	if (na > DISTANCE_MAX || nb > DISTANCE_MAX)
		return UINT_MAX;
	for (size_t j = 0; j <= nb; j++)
		before[j] = prev[j] = (unsigned int)j;
	for (size_t i = 1; i <= na; i++) {
		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= nb; j++) {
			row[j] = min_u(prev[j - 1] + (a[i - 1] != b[j - 1]),
				       min_u(prev[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = min_u(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = prev;
		prev = row;
		row = spare;
	}
	return prev[nb];
}

bool
text_is_near(const char *typed, const char *meant)
{
	size_t n = strnlen(meant, DISTANCE_MAX);
	unsigned int limit = n < 2 ? 0 : n < 4 ? 1 : n < 8 ? 2 : 3;

	return text_distance(typed, meant) <= limit;
}
