/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One setting of libconfig's tree into one field of an entry, as the schema says. Used
 * by read.c alone.
 */
#ifndef MVMP_MODEL_READ_KNOB_H
#define MVMP_MODEL_READ_KNOB_H

#include <libconfig.h>

#include "base/err.h"
#include "model/schema.h"

/* Where the reader is. */
struct reader {
	const char *file;
	struct errs *e;
	char label[64]; /* the entry being read, in texts: "NIC 'NIC1'" */
};

/* What errors are about from now on: a section, or the entry S of it. */
void reader_label_section(struct reader *r, enum schema_section_id id);
void reader_label(struct reader *r, enum schema_section_id id, const config_setting_t *s);

/* Adds an error at the line of S, with the label in front. */
void reader_error(struct reader *r, const config_setting_t *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Reads S into the field of ENTRY that section ID has for its key. What is wrong goes
 * to the reader's errors and leaves the default.
 */
void knob_read(struct reader *r, enum schema_section_id id, const config_setting_t *s,
	       void *entry);

#endif
