/* leaks: from a check's pages to the rows that people see. */
#include "analyzer/leaks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "analyzer/dataset.h"
#include "analyzer/reader.h"
#include "base/error.h"
#include "profile/tick.h"
#include "profile_builder.h"
#include "reports/json_parts.h"
#include "reports/names.h"
#include "workshop.h"

/*
 * A program is compiled, and a profile of it made up: its stacks are main > f >
 * xmalloc and main > g; globals are where the compiler put them.
 */
static const char program[] =
	"void *cache[8];\n"
	"static void *hidden;\n"
	"void f(void) { hidden = cache; }\n"
	"void g(void) { static void *once; once = hidden; (void)once; }\n"
	"void xmalloc(void) {}\n"
	"int main(void) { f(); g(); return 0; }\n";

enum { SECOND = 1000000000 };

struct stage {
	struct workshop *shop;
	struct profile_builder *builder;
	struct workshop_object object;
	uint32_t f, g, g_in_node;       /* accounts */
	char profile[128];
	struct dataset *data;
	struct view_leaks view;
	struct error err;
};

static uint64_t place_of(const struct stage *stage, const char *symbol, uint64_t offset)
{
	return PLACE(1, BUILDER_BIAS + workshop_address(&stage->object, symbol) + offset);
}

static void make_profile(struct stage *stage)
{
	struct profile_builder *builder = stage->builder;

	stage->object = workshop_object(stage->shop, "prog");
	builder_module(builder, stage->object.path, BUILDER_BIAS, BUILDER_BIAS,
		       stage->object.build_id, stage->object.build_id_bytes);
	uint32_t top = builder_node(builder, 0, place_of(stage, "main", 1));
	uint32_t f = builder_node(builder, top, place_of(stage, "f", 1));
	uint32_t g = builder_node(builder, top, place_of(stage, "g", 1));
	uint32_t wrapper = builder_node(builder, f, place_of(stage, "xmalloc", 1));

	stage->f = builder_account(builder, wrapper, 0, ACCOUNT_HEAP);
	stage->g = builder_account(builder, g, 0, ACCOUNT_HEAP);
	stage->g_in_node = builder_account(builder, g, 7, ACCOUNT_HEAP);
	builder_dag_node(builder, 7, "seventh", NULL, 0);
	builder_charge(builder, stage->f, 10, 100, 4);
	builder_charge(builder, stage->g, 3, 500, 0);
	builder_charge(builder, stage->g_in_node, 2, 50, 0);
	builder_header(builder)->end_monotonic_ns = builder_header(builder)->start_monotonic_ns +
						    UINT64_C(20) * SECOND;
}

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof *stage);
	void *shop;

	assert_non_null(stage);
	workshop_set_up(&shop);
	stage->shop = shop;
	workshop_write(stage->shop, "prog.c", program);
	assert_int_equal(workshop_run(stage->shop, "${CC:-cc} -g -O0 -o prog prog.c"), 0);
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

	view_leaks_free(&stage->view);
	dataset_free(stage->data);
	builder_free(stage->builder);
	workshop_tear_down(&shop);
	free(stage);
	return 0;
}

static int find(struct stage *stage, struct leaks_options options)
{
	const struct dataset_options memory = { .no_cache = true };

	if (!stage->data) {
		builder_write(stage->builder, stage->profile, 0);
		if (dataset_open(&stage->data, stage->profile, &memory, &stage->err))
			fail_msg("%s", stage->err.message);
	}
	view_leaks_free(&stage->view);
	options.today = "2026-06-15";
	return leaks_find(stage->data, &options, &stage->view, &stage->err);
}

static const struct view_leaks *found(struct stage *stage, struct leaks_options options)
{
	if (find(stage, options))
		fail_msg("%s", stage->err.message);
	return &stage->view;
}

enum { ALL = 15 };

static uint64_t at(const struct stage *stage, uint64_t seconds)
{
	return builder_header(stage->builder)->start_monotonic_ns + seconds * SECOND;
}

/* What f allocated is lost, with a block of g's; other blocks of g's are held. */
static void usual_check(struct stage *stage)
{
	const struct leak_row rows[] = {
		{ .account = stage->f, .verdict = VERDICT_DEFINITE, .blocks = 4, .bytes = 400 },
		{ .account = stage->g, .verdict = VERDICT_INDIRECT, .holder = HELD_BY_LEAK,
		  .holder_account = stage->f, .blocks = 1, .bytes = 500 },
		{ .account = stage->f, .verdict = VERDICT_REACHABLE, .holder = HELD_BY_GLOBAL,
		  .holder_place = place_of(stage, "cache", 24), .blocks = 2, .bytes = 200,
		  .path = { { .account = stage->g, .blocks = 3 }, { .account = stage->f, .blocks = 1 } },
		  .steps = 2 },
		{ .account = stage->g, .verdict = VERDICT_REACHABLE, .holder = HELD_BY_STACK,
		  .holder_place = place_of(stage, "g", 1), .holder_tid = 77, .blocks = 1, .bytes = 500 },
		{ .account = stage->g_in_node, .verdict = VERDICT_POSSIBLE, .holder = HELD_BY_TAGGED,
		  .blocks = 2, .bytes = 100 },
	};

	builder_leak_check(stage->builder, "exit", at(stage, 20), rows, 5);
}

static void assert_total(const struct view_leak_total *total, uint64_t bytes, uint64_t blocks)
{
	assert_int_equal(total->bytes, bytes);
	assert_int_equal(total->blocks, blocks);
}

static void lost_memory_comes_first_with_what_is_lost_with_it(void **state)
{
	struct stage *stage = *state;

	usual_check(stage);
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = 0 });

	assert_true(view->judged);
	assert_string_equal(view->check.label, "exit");
	assert_int_equal(view->row_count, 2);
	const struct view_leak *lost = &view->rows[0];

	assert_int_equal(lost->verdict, LEAK_DEFINITE);
	assert_int_equal(lost->bytes, 400);
	assert_int_equal(lost->blocks, 4);
	assert_int_equal(lost->indirect_bytes, 500);
	assert_int_equal(lost->indirect_blocks, 1);
	assert_int_equal(lost->retained_bytes, 900);
	assert_string_equal(lost->frame.function, "f");
	assert_int_equal(lost->frame.line, 3);
	assert_int_equal(lost->stack_frames, 3);
	assert_string_equal(lost->stack[0].function, "main");
	assert_string_equal(lost->stack[2].function, "xmalloc");
	assert_null(lost->held_by.kind);
	assert_int_equal(view->rows[1].verdict, LEAK_POSSIBLE);
	assert_string_equal(view->rows[1].node, "seventh");
	assert_total(&view->total[LEAK_DEFINITE], 400, 4);
	assert_total(&view->total[LEAK_INDIRECT], 500, 1);
	assert_total(&view->total[LEAK_POSSIBLE], 100, 2);
	assert_total(&view->total[LEAK_REACHABLE], 700, 3);
}

static const struct view_leak *row_held_by(const struct view_leaks *view, const char *kind)
{
	for (size_t i = 0; i < view->row_count; i++)
		if (view->rows[i].held_by.kind && strcmp(view->rows[i].held_by.kind, kind) == 0)
			return &view->rows[i];
	fail_msg("no row is held by %s", kind);
	return NULL;
}

static void holders_are_named(void **state)
{
	struct stage *stage = *state;

	usual_check(stage);
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = ALL, .paths = true });
	const struct view_leak *global = row_held_by(view, "global");
	const struct view_leak *stack = row_held_by(view, "thread stack");

	assert_string_equal(global->held_by.symbol, "cache");
	assert_int_equal(global->held_by.offset, 24);
	assert_int_equal(global->held_by.line, 1);
	assert_non_null(strstr(global->held_by.text, "global `cache` in "));
	assert_non_null(strstr(global->held_by.file, "prog.c"));
	/* The root's end of the way comes first. */
	assert_int_equal(global->path_blocks, 2);
	assert_string_equal(global->path[0].frame.function, "f");
	assert_string_equal(global->path[1].frame.function, "g");
	assert_int_equal(global->path[1].blocks, 3);
	assert_int_equal(stack->held_by.thread_id, 77);
	assert_string_equal(stack->held_by.frame.function, "g");
	assert_non_null(strstr(stack->held_by.text, "thread stack of thread 77, in g at "));
}

static void statics_of_files_and_functions_are_known(void **state)
{
	struct stage *stage = *state;
	const struct leak_row rows[] = {
		{ .account = stage->f, .verdict = VERDICT_REACHABLE, .holder = HELD_BY_GLOBAL,
		  .holder_place = place_of(stage, "hidden", 0), .blocks = 1, .bytes = 8 },
		{ .account = stage->g, .verdict = VERDICT_REACHABLE, .holder = HELD_BY_GLOBAL,
		  .holder_place = PLACE(1, BUILDER_BIAS + 1), .blocks = 1, .bytes = 9 },
	};

	builder_leak_check(stage->builder, "exit", at(stage, 20), rows, 2);
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = ALL });

	/* No variable stands at the beginning of the file. */
	assert_null(view->rows[0].held_by.symbol);
	assert_string_equal(view->rows[0].held_by.text, "global at prog+0x1");
	assert_string_equal(view->rows[1].held_by.symbol, "hidden");
	assert_int_equal(view->rows[1].held_by.line, 2);
}

/* A forked child's accounts of what its parent allocated have no events of the child's own. */
static void what_was_there_before_the_fork_is_told(void **state)
{
	struct stage *stage = *state;
	const uint32_t inherited = builder_account(stage->builder, builder_node(stage->builder, 0,
						   place_of(stage, "main", 9)), 0, ACCOUNT_HEAP);
	const struct leak_row rows[] = {
		{ .account = stage->f, .verdict = VERDICT_DEFINITE, .blocks = 4, .bytes = 400 },
		{ .account = inherited, .verdict = VERDICT_DEFINITE, .blocks = 1, .bytes = 64 },
	};

	builder_leak_check(stage->builder, "exit", at(stage, 20), rows, 2);
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = 0 });

	assert_int_equal(view->row_count, 2);
	assert_false(view->rows[0].inherited);
	assert_true(view->rows[1].inherited);
	assert_int_equal(view->inherited_bytes, 64);
	assert_int_equal(view->inherited_blocks, 1);
	assert_int_equal(view->total[LEAK_DEFINITE].bytes, 464);
}

static void rows_can_be_put_together(void **state)
{
	struct stage *stage = *state;

	usual_check(stage);
	const struct view_leaks *view =
		found(stage, (struct leaks_options){ .show = ALL, .by = LEAKS_BY_MODULE });

	assert_int_equal(view->row_count, 4);   /* one module, each verdict */
	assert_non_null(strstr(view->rows[0].name, "/prog"));
	view = found(stage, (struct leaks_options){ .show = 1 << LEAK_POSSIBLE, .by = LEAKS_BY_NODE });
	assert_int_equal(view->row_count, 1);
	assert_string_equal(view->rows[0].name, "seventh");
	view = found(stage, (struct leaks_options){ .show = ALL, .limit = 1 });
	assert_int_equal(view->row_count, 1);
	assert_int_equal(view->other.rows, 4);
	assert_total(&view->other, 1300, 6);
}

static void checks_are_chosen_by_their_label(void **state)
{
	struct stage *stage = *state;
	const struct leak_row early = { .account = stage->f, .verdict = VERDICT_REACHABLE,
		.holder = HELD_BY_GLOBAL, .holder_place = place_of(stage, "cache", 0), .blocks = 6,
		.bytes = 600 };

	builder_leak_check(stage->builder, "half way", at(stage, 10), &early, 1);
	usual_check(stage);
	const struct view_leaks *view =
		found(stage, (struct leaks_options){ .show = ALL, .at = "half way" });

	assert_int_equal(view->row_count, 1);
	assert_int_equal(view->check.time_ns, UINT64_C(10) * SECOND);
	view = found(stage, (struct leaks_options){ .show = 0 });
	assert_int_equal(view->row_count, 2);
	/* The newest is compared with the one before. */
	assert_non_null(strstr(view->rows[0].lost_by, "4 of them after check 'half way'"));
	assert_non_null(strstr(view->rows[0].lost_by, "held by global `cache`"));
	assert_int_equal(find(stage, (struct leaks_options){ .at = "never" }), ERROR_NOT_FOUND);
	assert_non_null(strstr(stage->err.message, "no leak check 'never'"));
}

static void without_a_check_live_memory_is_shown_unjudged(void **state)
{
	struct stage *stage = *state;

	builder_header(stage->builder)->state = STATE_KILLED;
	builder_header(stage->builder)->signal = 9;
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = 0 });

	assert_false(view->judged);
	assert_non_null(strstr(view->unjudged, "killed by SIGKILL"));
	assert_int_equal(view->row_count, 3);
	assert_int_equal(view->rows[0].verdict, LEAK_UNJUDGED);
	assert_int_equal(view->rows[0].bytes, 1500);
	assert_total(&view->total[LEAK_UNJUDGED], 2200, 11);
}

static void a_check_that_failed_says_why(void **state)
{
	struct stage *stage = *state;
	struct leak_head *head = builder_leak_check(stage->builder, "exit", at(stage, 20), NULL, 0);

	head->status = LEAK_NO_PROCESS;
	head->error = 11;       /* EAGAIN */
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = 0 });

	assert_false(view->judged);
	assert_non_null(strstr(view->unjudged, "the system gave no process"));
}

static void what_was_not_seen_is_told(void **state)
{
	struct stage *stage = *state;

	usual_check(stage);
	struct leak_head *head = builder_page(stage->builder, PAGE_LEAKS, 0, 0);

	head->threads = 5;
	head->threads_seen = 2;
	head->flags = LEAK_NO_EXIT_FRAME | LEAK_WITH_TAGGED;
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = 0 });

	assert_int_equal(view->check.threads, 6);
	assert_int_equal(view->check.threads_unseen, 2);
	assert_int_equal(view->check.unseen_count, 2);
	assert_non_null(strstr(view->check.unseen[0], "2 of 5 other threads"));
	assert_non_null(strstr(view->check.unseen[1], "exit()"));
}

/* Each function of the report packs members by a list of types: a wrong one leaves nothing. */
static void json_has_every_row(void **state)
{
	struct stage *stage = *state;

	usual_check(stage);
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = ALL, .paths = true });
	struct view_leaks_set set = { .items = (struct view_leaks *)view, .count = 1 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(json_leaks(&set, NULL, out, &stage->err), 0);
	fclose(out);
	json_t *json = json_loads(text, 0, NULL), *rows = json_object_get(json, "rows");

	assert_true(view->row_count > 2);
	assert_int_equal(json_array_size(rows), view->row_count);
	for (size_t i = 0; i < view->row_count; i++) {
		const json_t *row = json_array_get(rows, i);

		assert_string_equal(json_string_value(json_object_get(row, "verdict")),
				    leak_verdict_name(view->rows[i].verdict));
		assert_int_equal(json_integer_value(json_object_get(row, "bytes")), view->rows[i].bytes);
		assert_int_equal(json_integer_value(json_object_get(row, "rank")), i + 1);
	}
	json_decref(json);
	free(text);
}

static const struct view_leaks *killed_after(struct stage *stage, enum leak_reason reason)
{
	usual_check(stage);
	((struct leak_head *)builder_page(stage->builder, PAGE_LEAKS, 0, 0))->reason = reason;
	builder_header(stage->builder)->state = STATE_KILLED;
	builder_header(stage->builder)->signal = 15;
	return found(stage, (struct leaks_options){ .show = 0 });
}

static void an_earlier_check_of_a_killed_program_says_so(void **state)
{
	const struct view_leaks *view = killed_after(*state, LEAK_CALLED);

	assert_int_equal(view->check.unseen_count, 1);
	assert_non_null(strstr(view->check.unseen[0], "killed by SIGTERM"));
}

static void a_check_at_the_exit_is_the_end(void **state)
{
	assert_int_equal(killed_after(*state, LEAK_AT_EXIT)->check.unseen_count, 0);
}

static void suppressions_hide_heads_and_what_is_lost_with_them(void **state)
{
	struct stage *stage = *state;
	char file[128];
	const char *files[] = { file };

	usual_check(stage);
	workshop_write(stage->shop, "x.supp", "leak:^f$\n# expires: 2020-01-01\nleak:^g$\nleak:nothing\n");
	snprintf(file, sizeof file, "%s/x.supp", stage->shop->path);
	struct leaks_options options = { .show = ALL & ~(1 << LEAK_REACHABLE), .files = files,
					 .file_count = 1 };
	const struct view_leaks *view = found(stage, options);

	assert_int_equal(view->row_count, 1);   /* the possible one, whose entry has expired */
	assert_total(&view->suppressed, 1100, 7);
	assert_total(&view->total[LEAK_DEFINITE], 0, 0);
	assert_total(&view->total[LEAK_INDIRECT], 0, 0);
	assert_int_equal(view->suppression_count, 3);
	assert_int_equal(view->suppressions[0].blocks, 7);
	assert_true(view->suppressions[1].expired);
	assert_int_equal(view->suppressions[2].rows, 0);
	assert_int_equal(view->suppressions[2].line, 4);
	options.show_suppressed = true;
	view = found(stage, options);
	assert_int_equal(view->row_count, 3);
	assert_null(view->rows[0].suppressed_by);
	assert_string_equal(view->rows[1].suppressed_by, "leak:^f$");
	assert_string_equal(view->rows[2].suppressed_by, "leak:^f$");
	workshop_write(stage->shop, "x.supp", "leak\n");
	assert_int_equal(find(stage, options), ERROR_FORMAT);
	assert_non_null(strstr(stage->err.message, "x.supp:1: "));
}

/* f grows by 100 bytes a second for 20 s, g had all it has from the start. */
static void growth_and_age_come_from_snapshots(void **state)
{
	struct stage *stage = *state;

	usual_check(stage);
	for (uint64_t s = 1; s <= 19; s++) {
		const struct snapshot_row rows[] = {
			{ .account = stage->f, .allocations = s < 10 ? s : 9, .frees = s < 5 ? s : 4,
			  .allocated_bytes = 100 * s },
			{ .account = stage->g, .allocations = 3, .allocated_bytes = 1500 },
		};

		builder_snapshot(stage->builder, "", SNAPSHOT_AUTOMATIC, at(stage, s), rows, 2);
	}
	builder_counter(stage->builder, 0, stage->f)->allocated_bytes = 2400;
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = ALL });
	const struct view_leak *f = &view->rows[0], *g = row_held_by(view, "thread stack");

	assert_int_equal(f->growth.verdict, TREND_GROWING);
	assert_true(f->growth.slope == 100);
	assert_string_equal(f->growth.unit, "s");
	assert_int_equal(f->growth.points, 20);
	assert_int_equal(f->first_allocation_ns, SECOND);
	assert_int_equal(f->last_allocation_ns, UINT64_C(20) * SECOND);  /* the tenth, after the last snapshot */
	assert_int_equal(f->idle_ns, UINT64_C(16) * SECOND);             /* freed until 4 s */
	assert_int_equal(g->growth.verdict, TREND_FLAT);
	assert_int_equal(g->last_allocation_ns, SECOND);
	assert_int_equal(g->idle_ns, UINT64_C(19) * SECOND);             /* never freed any */
}

/* Without snapshots a site's counters know when they were last touched. */
static void the_last_allocation_and_free_come_from_counters(void **state)
{
	struct stage *stage = *state;
	struct counter *other = builder_counter(stage->builder, 1, stage->f);

	usual_check(stage);
	builder_header(stage->builder)->moment = tick_beside(1, tick_of_ms(20000));
	builder_header(stage->builder)->tick_gap_ms = 1500;
	builder_counter(stage->builder, 0, stage->f)->epoch_and_allocation = tick_beside(1, tick_of_ms(3000));
	builder_counter(stage->builder, 0, stage->f)->slack_and_free = tick_beside(0, tick_of_ms(7000));
	other->epoch_and_allocation = tick_beside(1, tick_of_ms(6000));
	other->slack_and_free = tick_beside(0, tick_of_ms(2000));
	const struct view_leaks *view = found(stage, (struct leaks_options){ .show = ALL });
	const struct view_leak *f = &view->rows[0], *g = row_held_by(view, "thread stack");
	const uint64_t width_ns = 1511 * UINT64_C(1000000);       /* with what the clocks may be behind */

	assert_int_equal(f->last_allocation_ns, UINT64_C(6) * SECOND + width_ns);
	assert_int_equal(f->since_allocation_ns, UINT64_C(14) * SECOND - width_ns);
	assert_int_equal(f->idle_ns, UINT64_C(13) * SECOND - width_ns);
	assert_true(f->first_allocation_ns == VIEW_NOT_KNOWN);
	assert_true(g->since_allocation_ns == VIEW_NOT_KNOWN && g->idle_ns == VIEW_NOT_KNOWN);
}

/* --- The reader believes nothing ------------------------------------------------------------ */

static size_t checks_read(struct stage *stage, uint64_t *damaged)
{
	struct arena arena = ARENA_INIT;
	struct profile_data data;

	builder_write(stage->builder, stage->profile, 0);
	assert_int_equal(reader_read(stage->profile, &arena, &data, &stage->err), 0);
	size_t count = data.leak_check_count;

	*damaged = data.pages_damaged;
	arena_release(&arena);
	return count;
}

/*
 * Twelve runs with iterations from 100 on, each with a snapshot at its end: f
 * gains 100 bytes in each from the fifth on and frees nothing after the sixth,
 * g fills up in three.
 */
static void make_runs(struct stage *stage)
{
	struct dag_run *runs = builder_page(stage->builder, PAGE_RUNS, 0, 0);

	builder_header(stage->builder)->dag_runs = 12;
	for (uint32_t r = 1; r <= 12; r++)
		runs[r - 1] = (struct dag_run){
			.number = r, .iteration = 99 + r, .begin_ns = at(stage, r) - SECOND / 2,
			.end_ns = at(stage, r), .snapshot = r,
		};
	for (uint32_t r = 1; r <= 12; r++) {
		const uint64_t gained = r < 5 ? 1 : r - 3, filled = r < 3 ? r : 3;
		const struct snapshot_row rows[] = {
			{ .account = stage->f, .allocations = gained + (r < 6 ? r : 6), .frees = r < 6 ? r : 6,
			  .allocated_bytes = 100 * (gained + (r < 6 ? r : 6)), .freed_bytes = 100 * (r < 6 ? r : 6) },
			{ .account = stage->g, .allocations = filled, .allocated_bytes = 500 * filled },
		};

		builder_snapshot(stage->builder, "", SNAPSHOT_RUN, at(stage, r), rows, 2);
	}
	*builder_counter(stage->builder, 0, stage->f) = (struct counter){
		.allocations = 15, .allocated_bytes = 1500, .frees = 6, .freed_bytes = 600,
	};
}

static void growth_is_by_run_where_the_program_has_runs(void **state)
{
	struct stage *stage = *state;

	usual_check(stage);
	make_runs(stage);
	const struct view_leaks *view = found(stage, (struct leaks_options){ .growth = true });
	const struct view_leak *f = &view->rows[0], *g = &view->rows[1];

	assert_int_equal(view->row_count, 2);
	assert_string_equal(f->frame.function, "f");
	assert_int_equal(f->growth.verdict, TREND_GROWING);
	assert_string_equal(f->growth.unit, "run");
	assert_true(f->growth.slope == 100 && f->growth.low == 100 && f->growth.high == 100);
	assert_int_equal(f->growth.since, 104);
	assert_int_equal(f->idle_runs, 6);
	assert_string_equal(g->frame.function, "g");
	assert_int_equal(g->growth.verdict, TREND_LEVELS_OFF);
	assert_int_equal(g->growth.since, VIEW_NOT_KNOWN);
	assert_int_equal(g->idle_runs, 11);             /* never freed any */
}

/* Whatever the verdict, a site comes once, and what does not grow not at all. */
static void growth_alone_has_a_row_a_site(void **state)
{
	struct stage *stage = *state;

	usual_check(stage);
	make_runs(stage);
	assert_int_equal(found(stage, (struct leaks_options){ .show = ALL })->row_count, 5);
	assert_int_equal(found(stage, (struct leaks_options){ .show = ALL, .growth = true })->row_count, 2);
	assert_int_equal(found(stage, (struct leaks_options){ .show = 1 << LEAK_REACHABLE, .growth = true })->row_count,
			 1);
}

static void checks_with_a_wrong_byte_are_left_out(void **state)
{
	struct stage *stage = *state;
	uint64_t damaged;

	usual_check(stage);
	struct leak_head *head = builder_page(stage->builder, PAGE_LEAKS, 0, 0);
	struct leak_page *page = builder_page(stage->builder, PAGE_LEAKS, 0, 1);
	struct leak_row good = page->row[2];

	assert_int_equal(checks_read(stage, &damaged), 1);
	assert_int_equal(damaged, 0);
	page->row[2].account = 1000000;
	assert_int_equal(checks_read(stage, &damaged), 0);
	assert_int_equal(damaged, 2);
	page->row[2] = good;
	page->row[2].path[1].account = 1000000;
	assert_int_equal(checks_read(stage, &damaged), 0);
	page->row[2] = good;
	page->row[2].verdict = 9;
	assert_int_equal(checks_read(stage, &damaged), 0);
	page->row[2] = good;
	page->row[2].holder = 200;
	assert_int_equal(checks_read(stage, &damaged), 0);
	page->row[2] = good;
	page->row[2].steps = 8;
	assert_int_equal(checks_read(stage, &damaged), 0);
	page->row[2] = good;
	page->rows = 1000;
	assert_int_equal(checks_read(stage, &damaged), 0);
	page->rows = 4;
	assert_int_equal(checks_read(stage, &damaged), 0);
	page->rows = 5;
	head->pages = 3;
	assert_int_equal(checks_read(stage, &damaged), 0);
	head->pages = 2;
	head->status = 77;
	assert_int_equal(checks_read(stage, &damaged), 0);
	head->status = LEAK_DONE;
	assert_int_equal(checks_read(stage, &damaged), 1);
}

/* The process that checked was killed before it wrote its head: no damage, no check. */
static void unfinished_checks_are_not_there(void **state)
{
	struct stage *stage = *state;
	uint64_t damaged;

	usual_check(stage);
	builder_entry(stage->builder, builder_find(stage->builder, PAGE_LEAKS, 0, 0))->kind = 0;
	assert_int_equal(checks_read(stage, &damaged), 0);
	assert_int_equal(damaged, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lost_memory_comes_first_with_what_is_lost_with_it,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(holders_are_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(statics_of_files_and_functions_are_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_there_before_the_fork_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rows_can_be_put_together, set_up, tear_down),
		cmocka_unit_test_setup_teardown(checks_are_chosen_by_their_label, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_check_live_memory_is_shown_unjudged, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_check_that_failed_says_why, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_not_seen_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_earlier_check_of_a_killed_program_says_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_check_at_the_exit_is_the_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(json_has_every_row, set_up, tear_down),
		cmocka_unit_test_setup_teardown(suppressions_hide_heads_and_what_is_lost_with_them, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_last_allocation_and_free_come_from_counters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(growth_and_age_come_from_snapshots, set_up, tear_down),
		cmocka_unit_test_setup_teardown(growth_is_by_run_where_the_program_has_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(growth_alone_has_a_row_a_site, set_up, tear_down),
		cmocka_unit_test_setup_teardown(checks_with_a_wrong_byte_are_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unfinished_checks_are_not_there, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
