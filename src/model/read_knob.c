/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads and judges one value, see read_knob.h: one function per type of knob.
 */
#include "model/read_knob.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/model.h"

void
reader_label_section(struct reader *r, enum schema_section_id id)
{
	snprintf(r->label, sizeof(r->label), "%s", schema_sections[id].key);
}

void
reader_label(struct reader *r, enum schema_section_id id, const config_setting_t *s)
{
	const config_setting_t *name = config_setting_get_member(s, "name");
	const char *text = name == NULL ? NULL : config_setting_get_string(name);
	const char *noun = schema_sections[id].noun;

	if (text == NULL)
		snprintf(r->label, sizeof(r->label), "%s", noun);
	else
		snprintf(r->label, sizeof(r->label), "%s '%.40s'", noun, text);
}

void
reader_error(struct reader *r, const config_setting_t *s, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	errs_add(r->e, r->file, (int)config_setting_source_line(s), "%s: %s", r->label,
		 text);
}

/* What S is, in the words of an error. */
static const char *
type_name(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "an integer";
	case CONFIG_TYPE_FLOAT:
		return "a float";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "a boolean";
	case CONFIG_TYPE_GROUP:
		return "a group";
	default:
		return "a list";
	}
}

static void
type_error(struct reader *r, const struct knob *k, const config_setting_t *s,
	   const char *wanted)
{
	reader_error(r, s, "%s: expected %s, found %s", k->key, wanted, type_name(s));
}

static void
int_read(struct reader *r, const struct knob *k, const config_setting_t *s,
	 int64_t *field)
{
	int type = config_setting_type(s);
	int64_t v;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		type_error(r, k, s, "an integer");
		return;
	}
	v = type == CONFIG_TYPE_INT ? config_setting_get_int(s)
				    : config_setting_get_int64(s);
	if (v < k->min || v > k->max)
		reader_error(r, s,
			     "%s: %" PRId64 " is out of range %" PRId64 "..%" PRId64,
			     k->key, v, k->min, k->max);
	else if ((k->flags & KNOB_POWER2) != 0 && (v & (v - 1)) != 0)
		reader_error(r, s,
			     "%s: %" PRId64 " is not a power of two (%" PRId64
			     "..%" PRId64 ")",
			     k->key, v, k->min, k->max);
	else
		*field = v;
}

/* true and false stand for "on" and "off" where there are such words. */
static const char *
enum_word(const config_setting_t *s)
{
	if (config_setting_type(s) == CONFIG_TYPE_BOOL)
		return config_setting_get_bool(s) ? "on" : "off";
	return config_setting_get_string(s);
}

static void
enum_read(struct reader *r, const struct knob *k, const config_setting_t *s,
	  int64_t *field)
{
	const char *word = enum_word(s);
	char text[128];

	if (word == NULL) {
		type_error(r, k, s, "a string");
		return;
	}
	for (int64_t i = 0; k->words[i] != NULL; i++) {
		if (strcmp(k->words[i], word) == 0) {
			*field = i;
			return;
		}
	}
	schema_describe(k, text, sizeof(text));
	reader_error(r, s, "%s: '%s' is unknown; must be %s", k->key, word, text);
}

static void
text_read(struct reader *r, const struct knob *k, const config_setting_t *s, char *field)
{
	const char *text = config_setting_get_string(s);
	size_t len;

	if (text == NULL) {
		type_error(r, k, s, "a string");
		return;
	}
	len = strlen(text);
	if (len > (size_t)k->max)
		reader_error(r, s, "%s: %zu bytes, at most %" PRId64 " are possible",
			     k->key, len, k->max);
	else if (len < (size_t)k->min)
		reader_error(r, s, "%s: must not be empty", k->key);
	else if (!text_is_printable(text))
		reader_error(r, s, "%s: only printable ASCII is possible in '%s'", k->key,
			     text);
	else
		text_copy(field, k->size, text);
}

/* Copies the name TEXT to FIELD; false if it is none. */
static bool
name_copy(struct reader *r, const struct knob *k, const config_setting_t *s,
	  const char *text, char *field)
{
	if (!text_is_name(text, MODEL_NAME_MAX)) {
		reader_error(r, s,
			     "%s: '%.40s' is not a name (a letter, then letters, digits, "
			     "'_', '.', '-'; at most %d bytes)",
			     k->key, text, MODEL_NAME_MAX - 1);
		return false;
	}
	text_copy(field, MODEL_NAME_MAX, text);
	return true;
}

static void
name_read(struct reader *r, const struct knob *k, const config_setting_t *s, char *field)
{
	const char *text = config_setting_get_string(s);

	if (text == NULL)
		type_error(r, k, s, "a string");
	else
		name_copy(r, k, s, text, field);
}

static void
names_read(struct reader *r, const struct knob *k, const config_setting_t *s,
	   struct model_names *field)
{
	const config_setting_t *elem;
	const char *text;
	size_t n;

	if (!config_setting_is_array(s) && !config_setting_is_list(s)) {
		type_error(r, k, s, "a list of names: [ \"A\", \"B\" ]");
		return;
	}
	n = (size_t)config_setting_length(s);
	if (n > (size_t)k->max) {
		reader_error(r, s, "%s: %zu names, at most %" PRId64 " are possible",
			     k->key, n, k->max);
		return;
	}
	field->list = calloc(n > 0 ? n : 1, sizeof(field->list[0]));
	if (field->list == NULL) {
		reader_error(r, s, "out of memory");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		elem = config_setting_get_elem(s, (unsigned int)i);
		text = config_setting_get_string(elem);
		if (text == NULL)
			type_error(r, k, elem, "a name");
		else if (name_copy(r, k, elem, text, field->list[field->n]))
			field->n++;
	}
}

/* The knob of section ID whose key is near KEY, NULL if none is. */
static const char *
key_near(enum schema_section_id id, const char *key)
{
	for (const struct knob *k = schema_knobs; k->key != NULL; k++)
		if (k->section == id && text_is_near(key, k->key))
			return k->key;
	return NULL;
}

static void
key_unknown(struct reader *r, enum schema_section_id id, const config_setting_t *s)
{
	const char *key = config_setting_name(s), *near = key_near(id, key);
	char keys[256];
	size_t n = 0;

	if (near != NULL) {
		reader_error(r, s, "unknown key '%s' (did you mean '%s'?)", key, near);
		return;
	}
	for (const struct knob *k = schema_knobs; k->key != NULL; k++)
		if (k->section == id && n < sizeof(keys))
			n += (size_t)snprintf(keys + n, sizeof(keys) - n, "%s%s",
					      n == 0 ? "" : ", ", k->key);
	reader_error(r, s, "unknown key '%s' (there are: %s)", key, keys);
}

void
knob_read(struct reader *r, enum schema_section_id id, const config_setting_t *s,
	  void *entry)
{
	const struct knob *k = schema_knob_find(id, config_setting_name(s));
	void *field;

	if (k == NULL) {
		key_unknown(r, id, s);
		return;
	}
	field = (char *)entry + k->offset;
	switch (k->type) {
	case KNOB_INT:
		int_read(r, k, s, field);
		break;
	case KNOB_ENUM:
		enum_read(r, k, s, field);
		break;
	case KNOB_TEXT:
		text_read(r, k, s, field);
		break;
	case KNOB_NAME:
		name_read(r, k, s, field);
		break;
	case KNOB_NAMES:
		names_read(r, k, s, field);
		break;
	}
}
