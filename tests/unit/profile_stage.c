#include "profile_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/tick.h"

static const char program[] =
	"void f(void) {}\n"
	"void g(void) {}\n"
	"void xmalloc(void) {}\n"
	"int main(void) { return 0; }\n";

uint64_t profile_stage_place(const struct workshop_object *object, const char *function)
{
	return PLACE(1, BUILDER_BIAS + workshop_address(object, function) + 1);
}

void profile_stage_fill(struct profile_stage *stage)
{
	struct workshop_object object = workshop_object(stage->shop, "prog");
	struct profile_builder *builder = stage->builder;

	builder_module(builder, object.path, BUILDER_BIAS, BUILDER_BIAS, object.build_id,
		       object.build_id_bytes);
	uint32_t top = builder_node(builder, 0, profile_stage_place(&object, "main"));
	uint32_t f = builder_node(builder, top, profile_stage_place(&object, "f"));
	uint32_t g = builder_node(builder, top, profile_stage_place(&object, "g"));
	uint32_t wrapper = builder_node(builder, f, profile_stage_place(&object, "xmalloc"));

	stage->f = builder_account(builder, wrapper, 0, ACCOUNT_HEAP);
	stage->g = builder_account(builder, g, 0, ACCOUNT_HEAP);
	stage->f_in_node = builder_account(builder, wrapper, 7, ACCOUNT_HEAP);
	builder_dag_node(builder, 7, "seventh", NULL, 0);
	stage->mapping = builder_account(builder, g, 0, ACCOUNT_MAPPING);
	builder_charge(builder, stage->f, 10, 100, 4);          /* live 600 in 6 */
	builder_charge(builder, stage->g, 1, 500, 0);           /* live 500 in 1 */
	builder_charge(builder, stage->f_in_node, 2, 50, 0);    /* live 100 in 2 */
	builder_charge(builder, stage->mapping, 1, 8192, 0);
	builder_counter(builder, 0, stage->g)->slack_and_free = tick_beside(12, 0);
	builder_counter(builder, 0, stage->g)->temporaries = 3;
	builder_counter(builder, 0, stage->f)->epoch_and_allocation = tick_beside(1, 0);
	builder_counter(builder, 0, stage->f)->at_peak_bytes = 1000;
	builder_counter(builder, 0, stage->f)->at_peak_blocks = 10;
	builder_record(builder, RECORD_COMMAND, "prog\0arg", 9);

	const struct leak_row leaks[] = {
		{ .account = stage->f, .verdict = VERDICT_DEFINITE, .blocks = 6, .bytes = 600 },
		{ .account = stage->g, .verdict = VERDICT_REACHABLE, .holder = HELD_BY_GLOBAL,
		  .holder_place = PLACE(1, BUILDER_BIAS + 1), .blocks = 1, .bytes = 500 },
	};

	builder_leak_check(builder, "exit", builder_header(builder)->start_monotonic_ns, leaks, 2);
}

int profile_stage_set_up(void **state)
{
	struct profile_stage *stage = calloc(1, sizeof *stage);
	void *shop;

	if (!stage || workshop_set_up(&shop))
		return -1;
	stage->shop = shop;
	workshop_write(shop, "prog.c", program);
	if (workshop_run(shop, "gcc -g -O0 -Wl,--build-id -o prog prog.c"))
		return -1;
	stage->builder = builder_new();
	profile_stage_fill(stage);
	snprintf(stage->profile, sizeof stage->profile, "%s/p.dagmem", stage->shop->path);
	*state = stage;
	return 0;
}

int profile_stage_tear_down(void **state)
{
	struct profile_stage *stage = *state;
	void *shop = stage->shop;

	dataset_free(stage->data);
	builder_free(stage->builder);
	free(stage);
	return workshop_tear_down(&shop);
}

struct dataset *profile_stage_open(struct profile_stage *stage)
{
	builder_write(stage->builder, stage->profile, 0);
	dataset_free(stage->data);
	stage->data = NULL;
	if (dataset_open(&stage->data, stage->profile, NULL, &stage->err))
		fail_msg("%s", stage->err.message);
	return stage->data;
}

struct view_top profile_stage_top(struct profile_stage *stage, struct query_options options)
{
	struct view_top view;

	if (rank_top(stage->data, &options, &view, &stage->err))
		fail_msg("%s", stage->err.message);
	return view;
}

uint64_t profile_stage_filtered(struct profile_stage *stage, const char *include, const char *exclude, bool all)
{
	struct view_top view = profile_stage_top(stage, (struct query_options){
		.include = { &include, include != NULL }, .exclude = { &exclude, exclude != NULL },
		.all_frames = all });
	uint64_t bytes = view.total.bytes;

	view_top_free(&view);
	return bytes;
}

void profile_stage_assert_file(const struct view_frame *frame, const char *name, uint32_t line)
{
	assert_non_null(frame->file);
	assert_string_equal(strrchr(frame->file, '/') + 1, name);
	assert_int_equal(frame->line, line);
}
