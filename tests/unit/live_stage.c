#include "live_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char program[] =
	"void f(void) {}\n"
	"void g(void) {}\n"
	"void h(void) {}\n"
	"void xmalloc(void) {}\n"
	"int main(void) { return 0; }\n";

uint32_t live_stage_node(struct live_stage *stage, uint32_t parent, const char *function)
{
	uint64_t address = workshop_address(&stage->object, function);

	return builder_node(stage->builder, parent, PLACE(1, BUILDER_BIAS + address + 1));
}

static void make_profile(struct live_stage *stage)
{
	struct profile_builder *builder = stage->builder;

	stage->object = workshop_object(stage->shop, "prog");
	builder_module(builder, stage->object.path, BUILDER_BIAS, BUILDER_BIAS, stage->object.build_id,
		       stage->object.build_id_bytes);
	stage->main = live_stage_node(stage, 0, "main");
	uint32_t f = live_stage_node(stage, live_stage_node(stage, stage->main, "f"), "xmalloc");

	stage->f = builder_account(builder, f, 0, ACCOUNT_HEAP);
	stage->g = builder_account(builder, live_stage_node(stage, stage->main, "g"), 0, ACCOUNT_HEAP);
	stage->in_node = builder_account(builder, f, 1, ACCOUNT_HEAP);
	builder_dag_node(builder, 1, "join", NULL, 0);
	builder_charge(builder, stage->f, 10, 100, 4);          /* live 600 in 6 */
	builder_charge(builder, stage->g, 1, 500, 0);
	builder_charge(builder, stage->in_node, 2, 50, 0);
	builder_shard(builder, 0)->net_bytes = 1200;
	builder_header(builder)->peak_bytes = 1230;
	builder_record(builder, RECORD_COMMAND, "prog\0arg", 9);
}

void live_stage_look(struct live_stage *stage)
{
	builder_write(stage->builder, stage->profile, 0);
	stage->now_ns += 1000000000;
	assert_int_equal(live_look(stage->live, stage->now_ns, &stage->err), 0);
}

int live_stage_set_up(void **state)
{
	const struct live_options options = { .by = BY_LINE };
	struct live_stage *stage = calloc(1, sizeof *stage);
	void *shop;

	if (!stage || workshop_set_up(&shop))
		return -1;
	stage->shop = shop;
	workshop_write(stage->shop, "prog.c", program);
	if (workshop_run(stage->shop, "gcc -g -O0 -o prog prog.c"))
		return -1;
	stage->builder = builder_new();
	make_profile(stage);
	snprintf(stage->profile, sizeof stage->profile, "%s/p.dagmem", stage->shop->path);
	builder_write(stage->builder, stage->profile, 0);
	*state = stage;
	stage->now_ns = builder_header(stage->builder)->start_monotonic_ns + 1000000000;
	return live_open(&stage->live, stage->profile, &options, stage->now_ns, &stage->err);
}

int live_stage_tear_down(void **state)
{
	struct live_stage *stage = *state;
	void *shop = stage->shop;

	live_free(stage->live);
	builder_free(stage->builder);
	arena_release(&stage->arena);
	free(stage);
	return workshop_tear_down(&shop);
}
