/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nothing a daemon, a file or an NF can put into a name may move the cursor, change
 * the terminal's title or answer for the operator, so it is written out instead.
 */
#include "text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * Decodes the UTF-8 character at S into *C. Returns its bytes, 0 if it is not one:
 * overlong forms, surrogates and what is beyond U+10FFFF are not.
 */
static int
utf8_get(const unsigned char *s, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	int n = s[0] < 0x80             ? 1
		: (s[0] & 0xe0) == 0xc0 ? 2
		: (s[0] & 0xf0) == 0xe0 ? 3
		: (s[0] & 0xf8) == 0xf0 ? 4
					: 0;

	if (n <= 1) {
		*c = s[0];
		return n;
	}
	*c = s[0] & (0x7fu >> n);
	for (int i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

/* Characters that print something and leave the order of the text alone. */
static bool
harmless(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} bad[] = {
		{0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
		{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},   {0xfe00, 0xfe0f},
		{0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (c >= bad[i].first && c <= bad[i].last)
			return false;
	return true;
}

void
text_put(FILE *f, const char *s)
{
	uint32_t c = 0;
	int n;

	while (*s != '\0') {
		n = utf8_get((const unsigned char *)s, &c);
		if (n > 0 && harmless(c))
			fwrite(s, 1, (size_t)n, f);
		else if (n > 1)
			fprintf(f, "\\u{%" PRIX32 "}", c);
		else
			fprintf(f, "\\x%02X", (unsigned char)*s);
		s += n > 0 ? n : 1;
	}
}

char *
text_clean(const char *s)
{
	char *buf = NULL;
	size_t len;
	FILE *f = open_memstream(&buf, &len);

	if (f == NULL)
		abort();
	text_put(f, s);
	if (fclose(f) != 0)
		abort();
	return buf;
}

size_t
text_width(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

void
text_duration(FILE *f, int64_t seconds)
{
	if (seconds >= 86400)
		fprintf(f, "%" PRId64 "d", seconds / 86400);
	fprintf(f, "%02d:%02d:%02d", (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60),
		(int)(seconds % 60));
}

char *
text_dup(const char *s)
{
	char *copy = strdup(s);

	if (copy == NULL)
		abort();
	return copy;
}
