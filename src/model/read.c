/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From libconfig's tree to the model. Sections and keys are looked up in the schema;
 * nothing here knows a knob by name. Rules that look at several entries are in check.c.
 */
#include "model/read.h"

#include <errno.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/read_knob.h"
#include "model/scan.h"
#include "model/schema.h"

/* The section whose key is nearest to KEY, NULL if none is near. */
static const char *
section_near(const char *key)
{
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (text_is_near(key, schema_sections[i].key))
			return schema_sections[i].key;
	return NULL;
}

static void
section_unknown(const char *file, const config_setting_t *s, struct errs *e)
{
	const char *key = config_setting_name(s), *near = section_near(key);
	int line = (int)config_setting_source_line(s);

	if (near != NULL)
		errs_add(e, file, line, "unknown section '%s' (did you mean '%s'?)", key,
			 near);
	else
		errs_add(e, file, line,
			 "unknown section '%s' (there are: daemon, nics, devices, "
			 "policies, nfs)",
			 key);
}

/* Says that a required knob of section ID is missing in the group S. */
static void
required_check(struct reader *r, enum schema_section_id id, const config_setting_t *s)
{
	for (const struct knob *k = schema_knobs; k->key != NULL; k++)
		if (k->section == id && (k->flags & KNOB_REQUIRED) != 0 &&
		    config_setting_get_member(s, k->key) == NULL)
			reader_error(r, s, "'%s' is missing", k->key);
}

/* Reads the group S into ENTRY, the zeroed struct of section ID. */
static void
entry_read(struct reader *r, enum schema_section_id id, config_setting_t *s, void *entry)
{
	int line = (int)config_setting_source_line(s), n = config_setting_length(s);

	memcpy((char *)entry + schema_sections[id].line_offset, &line, sizeof(line));
	schema_defaults(id, entry);
	reader_label(r, id, s);
	for (int i = 0; i < n; i++)
		knob_read(r, id, config_setting_get_elem(s, (unsigned int)i), entry);
	required_check(r, id, s);
}

/* Reads the list S into the array of section ID in M. */
static void
list_read(struct reader *r, enum schema_section_id id, config_setting_t *s,
	  struct model *m)
{
	const struct schema_section *sec = &schema_sections[id];
	size_t n = (size_t)config_setting_length(s), count = 0;
	config_setting_t *group;
	char *array;

	if (n > sec->max) {
		reader_error(r, s, "%zu entries, at most %zu are possible", n, sec->max);
		n = sec->max;
	}
	if (n == 0)
		return;
	array = calloc(n, sec->entry_size);
	if (array == NULL) {
		reader_error(r, s, "out of memory");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		group = config_setting_get_elem(s, (unsigned int)i);
		if (config_setting_is_group(group))
			entry_read(r, id, group, array + count++ * sec->entry_size);
		else
			reader_error(r, group, "entry %zu is not a group { ... }", i + 1);
	}
	memcpy((char *)m + sec->entry_offset, &array, sizeof(array));
	memcpy((char *)m + sec->count_offset, &count, sizeof(count));
}

static void
section_read(struct reader *r, config_setting_t *s, struct model *m)
{
	const struct schema_section *sec = schema_section_find(config_setting_name(s));
	enum schema_section_id id;

	if (sec == NULL) {
		section_unknown(r->file, s, r->e);
		return;
	}
	id = (enum schema_section_id)(sec - schema_sections);
	reader_label_section(r, id);
	if (sec->is_list && config_setting_is_list(s))
		list_read(r, id, s, m);
	else if (!sec->is_list && config_setting_is_group(s))
		entry_read(r, id, s, (char *)m + sec->entry_offset);
	else if (sec->is_list)
		reader_error(r, s, "must be a list of groups: ( { ... }, { ... } )");
	else
		reader_error(r, s, "must be a group: { ... }");
}

/* Hands the text that scan_text let through to libconfig and its tree to the reader. */
static void
tree_read(struct model *m, const char *file, const char *clean, struct errs *e)
{
	struct reader r = {.file = file, .e = e};
	config_setting_t *root;
	config_t config;

	config_init(&config);
	if (config_read_string(&config, clean) == CONFIG_TRUE) {
		root = config_root_setting(&config);
		for (int i = 0; i < config_setting_length(root); i++)
			section_read(&r, config_setting_get_elem(root, (unsigned int)i),
				     m);
	} else {
		errs_add(e, file, config_error_line(&config), "%s",
			 config_error_text(&config));
	}
	config_destroy(&config);
}

int
model_read_text(struct model *m, const char *file, const char *text, size_t len,
		struct errs *e)
{
	int n_errors = e->n_errors;
	char *clean = scan_text(file, text, len, e);

	if (clean == NULL)
		return -EINVAL;
	schema_defaults(SECTION_DAEMON, &m->daemon);
	tree_read(m, file, clean, e);
	free(clean);
	model_check(m, file, e);
	if (e->n_errors == n_errors)
		return 0;
	model_clear(m);
	return -EINVAL;
}
