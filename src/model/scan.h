/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guard in front of libconfig, used by the reader alone. libconfig 1.5 follows
 * @include (and exits on a directory), takes time that grows with the square of some
 * inputs and cuts integers to 32 bits; it sees only text that came through here.
 */
#ifndef MVMP_MODEL_SCAN_H
#define MVMP_MODEL_SCAN_H

#include <stddef.h>

#include "base/err.h"

#define SCAN_DEPTH_MAX  16   /* groups, lists and arrays within each other */
#define SCAN_STRING_MAX 4096 /* bytes of a string; adjacent ones count as one */
#define SCAN_KEYS_MAX   64   /* keys of one group */

/*
 * Judges TEXT of LEN bytes and returns a copy for libconfig, ended by NUL, that the
 * caller frees: the same lines and meaning, without comments, each integer marked as
 * 64-bit where it must be. NULL with errors in E if the text is refused.
 */
char *scan_text(const char *file, const char *text, size_t len, struct errs *e);

#endif
