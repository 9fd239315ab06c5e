/*
 * profile_stage: a program that is compiled and a profile of it that is made
 * up, opened as a dataset: for tests of what reports are made of.  Its stacks
 * are main > f > xmalloc and main > g, so that their owners are prog.c:1 and
 * prog.c:2.
 */
#ifndef DAGMEM_TESTS_UNIT_PROFILE_STAGE_H
#define DAGMEM_TESTS_UNIT_PROFILE_STAGE_H

#include "analyzer/dataset.h"
#include "analyzer/rank.h"
#include "base/error.h"
#include "profile_builder.h"
#include "workshop.h"

struct profile_stage {
	struct workshop *shop;
	struct profile_builder *builder;
	uint32_t f, g, f_in_node, mapping;      /* accounts */
	char profile[128];
	struct dataset *data;
	struct error err;
};

/* For cmocka: a test's setup and teardown.  `state` becomes the stage. */
int profile_stage_set_up(void **state);
int profile_stage_tear_down(void **state);

/* As if a call in the first bytes of `function` returned there. */
uint64_t profile_stage_place(const struct workshop_object *object, const char *function);

/* Write the profile as it is by now, and open it. */
struct dataset *profile_stage_open(struct profile_stage *stage);

/* The rows that `options` ask for. */
struct view_top profile_stage_top(struct profile_stage *stage, struct query_options options);

/* The frame is line `line` of file `name`. */
void profile_stage_assert_file(const struct view_frame *frame, const char *name, uint32_t line);

/* Live bytes that filters leave. */
uint64_t profile_stage_filtered(struct profile_stage *stage, const char *include, const char *exclude,
				bool all);

/* Write the accounts, charges and the leak check into the stage's builder. */
void profile_stage_fill(struct profile_stage *stage);

#define on_stage(test) \
	cmocka_unit_test_setup_teardown(test, profile_stage_set_up, profile_stage_tear_down)

#endif
