/*
 * reader_stage: a profile in a file of its own, and what the reader makes of it:
 * for tests of the reader.
 */
#ifndef DAGMEM_TESTS_UNIT_READER_STAGE_H
#define DAGMEM_TESTS_UNIT_READER_STAGE_H

#include "analyzer/reader.h"
#include "base/error.h"
#include "profile_builder.h"

struct reader_stage {
	struct profile_builder *builder;
	char path[64];
	struct arena arena;
	struct profile_data data;
	struct error err;
};

/* For cmocka: a test's setup and teardown.  `state` becomes the stage. */
int reader_stage_set_up(void **state);
int reader_stage_tear_down(void **state);

#define with_profile(test) cmocka_unit_test_setup_teardown(test, reader_stage_set_up, reader_stage_tear_down)

/* What was built becomes the file, its first `size` bytes or (0) all, and is read. */
int reader_stage_read(struct reader_stage *stage, size_t size);

/* main -> parse -> read_line; two accounts, two modules, one snapshot, samples. */
void reader_stage_build_typical(struct profile_builder *builder);

#endif
