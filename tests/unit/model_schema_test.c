/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Walks the schema: no row twice, every row whole and its default acceptable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "model/model.h"
#include "model/schema.h"

static void
int_is_whole(const struct knob *k)
{
	assert_int_equal(k->size, sizeof(int64_t));
	assert_true(k->min <= k->def && k->def <= k->max);
	assert_non_null(k->unit);
	if ((k->flags & KNOB_POWER2) != 0)
		assert_int_equal(k->def & (k->def - 1), 0);
}

static void
enum_is_whole(const struct knob *k)
{
	int64_t n = 0;

	assert_int_equal(k->size, sizeof(int64_t));
	while (k->words[n] != NULL)
		n++;
	assert_true(k->def >= 0 && k->def < n);
}

static void
knob_is_whole(const struct knob *k)
{
	switch (k->type) {
	case KNOB_INT:
		int_is_whole(k);
		break;
	case KNOB_ENUM:
		enum_is_whole(k);
		break;
	case KNOB_TEXT:
		assert_true((size_t)k->max < k->size);
		assert_true(strlen(k->def_text) <= (size_t)k->max);
		break;
	case KNOB_NAME:
		assert_int_equal(k->size, MODEL_NAME_MAX);
		break;
	case KNOB_NAMES:
		assert_int_equal(k->size, sizeof(struct model_names));
		break;
	}
}

static void
knobs_are_whole(void **state)
{
	char text[256];

	(void)state;
	for (const struct knob *k = schema_knobs; k->key != NULL; k++) {
		print_message("%s.%s\n", schema_sections[k->section].key, k->key);
		assert_ptr_equal(schema_knob_find(k->section, k->key), k);
		assert_true(text_is_name(k->key, 32));
		assert_true(strlen(k->help) > 0);
		assert_true(k->offset + k->size <=
			    schema_sections[k->section].entry_size);
		knob_is_whole(k);
		schema_describe(k, text, sizeof(text));
		assert_true(strlen(text) > 0 && strlen(text) < 200);
	}
	assert_null(schema_knob_find(SECTION_NICS, "workers"));
}

/* Two knobs of a section never share a field. */
static void
fields_are_apart(void **state)
{
	(void)state;
	for (const struct knob *a = schema_knobs; a->key != NULL; a++)
		for (const struct knob *b = a + 1; b->key != NULL; b++)
			if (a->section == b->section)
				assert_true(a->offset + a->size <= b->offset ||
					    b->offset + b->size <= a->offset);
}

static void
sections_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		const struct schema_section *s = &schema_sections[i];

		assert_ptr_equal(schema_section_find(s->key), s);
		assert_true(s->max > 0 && s->entry_size > 0 && strlen(s->noun) > 0);
		assert_true(s->line_offset + sizeof(int) <= s->entry_size);
	}
	assert_null(schema_section_find("nosuch"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knobs_are_whole),
		cmocka_unit_test(fields_are_apart),
		cmocka_unit_test(sections_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
