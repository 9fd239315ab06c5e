#include "analyzer/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/dataset.h"
#include "analyzer/leaks.h"
#include "base/error.h"
#include "profile_builder.h"
#include "workshop.h"

/* main > f > xmalloc, main > g, the latter in a DAG node, too. */
static const char program[] =
	"void f(void) {}\n"
	"void g(void) {}\n"
	"void xmalloc(void) {}\n"
	"int main(void) { return 0; }\n";

struct stage {
	struct workshop *shop;
	struct profile_builder *builder;
	struct workshop_object object;
	uint32_t f, g, g_in_node;       /* accounts */
	char profile[128];
	struct arena arena;
	struct limits limits;
	struct dataset *data;
	struct view_check view;
	struct error err;
};

static uint64_t place_of(const struct stage *stage, const char *symbol)
{
	return PLACE(1, BUILDER_BIAS + workshop_address(&stage->object, symbol) + 1);
}

static void make_profile(struct stage *stage)
{
	struct profile_builder *builder = stage->builder;

	stage->object = workshop_object(stage->shop, "prog");
	builder_module(builder, stage->object.path, BUILDER_BIAS, BUILDER_BIAS,
		       stage->object.build_id, stage->object.build_id_bytes);
	uint32_t top = builder_node(builder, 0, place_of(stage, "main"));
	uint32_t f = builder_node(builder, top, place_of(stage, "f"));
	uint32_t g = builder_node(builder, top, place_of(stage, "g"));
	uint32_t wrapper = builder_node(builder, f, place_of(stage, "xmalloc"));

	stage->f = builder_account(builder, wrapper, 0, ACCOUNT_HEAP);
	stage->g = builder_account(builder, g, 0, ACCOUNT_HEAP);
	stage->g_in_node = builder_account(builder, g, 7, ACCOUNT_HEAP);
	builder_dag_node(builder, 7, "seventh", NULL, 0);
	builder_charge(builder, stage->f, 10, 100, 4);          /* live 600 */
	builder_charge(builder, stage->g, 3, 500, 0);           /* live 1500 */
	builder_charge(builder, stage->g_in_node, 2, 50, 0);    /* live 100 */
}

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof *stage);
	void *shop;

	if (!stage || workshop_set_up(&shop))
		return -1;
	stage->shop = shop;
	workshop_write(shop, "prog.c", program);
	if (workshop_run(shop, "gcc -g -O0 -Wl,--build-id -o prog prog.c"))
		return -1;
	stage->builder = builder_new();
	make_profile(stage);
	limits_init(&stage->limits, &stage->arena);
	snprintf(stage->profile, sizeof stage->profile, "%s/p.dagmem", stage->shop->path);
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;
	void *shop = stage->shop;

	view_check_free(&stage->view);
	dataset_free(stage->data);
	arena_release(&stage->arena);
	builder_free(stage->builder);
	free(stage);
	return workshop_tear_down(&shop);
}

static void set(struct stage *stage, const char *name, const char *value)
{
	if (limits_set(&stage->limits, name, value, &stage->err))
		fail_msg("%s", stage->err.message);
}

static int run(struct stage *stage, struct dataset *baseline)
{
	const struct dataset_options memory = { .no_cache = true };
	const struct query_options usual = { .limit = 0 };
	const struct leaks_options leaks = {
		.files = stage->limits.suppressions, .file_count = stage->limits.suppression_count,
		.today = "2026-06-15",
	};

	if (!stage->data) {
		builder_write(stage->builder, stage->profile, 0);
		if (dataset_open(&stage->data, stage->profile, &memory, &stage->err))
			fail_msg("%s", stage->err.message);
	}
	view_check_free(&stage->view);
	return check_run(stage->data, baseline, NULL, &stage->limits, &usual, &leaks, &stage->view,
			 &stage->err);
}

static const struct view_check_item *only_item(struct stage *stage, const char *name,
					       const char *value)
{
	set(stage, name, value);
	if (run(stage, NULL))
		fail_msg("%s", stage->err.message);
	return &stage->view.items[stage->view.item_count - 1];
}

static void a_limit_is_what_may_still_be_used(void **state)
{
	const struct view_check_item *item = only_item(*state, "max-live", "2200");

	assert_true(item->passed);
	assert_int_equal(item->value, 2200);
	item = only_item(*state, "max-live", "2199");
	assert_false(item->passed);
	assert_int_equal(item->value, 2200);
	assert_int_equal(item->row_count, 2);
	assert_string_equal(item->rows[0].frame.function, "g");
	assert_int_equal(item->rows[0].value, 1600);
	assert_int_equal(((struct stage *)*state)->view.failed, 1);
}

static void counts_are_no_bytes(void **state)
{
	assert_int_equal(only_item(*state, "max-allocations", "15")->value, 15);
	assert_true(only_item(*state, "max-allocations", "function:g=5")->passed);
	assert_false(only_item(*state, "max-allocations", "function:g=4")->passed);
}

static void each_row_that_matches_is_held_to_it_alone(void **state)
{
	const struct view_check_item *item = only_item(*state, "max-live", "function:?=1600");

	assert_true(item->passed);
	assert_int_equal(item->matched, 2);
	assert_int_equal(item->value, 1600);
	item = only_item(*state, "max-live", "function:*=599");
	assert_int_equal(item->over, 2);
	assert_int_equal(item->rows[1].value, 600);
	assert_string_equal(only_item(*state, "max-live", "node:sev*=1")->rows[0].name, "seventh");
	assert_int_equal(only_item(*state, "max-live", "node:(outside*=1")->rows[0].value, 2100);
	assert_false(only_item(*state, "max-live", "line:prog.c:2=1")->passed);
	assert_int_equal(only_item(*state, "max-live", "line:rog.c:2=1")->matched, 0);
	assert_false(only_item(*state, "max-live", "module:prog=1")->passed);
	assert_false(only_item(*state, "max-live", "file:*/prog.c=1")->passed);
}

static void add_leak_check(struct stage *stage)
{
	const struct leak_row rows[] = {
		{ .account = stage->f, .verdict = VERDICT_DEFINITE, .blocks = 4, .bytes = 400 },
		{ .account = stage->g, .verdict = VERDICT_INDIRECT, .holder = HELD_BY_LEAK,
		  .holder_account = stage->f, .blocks = 1, .bytes = 500 },
		{ .account = stage->g_in_node, .verdict = VERDICT_DEFINITE, .blocks = 1, .bytes = 50 },
		{ .account = stage->g, .verdict = VERDICT_POSSIBLE, .holder = HELD_BY_TAGGED,
		  .blocks = 2, .bytes = 1000 },
	};

	builder_leak_check(stage->builder, "exit",
			   builder_header(stage->builder)->start_monotonic_ns + 1000, rows, 4);
}

static void what_is_lost_counts_and_what_may_be_does_not(void **state)
{
	add_leak_check(*state);
	const struct view_check_item *item = only_item(*state, "max-leak", "949");

	assert_false(item->passed);
	assert_int_equal(item->value, 950);
	assert_string_equal(item->rows[0].frame.function, "g");
	assert_int_equal(item->rows[0].value, 550);
	assert_true(only_item(*state, "max-leak", "950")->passed);
	assert_int_equal(only_item(*state, "max-leak", "function:g=549")->rows[0].value, 550);
	assert_true(only_item(*state, "max-leak", "function:g=550")->passed);
	item = only_item(*state, "max-leak", "node:seventh=0");
	assert_int_equal(item->value, 50);
	assert_string_equal(item->rows[0].name, "seventh");
	item = only_item(*state, "max-leak", "line=0");
	assert_int_equal(item->over, 2);
	assert_int_equal(only_item(*state, "max-leak", "file:prog.c=0")->value, 950);
	assert_int_equal(only_item(*state, "max-leak", "module:prog=0")->value, 950);
	assert_int_equal(only_item(*state, "max-leak", "function:main=0")->matched, 0);
}

static void what_is_suppressed_does_not_count(void **state)
{
	struct stage *stage = *state;
	char path[128];

	add_leak_check(stage);
	workshop_write(stage->shop, "known", "leak:^g$\n");
	snprintf(path, sizeof path, "%s/known", stage->shop->path);
	set(stage, "suppressions", path);
	assert_int_equal(only_item(stage, "max-leak", "0")->value, 400);
}

static void without_a_leak_check_nothing_is_known_of_leaks(void **state)
{
	struct stage *stage = *state;

	set(stage, "max-leak", "0");
	assert_int_equal(run(stage, NULL), ERROR_NOT_FOUND);
	if (!strstr(stage->err.message, "max-leak 0: ") || !strstr(stage->err.message, "--leak-check"))
		fail_msg("%s", stage->err.message);
}

static struct dataset *other_dataset(struct stage *stage)
{
	const struct dataset_options memory = { .no_cache = true };
	struct dataset *other = NULL;
	char path[160];

	snprintf(path, sizeof path, "%s.base", stage->profile);
	builder_write(stage->builder, path, 0);
	if (dataset_open(&other, path, &memory, &stage->err))
		fail_msg("%s", stage->err.message);
	return other;
}

static const struct view_check_item *item_of(const struct view_check *view, enum check_kind kind,
					     enum check_quantity quantity)
{
	for (size_t i = 0; i < view->item_count; i++)
		if (view->items[i].kind == kind && view->items[i].quantity == quantity)
			return &view->items[i];
	fail_msg("no such item");
	return NULL;
}

static void growth_beyond_the_tolerance_fails(void **state)
{
	struct stage *stage = *state;
	struct dataset *baseline = other_dataset(stage);

	builder_charge(stage->builder, stage->g, 1, 110, 0);     /* 2310 after 2200: 5 % */
	set(stage, "tolerance", "live=110");
	assert_int_equal(run(stage, baseline), 0);
	assert_true(item_of(&stage->view, CHECK_GROWTH, CHECK_LIVE)->passed);
	set(stage, "tolerance", "live=109");
	set(stage, "tolerance", "allocations=0%");
	assert_int_equal(run(stage, baseline), 0);
	const struct view_check_item *item = item_of(&stage->view, CHECK_GROWTH, CHECK_LIVE);

	assert_false(item->passed);
	assert_int_equal(item->before, 2200);
	assert_int_equal(item->allowed, 2309);
	assert_int_equal(item->row_count, 1);
	assert_int_equal(item->rows[0].before, 1600);
	assert_int_equal(item->rows[0].value, 1710);
	assert_false(item_of(&stage->view, CHECK_GROWTH, CHECK_ALLOCATIONS)->passed);
	assert_true(item_of(&stage->view, CHECK_NEW_SITE, CHECK_LIVE)->passed);
	dataset_free(baseline);
}

static void what_the_baseline_lacks_is_new(void **state)
{
	struct stage *stage = *state;
	struct dataset *baseline = other_dataset(stage);
	uint32_t top = builder_node(stage->builder, 0, place_of(stage, "main"));
	uint32_t account = builder_account(stage->builder, top, 0, ACCOUNT_HEAP);

	builder_charge(stage->builder, account, 1, 5000, 0);
	set(stage, "tolerance", "1000%");
	set(stage, "new-site", "4999");
	assert_int_equal(run(stage, baseline), 0);
	const struct view_check_item *item = item_of(&stage->view, CHECK_NEW_SITE, CHECK_LIVE);

	assert_int_equal(item->over, 1);
	assert_int_equal(item->value, 5000);
	assert_string_equal(item->rows[0].frame.function, "main");
	set(stage, "new-site", "5000");
	assert_int_equal(run(stage, baseline), 0);
	assert_true(item_of(&stage->view, CHECK_NEW_SITE, CHECK_LIVE)->passed);
	dataset_free(baseline);
}

#define on_stage(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(a_limit_is_what_may_still_be_used),
		on_stage(counts_are_no_bytes),
		on_stage(each_row_that_matches_is_held_to_it_alone),
		on_stage(what_is_lost_counts_and_what_may_be_does_not),
		on_stage(what_is_suppressed_does_not_count),
		on_stage(without_a_leak_check_nothing_is_known_of_leaks),
		on_stage(growth_beyond_the_tolerance_fails),
		on_stage(what_the_baseline_lacks_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
