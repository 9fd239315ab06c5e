#include "reader_stage.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int reader_stage_set_up(void **state)
{
	struct reader_stage *stage = calloc(1, sizeof *stage);

	strcpy(stage->path, "/tmp/dagmem-test-reader-XXXXXX");
	close(mkstemp(stage->path));
	stage->builder = builder_new();
	*state = stage;
	return 0;
}

int reader_stage_tear_down(void **state)
{
	struct reader_stage *stage = *state;

	unlink(stage->path);
	arena_release(&stage->arena);
	builder_free(stage->builder);
	free(stage);
	return 0;
}

int reader_stage_read(struct reader_stage *stage, size_t size)
{
	builder_write(stage->builder, stage->path, size);
	arena_release(&stage->arena);
	stage->err = (struct error)ERROR_INIT;
	return reader_read(stage->path, &stage->arena, &stage->data, &stage->err);
}

void reader_stage_build_typical(struct profile_builder *builder)
{
	static const uint8_t build_id[] = { 1, 2, 3, 4 };
	uint32_t program = builder_module(builder, "/opt/app", BUILDER_BIAS, BUILDER_BIAS, build_id, 4);
	uint32_t library = builder_module(builder, "/opt/lib.so", BUILDER_BIAS + 0x2000000,
					  BUILDER_BIAS + 0x2000000, NULL, 0);
	uint32_t outer = builder_node(builder, 0, PLACE(program, BUILDER_BIAS + 0x100));
	uint32_t middle = builder_node(builder, outer, PLACE(program, BUILDER_BIAS + 0x200));
	uint32_t inner = builder_node(builder, middle, PLACE(library, BUILDER_BIAS + 0x2000300));
	uint32_t heap = builder_account(builder, inner, 0, ACCOUNT_HEAP);
	uint32_t mapping = builder_account(builder, middle, 7, ACCOUNT_MAPPING);
	struct snapshot_row row = { .account = heap, .allocations = 3, .allocated_bytes = 300,
				    .frees = 1, .freed_bytes = 100 };

	builder_charge(builder, heap, 10, 100, 4);
	builder_charge(builder, mapping, 1, 4096, 0);
	builder_record(builder, RECORD_COMMAND, "app\0-x\0file", 12);
	builder_record(builder, RECORD_EXECUTABLE, "/opt/app", 9);
	builder_record(builder, RECORD_NOTE, "something to say", 17);
	builder_sample(builder, 2000, 100, 0, 1);
	builder_sample(builder, 3000, 600, 4096, 10);
	builder_rss(builder, 2500, 1 << 20);
	builder_snapshot(builder, "half way", SNAPSHOT_NAMED, 2500, &row, 1);
}
