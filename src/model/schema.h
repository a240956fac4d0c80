/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The schema: one table with a row for every knob of the configuration. The reader,
 * the defaults, the texts of errors and the check of the man page all follow it, so a
 * new knob is one row here, its field in model.h and the code that uses it.
 */
#ifndef MVMP_MODEL_SCHEMA_H
#define MVMP_MODEL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum schema_section_id {
	SECTION_DAEMON,
	SECTION_NICS,
	SECTION_DEVICES,
	SECTION_POLICIES,
	SECTION_NFS,
	SECTION_COUNT,
};

/* A section is one group (daemon) or a list of groups (all others). */
struct schema_section {
	const char *key;
	const char *noun; /* one entry, in texts */
	bool is_list;
	size_t max;          /* entries of a list */
	size_t entry_size;   /* of the entry's struct */
	size_t entry_offset; /* in struct model: the struct or the array */
	size_t count_offset; /* in struct model: the number of entries of a list */
	size_t line_offset;  /* in the entry's struct */
};

enum knob_type {
	KNOB_INT,   /* int64_t */
	KNOB_ENUM,  /* int64_t: the index of the word */
	KNOB_TEXT,  /* char [] */
	KNOB_NAME,  /* char []: see text_is_name */
	KNOB_NAMES, /* struct model_names */
};

#define KNOB_REQUIRED 0x1u /* there is no default */
#define KNOB_POWER2   0x2u /* only powers of two */

struct knob {
	enum schema_section_id section;
	const char *key;
	enum knob_type type;
	const char *unit;         /* "" = a plain number */
	int64_t min, max;         /* of the value; of the bytes of a text; of the names */
	int64_t def;              /* default of an int or an enum */
	const char *def_text;     /* default of a text */
	const char *const *words; /* of an enum, ended by NULL */
	unsigned int flags;
	size_t offset, size; /* the field in the entry's struct */
	const char *help;
};

/* By enum schema_section_id. */
extern const struct schema_section schema_sections[SECTION_COUNT];

/* Ordered by section; ended by a row without a key. */
extern const struct knob schema_knobs[];

/* NULL when there is none. */
const struct schema_section *schema_section_find(const char *key);
const struct knob *schema_knob_find(enum schema_section_id section, const char *key);

/* Sets every field of ENTRY, the zeroed struct of an entry of SECTION, to its default. */
void schema_defaults(enum schema_section_id section, void *entry);

/* Writes to BUF what K accepts and its default: "integer 1..16, default 1". */
void schema_describe(const struct knob *k, char *buf, size_t size);

/* Prints one line per knob: section, key, description and help, separated by tabs. */
void schema_print(FILE *f);

#endif
