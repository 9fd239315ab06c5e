#include "analyzer/stacks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/dataset.h"
#include "analyzer/rank.h"
#include "base/error.h"
#include "profile/tick.h"
#include "profile_builder.h"
#include "workshop.h"

/*
 * main > f, into which g is inlined, in and outside a DAG node; main > h, which
 * has a mapping, too; main itself, which freed all it had.
 */
static const char program[] =
	"#include <stdlib.h>\n"
	"static inline __attribute__((always_inline)) void *g(size_t n)\n"      /* 2 */
	"{\n"
	"	void *p = malloc(n);\n"                                         /* 4 */
	"	__asm__ volatile(\".globl behind_the_call\\nbehind_the_call: nop\" ::: \"memory\");\n"
	"	return p;\n"
	"}\n"
	"__attribute__((noinline)) void *f(size_t n)\n"
	"{\n"
	"	char *p = g(n);\n"
	"	if (p)\n"
	"		*p = 1;\n"
	"	return p;\n"
	"}\n"
	"__attribute__((noinline)) void h(void) { __asm__ volatile(\"\"); }\n"
	"int main(void) { h(); return f(3) == NULL; }\n";

struct stage {
	struct workshop *shop;
	struct profile_builder *builder;
	uint32_t f, f_in_node, h, mapping, gone;
	char profile[128];
	struct dataset *data;
	struct error err;
};

static uint64_t place(uint64_t address)
{
	return PLACE(1, BUILDER_BIAS + address);
}

static void charge(struct stage *stage)
{
	struct profile_builder *builder = stage->builder;

	builder_charge(builder, stage->f, 10, 100, 4);          /* live 600 in 6 */
	builder_charge(builder, stage->f_in_node, 2, 50, 0);    /* live 100 in 2 */
	builder_charge(builder, stage->h, 1, 500, 0);           /* live 500 in 1 */
	builder_charge(builder, stage->mapping, 1, 8192, 0);
	builder_charge(builder, stage->gone, 3, 7, 3);          /* live nothing */
	builder_counter(builder, 0, stage->h)->slack_and_free = tick_beside(12, 0);
	builder_counter(builder, 0, stage->h)->temporaries = 3;
	builder_counter(builder, 0, stage->f)->epoch_and_allocation = tick_beside(1, 0);
	builder_counter(builder, 0, stage->f)->at_peak_bytes = 1000;
	builder_counter(builder, 0, stage->f)->at_peak_blocks = 10;
}

static void make_profile(struct stage *stage)
{
	struct workshop_object object = workshop_object(stage->shop, "prog");
	struct profile_builder *builder = stage->builder;

	builder_module(builder, object.path, BUILDER_BIAS, BUILDER_BIAS, object.build_id,
		       object.build_id_bytes);
	uint32_t top = builder_node(builder, 0, place(workshop_address(&object, "main") + 1));
	uint32_t other = builder_node(builder, 0, place(workshop_address(&object, "main") + 2));
	uint32_t f = builder_node(builder, top, place(workshop_address(&object, "behind_the_call")));
	uint32_t h = builder_node(builder, top, place(workshop_address(&object, "h") + 1));

	stage->gone = builder_account(builder, other, 0, ACCOUNT_HEAP);
	stage->f = builder_account(builder, f, 0, ACCOUNT_HEAP);
	stage->f_in_node = builder_account(builder, f, 7, ACCOUNT_HEAP);
	builder_dag_node(builder, 7, "seventh", NULL, 0);
	stage->h = builder_account(builder, h, 0, ACCOUNT_HEAP);
	stage->mapping = builder_account(builder, h, 0, ACCOUNT_MAPPING);
	charge(stage);
	builder_record(builder, RECORD_COMMAND, "prog\0arg", 9);
}

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof *stage);
	void *shop;

	if (!stage || workshop_set_up(&shop))
		return -1;
	stage->shop = shop;
	workshop_write(shop, "prog.c", program);
	if (workshop_run(shop, "gcc -g -O2 -fno-builtin -Wl,--build-id -o prog prog.c"))
		return -1;
	stage->builder = builder_new();
	make_profile(stage);
	snprintf(stage->profile, sizeof stage->profile, "%s/p.dagmem", stage->shop->path);
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;
	void *shop = stage->shop;

	dataset_free(stage->data);
	builder_free(stage->builder);
	free(stage);
	return workshop_tear_down(&shop);
}

static void open_profile(struct stage *stage)
{
	builder_write(stage->builder, stage->profile, 0);
	if (dataset_open(&stage->data, stage->profile, NULL, &stage->err))
		fail_msg("%s", stage->err.message);
}

static struct view_stacks stacks(struct stage *stage, struct query_options options, bool snapshots)
{
	struct view_stacks view;

	if (!stage->data)
		open_profile(stage);
	if (stacks_read(stage->data, &options, snapshots, &view, &stage->err))
		fail_msg("%s", stage->err.message);
	return view;
}

/* The functions of a stack, outermost first: "main>f>g". */
static void stack_text(const struct view_stacks *view, uint32_t call, char *text, size_t size)
{
	if (!call) {
		text[0] = '\0';
		return;
	}
	stack_text(view, view->calls[call].parent, text, size);
	const struct view_place *at = &view->places[view->calls[call].place];

	for (uint32_t i = at->count; i-- > 0;) {
		size_t length = strlen(text);

		snprintf(text + length, size - length, "%s%s", length ? ">" : "",
			 view->frames[view->place_frames[at->first + i]].function);
	}
}

static const struct view_stack *find(const struct view_stacks *view, const char *stack,
				      const char *node, enum view_kind kind)
{
	char text[128];

	for (size_t i = 0; i < view->stack_count; i++) {
		const struct view_stack *found = &view->stacks[i];

		stack_text(view, found->call, text, sizeof text);
		if (!strcmp(text, stack) && !strcmp(view->nodes[found->node], node) &&
		    found->kind == kind)
			return found;
	}
	fail_msg("no charge of %s in %s", stack, node);
	return NULL;
}

static void assert_total(struct view_total total, uint64_t bytes, uint64_t count)
{
	assert_int_equal(total.bytes, bytes);
	assert_int_equal(total.count, count);
}

static void every_stack_is_there_with_all_its_values(void **state)
{
	struct view_stacks view = stacks(*state, (struct query_options){ 0 }, false);
	const struct view_stack *f = find(&view, "main>f>g", VIEW_OUTSIDE_NODES, VIEW_HEAP);
	const struct view_stack *h = find(&view, "main>h", VIEW_OUTSIDE_NODES, VIEW_HEAP);

	assert_int_equal(view.stack_count, 5);
	assert_total(f->live, 600, 6);
	assert_total(f->peak, 1000, 10);
	assert_total(f->total, 1000, 10);
	assert_total(h->live, 500, 1);
	assert_int_equal(h->live.usable_bytes, 512);
	assert_int_equal(h->temporaries, 3);
	assert_total(find(&view, "main>f>g", "seventh", VIEW_HEAP)->live, 100, 2);
	assert_total(find(&view, "main>h", VIEW_OUTSIDE_NODES, VIEW_MAPPING)->live, 8192, 1);
	assert_total(find(&view, "main", VIEW_OUTSIDE_NODES, VIEW_HEAP)->total, 21, 3);
	assert_string_equal(view.at, "exit");
	assert_false(view.filtered);
	view_stacks_free(&view);
}

static void an_owner_is_the_frame_that_top_shows(void **state)
{
	struct view_stacks view = stacks(*state, (struct query_options){ 0 }, false);
	const struct view_stack *f = find(&view, "main>f>g", VIEW_OUTSIDE_NODES, VIEW_HEAP);

	assert_string_equal(view.frames[f->owner].function, "g");
	assert_int_equal(view.frames[f->owner].line, 4);
	view_stacks_free(&view);
}

static void places_know_their_module_and_address(void **state)
{
	struct stage *stage = *state;
	struct view_stacks view = stacks(stage, (struct query_options){ 0 }, false);
	struct workshop_object object = workshop_object(stage->shop, "prog");
	const struct view_stack *h = find(&view, "main>h", VIEW_OUTSIDE_NODES, VIEW_HEAP);
	const struct view_place *at = &view.places[view.calls[h->call].place];

	assert_int_equal(at->address, workshop_address(&object, "h") + 1);
	assert_int_equal(at->module, 1);
	assert_string_equal(view.modules[0].path, object.path);
	assert_int_equal(strlen(view.modules[0].build_id), 2 * object.build_id_bytes);
	assert_int_equal(view.modules[0].bias, BUILDER_BIAS);
	view_stacks_free(&view);
}

static void what_is_filtered_out_leaves_no_trace(void **state)
{
	const char *globs[] = { "function:h" };
	struct query_options options = { .include = { globs, 1 } };
	struct view_stacks view = stacks(*state, options, false);

	assert_int_equal(view.stack_count, 2);
	assert_int_equal(view.call_count, 3);
	assert_int_equal(view.frame_count, 2);
	assert_true(view.filtered);
	view_stacks_free(&view);
}

static void one_node_alone(void **state)
{
	struct view_stacks view = stacks(*state, (struct query_options){ .node = "seventh" }, false);

	assert_int_equal(view.stack_count, 1);
	assert_total(view.stacks[0].live, 100, 2);
	view_stacks_free(&view);
}

static struct view_total sum(const struct view_stacks *view)
{
	struct view_total total = { 0, 0, 0 };

	for (size_t i = 0; i < view->stack_count; i++) {
		if (view->stacks[i].kind != VIEW_HEAP)
			continue;
		total.bytes += view->stacks[i].live.bytes;
		total.count += view->stacks[i].live.count;
		total.usable_bytes += view->stacks[i].live.usable_bytes;
	}
	return total;
}

static void sums_are_those_of_top(void **state)
{
	static const char *const moments[] = { NULL, "peak", "here" };
	struct stage *stage = *state;
	struct snapshot_row row = { .account = stage->f, .allocations = 3, .allocated_bytes = 300,
				    .slack_bytes = 9 };

	builder_snapshot(stage->builder, "here", SNAPSHOT_NAMED, 3000, &row, 1);
	for (int i = 0; i < 3; i++) {
		struct query_options options = { .at = moments[i] };
		struct view_stacks view = stacks(stage, options, false);
		struct view_total total = sum(&view);
		struct view_top top;

		assert_int_equal(rank_top(stage->data, &options, &top, &stage->err), 0);
		assert_true(total.bytes > 0);
		assert_memory_equal(&total, &top.total, sizeof total);
		assert_string_equal(view.at, top.at);
		view_top_free(&top);
		view_stacks_free(&view);
	}
}

static void snapshots_come_by_time_with_their_stacks(void **state)
{
	struct stage *stage = *state;
	struct snapshot_row early = { .account = stage->h, .allocations = 1, .allocated_bytes = 500 };
	struct snapshot_row late[] = {
		{ .account = stage->f, .allocations = 3, .allocated_bytes = 300, .frees = 1,
		  .freed_bytes = 100 },
		{ .account = stage->f_in_node, .allocations = 1, .allocated_bytes = 50 },
	};

	builder_snapshot(stage->builder, "late", SNAPSHOT_NAMED, 3000, late, 2);
	builder_snapshot(stage->builder, "early", SNAPSHOT_AUTOMATIC, 2000, &early, 1);
	struct view_stacks view = stacks(stage, (struct query_options){ .node = VIEW_OUTSIDE_NODES },
					 true);

	assert_int_equal(view.snapshot_count, 2);
	assert_string_equal(view.snapshots[0].mark.label, "early");
	assert_true(view.snapshots[0].mark.automatic);
	assert_int_equal(view.snapshots[1].row_count, 1);
	const struct view_snapshot_row *row = &view.snapshots[1].rows[0];

	assert_ptr_equal(&view.stacks[row->stack],
			 find(&view, "main>f>g", VIEW_OUTSIDE_NODES, VIEW_HEAP));
	assert_total(row->live, 200, 2);
	assert_total(row->total, 300, 3);
	view_stacks_free(&view);
}

static void what_is_not_there_is_told(void **state)
{
	struct stage *stage = *state;
	struct query_options no_label = { .at = "never" }, no_node = { .node = "nobody" };
	struct view_stacks view;

	open_profile(stage);
	assert_int_equal(stacks_read(stage->data, &no_label, false, &view, &stage->err),
			 ERROR_NOT_FOUND);
	assert_int_equal(stacks_read(stage->data, &no_node, false, &view, &stage->err),
			 ERROR_NOT_FOUND);
}

#define on_stage(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(every_stack_is_there_with_all_its_values),
		on_stage(an_owner_is_the_frame_that_top_shows),
		on_stage(places_know_their_module_and_address),
		on_stage(what_is_filtered_out_leaves_no_trace),
		on_stage(one_node_alone),
		on_stage(sums_are_those_of_top),
		on_stage(snapshots_come_by_time_with_their_stacks),
		on_stage(what_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
