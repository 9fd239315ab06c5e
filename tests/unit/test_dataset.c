#include "analyzer/dataset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "analyzer/diff.h"
#include "analyzer/info.h"
#include "analyzer/rank.h"
#include "analyzer/sql.h"
#include "analyzer/timeline.h"
#include "base/error.h"
#include "profile/tick.h"
#include "profile_builder.h"
#include "workshop.h"

/*
 * A program is compiled, and a profile of it made up: its stacks are main > f >
 * xmalloc and main > g, so that their owners are prog.c:1 and prog.c:2.
 */
static const char program[] =
	"void f(void) {}\n"
	"void g(void) {}\n"
	"void xmalloc(void) {}\n"
	"int main(void) { return 0; }\n";

struct stage {
	struct workshop *shop;
	struct profile_builder *builder;
	uint32_t f, g, f_in_node, mapping;      /* accounts */
	char profile[128];
	struct dataset *data;
	struct error err;
};

/* As if a call in the first bytes of `function` returned there. */
static uint64_t place_in(const struct workshop_object *object, const char *function)
{
	return PLACE(1, BUILDER_BIAS + workshop_address(object, function) + 1);
}

static void make_profile(struct stage *stage)
{
	struct workshop_object object = workshop_object(stage->shop, "prog");
	struct profile_builder *builder = stage->builder;

	builder_module(builder, object.path, BUILDER_BIAS, BUILDER_BIAS, object.build_id,
		       object.build_id_bytes);
	uint32_t top = builder_node(builder, 0, place_in(&object, "main"));
	uint32_t f = builder_node(builder, top, place_in(&object, "f"));
	uint32_t g = builder_node(builder, top, place_in(&object, "g"));
	uint32_t wrapper = builder_node(builder, f, place_in(&object, "xmalloc"));

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

static struct dataset *open_profile(struct stage *stage)
{
	builder_write(stage->builder, stage->profile, 0);
	dataset_free(stage->data);
	stage->data = NULL;
	if (dataset_open(&stage->data, stage->profile, NULL, &stage->err))
		fail_msg("%s", stage->err.message);
	return stage->data;
}

static struct view_top top(struct stage *stage, struct query_options options)
{
	struct view_top view;

	if (rank_top(stage->data, &options, &view, &stage->err))
		fail_msg("%s", stage->err.message);
	return view;
}

static void assert_file(const struct view_frame *frame, const char *name, uint32_t line)
{
	assert_non_null(frame->file);
	assert_string_equal(strrchr(frame->file, '/') + 1, name);
	assert_int_equal(frame->line, line);
}

static void rows_are_the_lines_that_called_the_wrapper(void **state)
{
	struct stage *stage = *state;

	open_profile(stage);
	struct view_top view = top(stage, (struct query_options){ .metric = METRIC_LIVE });

	assert_int_equal(view.row_count, 2);
	assert_file(&view.rows[0].frame, "prog.c", 1);
	assert_string_equal(view.rows[0].frame.function, "f");
	assert_string_equal(view.rows[0].frame.source, "void f(void) {}");
	assert_int_equal(view.rows[0].bytes, 700);
	assert_int_equal(view.rows[0].count, 8);
	assert_file(&view.rows[1].frame, "prog.c", 2);
	assert_int_equal(view.rows[1].bytes, 500);
	assert_int_equal(view.rows[1].usable_bytes, 512);
	assert_int_equal(view.total.bytes, 1200);
	assert_string_equal(view.at, "exit");
	assert_string_equal(view.process.command[1], "arg");
	assert_null(view.process.command[2]);
	view_top_free(&view);
}

static void a_limit_puts_the_rest_under_other(void **state)
{
	struct stage *stage = *state;

	open_profile(stage);
	struct view_top view = top(stage, (struct query_options){ .limit = 1 });

	assert_int_equal(view.row_count, 1);
	assert_int_equal(view.other_rows, 1);
	assert_int_equal(view.other.bytes, 500);
	assert_int_equal(view.total.bytes, 1200);
	assert_true(view.rows[0].share > 0.58 && view.rows[0].share < 0.59);
	view_top_free(&view);
}

static void each_metric_has_its_own_bytes_and_count(void **state)
{
	static const struct { enum metric metric; uint64_t bytes, count; } expected[] = {
		{ METRIC_LIVE, 1200, 9 }, { METRIC_PEAK, 1600, 13 }, { METRIC_TOTAL, 1600, 13 },
		{ METRIC_COUNT, 1600, 13 }, { METRIC_TEMPORARY, 0, 3 }, { METRIC_MAPPED, 8192, 1 },
	};
	struct stage *stage = *state;

	open_profile(stage);
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		struct view_top view = top(stage, (struct query_options){
			.metric = expected[i].metric });

		assert_int_equal(view.total.bytes, expected[i].bytes);
		assert_int_equal(view.total.count, expected[i].count);
		view_top_free(&view);
	}
}

static void groupings_name_their_rows(void **state)
{
	struct stage *stage = *state;
	struct view_top view;

	open_profile(stage);
	view = top(stage, (struct query_options){ .by = BY_FILE });
	assert_int_equal(view.row_count, 1);
	assert_string_equal(strrchr(view.rows[0].name, '/'), "/prog.c");
	view_top_free(&view);
	view = top(stage, (struct query_options){ .by = BY_MODULE });
	assert_string_equal(strrchr(view.rows[0].name, '/'), "/prog");
	view_top_free(&view);
	view = top(stage, (struct query_options){ .by = BY_NODE });
	assert_int_equal(view.row_count, 2);
	assert_string_equal(view.rows[0].name, "(outside any node)");
	assert_string_equal(view.rows[1].name, "seventh");
	assert_int_equal(view.rows[1].bytes, 100);
	view_top_free(&view);
}

static void a_stack_is_shown_whole_and_outermost_first(void **state)
{
	struct stage *stage = *state;

	open_profile(stage);
	struct view_top view = top(stage, (struct query_options){ .by = BY_STACK });

	assert_int_equal(view.row_count, 2);
	assert_int_equal(view.rows[0].stack_frames, 3);
	assert_string_equal(view.rows[0].stack[0].function, "main");
	assert_string_equal(view.rows[0].stack[2].function, "xmalloc");
	assert_string_equal(view.rows[0].frame.function, "f");
	view_top_free(&view);
}

/*
 * A call's address is what it returns to, so its line is that of the byte
 * before; what a signal interrupted is the instruction itself.
 */
static void only_an_interrupted_frame_is_looked_up_at_its_very_address(void **state)
{
	struct stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	struct workshop_object object = workshop_object(stage->shop, "prog");
	uint64_t start_of_g = place_in(&object, "g") - 1;
	uint32_t interrupted = builder_node(builder, 0, start_of_g);
	uint32_t signal = builder_node(builder, interrupted, PLACE(MODULE_NONE, PLACE_SIGNAL));
	uint32_t calling = builder_node(builder, signal, start_of_g);

	builder_dag_node(builder, 9, "ninth", NULL, 0);
	builder_charge(builder, builder_account(builder, calling, 9, ACCOUNT_HEAP), 1, 64, 0);
	open_profile(stage);
	struct view_top view = top(stage, (struct query_options){
		.by = BY_STACK, .node = "ninth" });

	assert_int_equal(view.rows[0].stack_frames, 3);
	assert_string_equal(view.rows[0].stack[0].function, "g");
	assert_string_equal(view.rows[0].stack[1].function, "[signal]");
	assert_string_equal(view.rows[0].stack[2].function, "f");      /* what lies before g */
	view_top_free(&view);
}

/* Else one signal at that moment would move all that the call ever allocated. */
static void a_call_interrupted_just_after_it_returned_keeps_its_line(void **state)
{
	struct stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	struct workshop_object object = workshop_object(stage->shop, "prog");
	uint32_t call = builder_node(builder, 0, place_in(&object, "g") - 1);
	uint32_t signal = builder_node(builder, call, PLACE(MODULE_NONE, PLACE_SIGNAL));
	uint32_t handler = builder_node(builder, signal, place_in(&object, "g"));

	builder_charge(builder, builder_account(builder, call, 9, ACCOUNT_HEAP), 1, 64, 0);
	builder_dag_node(builder, 9, "ninth", NULL, 0);
	builder_charge(builder, builder_account(builder, handler, 9, ACCOUNT_HEAP), 1, 32, 0);
	open_profile(stage);
	struct view_top view = top(stage, (struct query_options){
		.by = BY_STACK, .node = "ninth" });

	assert_int_equal(view.row_count, 2);
	assert_string_equal(view.rows[0].stack[0].function, "f");      /* what lies before g */
	assert_string_equal(view.rows[1].stack[0].function, "f");
	view_top_free(&view);
}

static void a_rebuilt_module_is_named_and_not_used(void **state)
{
	struct stage *stage = *state;

	builder_write(stage->builder, stage->profile, 0);
	assert_int_equal(workshop_run(stage->shop, "gcc -g -O1 -DX -Wl,--build-id=0x1234 -o prog prog.c"),
			 0);
	open_profile(stage);
	struct view_top view = top(stage, (struct query_options){ .limit = 1 });

	assert_null(view.rows[0].frame.function);
	assert_true(view.rows[0].frame.module_offset > 0);
	assert_int_equal(view.quality.modules_rebuilt, 1);
	assert_int_equal(view.quality.note_count, 1);
	assert_non_null(strstr(view.quality.notes[0], "/prog is another build"));
	view_top_free(&view);
}

static void leaf_and_skip_move_the_owner(void **state)
{
	static const char *const globs[] = { "f" };
	struct stage *stage = *state;
	struct view_top view;

	open_profile(stage);
	view = top(stage, (struct query_options){ .leaf = true });
	assert_string_equal(view.rows[0].frame.function, "xmalloc");
	view_top_free(&view);
	view = top(stage, (struct query_options){ .skip = { globs, 1 } });
	assert_string_equal(view.rows[0].frame.function, "main");
	view_top_free(&view);
}

static uint64_t filtered(struct stage *stage, const char *include, const char *exclude, bool all)
{
	struct view_top view = top(stage, (struct query_options){
		.include = { &include, include != NULL }, .exclude = { &exclude, exclude != NULL },
		.all_frames = all });
	uint64_t bytes = view.total.bytes;

	view_top_free(&view);
	return bytes;
}

static void totals_follow_the_filters(void **state)
{
	struct stage *stage = *state;

	open_profile(stage);
	assert_int_equal(filtered(stage, "f", NULL, false), 700);
	assert_int_equal(filtered(stage, "function:g", NULL, false), 500);
	assert_int_equal(filtered(stage, "file:g", NULL, false), 0);
	assert_int_equal(filtered(stage, "*/prog.c", NULL, false), 1200);
	assert_int_equal(filtered(stage, "prog.c", NULL, false), 1200);
	assert_int_equal(filtered(stage, "module:prog", "g", false), 700);
	assert_int_equal(filtered(stage, NULL, "main", false), 1200);
	assert_int_equal(filtered(stage, NULL, "main", true), 0);
	assert_int_equal(filtered(stage, "xmalloc", NULL, true), 700);
}

static void one_node_is_asked_for_alone(void **state)
{
	struct stage *stage = *state;

	open_profile(stage);
	struct view_top view = top(stage, (struct query_options){ .node = "seventh" });

	assert_int_equal(view.total.bytes, 100);
	view_top_free(&view);
	view = top(stage, (struct query_options){ .node = VIEW_OUTSIDE_NODES });
	assert_int_equal(view.total.bytes, 1100);
	view_top_free(&view);
	assert_int_equal(rank_top(stage->data, &(struct query_options){ .node = "no such" }, &view,
				  &stage->err), ERROR_NOT_FOUND);
}

static void a_snapshot_is_found_by_its_newest_label(void **state)
{
	struct stage *stage = *state;
	struct snapshot_row early = { .account = stage->f, .allocations = 1, .allocated_bytes = 10 };
	struct snapshot_row late = { .account = stage->f, .allocations = 3, .allocated_bytes = 300,
				     .frees = 1, .freed_bytes = 100 };
	struct query_options options = { .at = "here" };
	struct view_top view;

	builder_snapshot(stage->builder, "here", SNAPSHOT_NAMED, 2000, &early, 1);
	builder_snapshot(stage->builder, "here", SNAPSHOT_NAMED, 3000, &late, 1);
	open_profile(stage);
	view = top(stage, options);
	assert_string_equal(view.at, "here");
	assert_int_equal(view.total.bytes, 200);
	assert_int_equal(view.total.count, 2);
	view_top_free(&view);
	options.at = "nowhere";
	assert_int_equal(rank_top(stage->data, &options, &view, &stage->err), ERROR_NOT_FOUND);
	assert_non_null(strstr(stage->err.message, "'here'"));
}

static void the_peak_is_asked_for_by_metric_or_by_moment(void **state)
{
	struct stage *stage = *state;
	struct query_options options = { .at = "peak" };
	struct view_top view;

	open_profile(stage);
	view = top(stage, options);
	assert_string_equal(view.at, "peak");
	assert_int_equal(view.total.bytes, 1600);
	view_top_free(&view);
	options.metric = METRIC_TOTAL;
	assert_int_equal(rank_top(stage->data, &options, &view, &stage->err), ERROR_USAGE);
}

static void a_profile_is_imported_once_and_again_when_it_changes(void **state)
{
	struct stage *stage = *state;
	struct stat first, second;
	char store[160];

	snprintf(store, sizeof store, "%s.db", stage->profile);
	open_profile(stage);
	assert_string_equal(dataset_store_path(stage->data), store);
	assert_int_equal(stat(store, &first), 0);
	assert_int_equal(first.st_mode & 0777, 0600);
	dataset_free(stage->data);
	assert_int_equal(dataset_open(&stage->data, stage->profile, NULL, &stage->err), 0);
	assert_int_equal(stat(store, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);

	builder_charge(stage->builder, stage->g, 1, 1000, 0);
	builder_header(stage->builder)->peak_bytes = 99;
	open_profile(stage);
	struct view_top view = top(stage, (struct query_options){ .limit = 1 });

	assert_int_equal(view.rows[0].bytes, 1500);
	assert_int_equal(view.peak_bytes, 99);
	view_top_free(&view);
}

/* As a second command does: the profile is not written again. */
static void open_again(struct stage *stage)
{
	dataset_free(stage->data);
	stage->data = NULL;
	assert_int_equal(dataset_open(&stage->data, stage->profile, NULL, &stage->err), 0);
}

static bool first_has_line(struct stage *stage)
{
	struct view_top view = top(stage, (struct query_options){ .limit = 1 });
	bool has_line = view.rows[0].frame.line != 0;

	view_top_free(&view);
	return has_line;
}

static void a_profile_is_imported_again_when_a_debug_file_turns_up(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(workshop_run(stage->shop, "objcopy --only-keep-debug prog prog.debug && "
			     "strip prog && objcopy --add-gnu-debuglink=prog.debug prog && "
			     "mkdir aside && mv prog.debug aside"), 0);
	open_profile(stage);
	assert_false(first_has_line(stage));
	open_again(stage);
	assert_false(first_has_line(stage));
	assert_int_equal(workshop_run(stage->shop, "mv aside/prog.debug ."), 0);
	open_again(stage);
	assert_true(first_has_line(stage));
	assert_non_null(dataset_store_path(stage->data));
}

static void lines_are_kept_when_the_program_is_built_anew(void **state)
{
	struct stage *stage = *state;

	open_profile(stage);
	assert_true(first_has_line(stage));
	assert_int_equal(workshop_run(stage->shop, "gcc -g -O1 -Wl,--build-id -o prog prog.c"), 0);
	open_again(stage);
	assert_true(first_has_line(stage));
	assert_int_equal(workshop_run(stage->shop, "rm prog"), 0);
	open_again(stage);
	assert_true(first_has_line(stage));
}

static void the_store_alone_will_do(void **state)
{
	struct stage *stage = *state;
	char store[160];

	open_profile(stage);
	snprintf(store, sizeof store, "%s", dataset_store_path(stage->data));
	dataset_free(stage->data);
	stage->data = NULL;
	unlink(stage->profile);
	assert_int_equal(dataset_open(&stage->data, store, NULL, &stage->err), 0);
	assert_int_equal(filtered(stage, NULL, NULL, false), 1200);
}

static void somebody_elses_file_is_never_overwritten(void **state)
{
	struct stage *stage = *state;

	workshop_write(stage->shop, "p.dagmem.db", "my own notes\n");
	setenv("XDG_CACHE_HOME", stage->shop->path, 1);
	open_profile(stage);
	assert_int_equal(workshop_run(stage->shop, "test \"$(cat p.dagmem.db)\" = 'my own notes'"), 0);
	assert_non_null(strstr(dataset_store_path(stage->data), "/dagmem/p.dagmem."));
	assert_int_equal(filtered(stage, NULL, NULL, false), 1200);
}

static void garbage_is_an_error_and_leaves_no_store(void **state)
{
	struct stage *stage = *state;

	workshop_write(stage->shop, "p.dagmem", "garbage garbage garbage garbage");
	assert_int_equal(dataset_open(&stage->data, stage->profile, NULL, &stage->err), ERROR_FORMAT);
	assert_null(stage->data);
	assert_int_equal(workshop_run(stage->shop, "test ! -e p.dagmem.db"), 0);
}

static void a_diff_has_what_changed_by_size_of_change(void **state)
{
	struct stage *stage = *state;
	struct snapshot_row rows[] = {
		{ .account = stage->f, .allocations = 1, .allocated_bytes = 1000 },
		{ .account = stage->g, .allocations = 1, .allocated_bytes = 500 },
	};
	struct query_options options = { .metric = METRIC_LIVE };
	struct view_diff view;

	builder_snapshot(stage->builder, "old", SNAPSHOT_NAMED, 2000, rows, 2);
	open_profile(stage);
	assert_int_equal(diff_datasets(stage->data, "old", stage->data, NULL, &options, &view,
				       &stage->err), 0);
	assert_int_equal(view.row_count, 1);    /* g did not change */
	assert_int_equal(view.rows[0].old_bytes, 1000);
	assert_int_equal(view.rows[0].new_bytes, 700);
	assert_int_equal(view.rows[0].old_count, 1);
	assert_int_equal(view.rows[0].new_count, 8);
	assert_file(&view.rows[0].frame, "prog.c", 1);
	assert_string_equal(view.old_at, "old");
	assert_string_equal(view.new_at, "exit");
	assert_int_equal(view.old_total.bytes, 1500);
	assert_int_equal(view.new_total.bytes, 1200);
	view_diff_free(&view);
}

static void profiles_of_different_builds_are_matched_by_name(void **state)
{
	struct stage *stage = *state;
	struct query_options options = { .metric = METRIC_LIVE };
	struct profile_builder *old = stage->builder;
	char old_spec[160];
	struct view_diff view;

	open_profile(stage);
	snprintf(old_spec, sizeof old_spec, "%s@exit", stage->profile);
	/* Another build: every address differs. */
	assert_int_equal(workshop_run(stage->shop, "gcc -g -O0 -DX -fcf-protection=none"
				      " -Wl,--build-id -Wl,-Ttext-segment=0x100000 -o prog prog.c"), 0);
	stage->builder = builder_new();
	make_profile(stage);
	builder_charge(stage->builder, stage->g, 1, 250, 0);
	snprintf(stage->profile, sizeof stage->profile, "%s/new.dagmem", stage->shop->path);
	builder_write(stage->builder, stage->profile, 0);
	assert_int_equal(diff_profiles(old_spec, stage->profile, &options, NULL, &view, &stage->err),
			 0);
	assert_int_equal(view.row_count, 1);
	assert_file(&view.rows[0].frame, "prog.c", 2);
	assert_int_equal(view.rows[0].old_bytes, 500);
	assert_int_equal(view.rows[0].new_bytes, 750);
	view_diff_free(&view);
	builder_free(old);
}

static void a_timeline_has_every_sample(void **state)
{
	enum { MANY = SAMPLES_PER_PAGE * SAMPLE_PAGES };
	struct stage *stage = *state;
	struct view_timeline view;

	for (uint64_t i = 0; i < MANY; i++)
		builder_sample(stage->builder, 2000 + i * 10, i == 777 ? 123456 : 1000, 5, i);
	builder_rss(stage->builder, 2500, 1 << 20);
	open_profile(stage);
	assert_int_equal(timeline_read(stage->data, &view, &stage->err), 0);
	assert_int_equal(view.heap_count, MANY);
	assert_int_equal(view.heap[0].time_ns, 1000);
	assert_int_equal(view.heap[777].value, 123456);
	assert_int_equal(view.allocations[MANY - 1].value, MANY - 1);
	assert_int_equal(view.rss_count, 1);
	assert_int_equal(view.rss[0].value, 1 << 20);
	view_timeline_free(&view);
}

/* More samples than a profile can hold, put into its store by hand. */
static void add_samples(const char *store, int count, int largest_at)
{
	sqlite3 *db;
	char sql[256];

	assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
	snprintf(sql, sizeof sql, "WITH RECURSIVE t (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t"
		 " WHERE n < %d) INSERT INTO sample SELECT 1, n * 3, CASE n WHEN %d THEN 99999"
		 " WHEN %d THEN 1 ELSE 500 END, 0, n FROM t", count - 1, largest_at, largest_at + 1);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_long_timeline_is_thinned_but_keeps_its_extremes(void **state)
{
	enum { MANY = 50000, LARGEST_AT = 31234 };
	struct stage *stage = *state;
	struct view_timeline view;
	bool largest = false, least = false;

	open_profile(stage);
	add_samples(dataset_store_path(stage->data), MANY, LARGEST_AT);
	assert_int_equal(timeline_read(stage->data, &view, &stage->err), 0);
	assert_true(view.heap_count <= TIMELINE_POINTS_MAX);
	assert_true(view.heap_count > TIMELINE_POINTS_MAX / 8);
	for (size_t i = 0; i < view.heap_count; i++) {
		assert_true(!i || view.heap[i - 1].time_ns < view.heap[i].time_ns);
		largest |= view.heap[i].value == 99999 && view.heap[i].time_ns == LARGEST_AT * 3;
		least |= view.heap[i].value == 1 && view.heap[i].time_ns == (LARGEST_AT + 1) * 3;
	}
	assert_true(largest && least);
	assert_int_equal(view.heap[0].time_ns, 0);
	assert_int_equal(view.heap[view.heap_count - 1].time_ns, (MANY - 1) * 3);
	view_timeline_free(&view);
}

static void info_adds_up_and_takes_rss_apart(void **state)
{
	struct stage *stage = *state;
	struct view_info view;

	builder_rss(stage->builder, 2500, 1 << 20);
	builder_header(stage->builder)->allocator_free_bytes = 1000;
	builder_header(stage->builder)->private_bytes = 2000;
	builder_shard(stage->builder, 0)->size_class[4] = 11;
	open_profile(stage);
	assert_int_equal(info_read(stage->data, &view, &stage->err), 0);
	assert_int_equal(view.totals.allocations, 13);
	assert_int_equal(view.totals.allocated_bytes, 1600);
	assert_int_equal(view.totals.frees, 4);
	assert_int_equal(view.totals.freed_bytes, 400);
	assert_int_equal(view.totals.live_bytes, 1200);
	assert_int_equal(view.totals.mapped_bytes, 8192);
	assert_int_equal(view.call_tree_nodes, 4);
	assert_int_equal(view.size_class[4], 11);
	assert_int_equal(view.rss.rss, view.rss.requested + view.rss.slack + view.rss.allocator_free +
			 view.rss.mapped + view.rss.tracer + view.rss.other);
	assert_int_equal(view.rss.requested, 1200);
	assert_int_equal(view.child_count, 0);
	view_info_free(&view);
}

static void info_finds_the_processes_of_the_same_run(void **state)
{
	struct stage *stage = *state;
	struct view_info view;
	char path[160];

	builder_header(stage->builder)->run_id = 5;
	for (uint32_t i = 1; i <= 3; i++) {
		builder_header(stage->builder)->pid = i;
		builder_header(stage->builder)->start_realtime_ns = 100 - i;
		builder_header(stage->builder)->run_id = i == 3 ? 6 : 5;
		snprintf(path, sizeof path, "%s/%u.dagmem", stage->shop->path, i);
		builder_write(stage->builder, path, 0);
	}
	builder_header(stage->builder)->run_id = 5;
	open_profile(stage);
	assert_int_equal(info_read(stage->data, &view, &stage->err), 0);
	assert_int_equal(view.child_count, 2);
	assert_int_equal(view.children[0].pid, 2);      /* began first */
	assert_int_equal(view.children[1].pid, 1);
	assert_string_equal(view.children[1].command[0], "prog");
	view_info_free(&view);
}

struct collected {
	char text[4096];
	int rows;
};

static int collect(void *context, int columns, const char *const *names, const char *const *values)
{
	struct collected *collected = context;

	for (int i = 0; i < columns; i++) {
		size_t used = strlen(collected->text);

		snprintf(collected->text + used, sizeof collected->text - used, "%s%s",
			 i ? "|" : "", values ? values[i] ? values[i] : "NULL" : names[i]);
	}
	strncat(collected->text, "\n", sizeof collected->text - strlen(collected->text) - 1);
	collected->rows += values != NULL;
	return 0;
}

static void sql_answers_but_never_changes(void **state)
{
	static const char *const refused[] = {
		"DELETE FROM account", "UPDATE account SET live_bytes = 0", "DROP TABLE node",
		"ATTACH '/tmp/dagmem-test-attached' AS other", "PRAGMA user_version = 7",
		"CREATE TABLE mine (x)", "SELEC 1",
	};
	struct stage *stage = *state;
	struct collected collected = { "", 0 };

	open_profile(stage);
	assert_int_equal(sql_run(stage->data, "SELECT function, live_bytes FROM top_functions"
				 " ORDER BY live_bytes DESC; -- and no more", collect, &collected,
				 &stage->err), 0);
	assert_string_equal(collected.text, "function|live_bytes\nf|700\ng|500\n");
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_int_equal(sql_run(stage->data, refused[i], collect, &collected, &stage->err),
				 ERROR_USAGE);
	assert_int_equal(filtered(stage, NULL, NULL, false), 1200);
}

/* The next "```sql" block of `text`; NULL: no more. */
static char *next_example(const char **text)
{
	static const char opening[] = "```sql\n";
	const char *begin = strstr(*text, opening);
	const char *end = begin ? strstr(begin + strlen(opening), "```") : NULL;

	if (!end)
		return NULL;
	*text = end + 3;
	begin += strlen(opening);
	return strndup(begin, (size_t)(end - begin));
}

static char *read_text(const char *path)
{
	char *text = calloc(1, 1 << 16);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	return text;
}

static void the_examples_of_the_schemas_document_give_rows(void **state)
{
	struct dag_result *result;
	struct stage *stage = *state;
	struct snapshot_row row = { .account = stage->f, .allocations = 1, .allocated_bytes = 10 };
	char *document = read_text("docs/SCHEMA.md");
	const char *rest = document;
	int examples = 0;

	builder_snapshot(stage->builder, "early", SNAPSHOT_NAMED, 2000, &row, 1);
	builder_snapshot(stage->builder, "late", SNAPSHOT_NAMED, 3000, &row, 1);
	builder_sample(stage->builder, 2000, 10, 0, 1);
	result = builder_page(stage->builder, PAGE_RESULTS, 0, 0);
	result[0] = (struct dag_result){ .dag_node = 7, .bytes = 5, .produced_ns = 2000, .freed_ns = 2500 };
	open_profile(stage);
	for (char *query; (query = next_example(&rest)); examples++) {
		struct collected collected = { "", 0 };

		if (sql_run(stage->data, query, collect, &collected, &stage->err))
			fail_msg("%s: %s", query, stage->err.message);
		assert_true(collected.rows > 0);
		free(query);
	}
	free(document);
	assert_int_equal(examples, 8);
}

#define on_stage(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(rows_are_the_lines_that_called_the_wrapper),
		on_stage(a_limit_puts_the_rest_under_other),
		on_stage(each_metric_has_its_own_bytes_and_count),
		on_stage(groupings_name_their_rows),
		on_stage(a_stack_is_shown_whole_and_outermost_first),
		on_stage(only_an_interrupted_frame_is_looked_up_at_its_very_address),
		on_stage(a_call_interrupted_just_after_it_returned_keeps_its_line),
		on_stage(a_rebuilt_module_is_named_and_not_used),
		on_stage(leaf_and_skip_move_the_owner),
		on_stage(totals_follow_the_filters),
		on_stage(one_node_is_asked_for_alone),
		on_stage(a_snapshot_is_found_by_its_newest_label),
		on_stage(the_peak_is_asked_for_by_metric_or_by_moment),
		on_stage(a_profile_is_imported_once_and_again_when_it_changes),
		on_stage(a_profile_is_imported_again_when_a_debug_file_turns_up),
		on_stage(lines_are_kept_when_the_program_is_built_anew),
		on_stage(the_store_alone_will_do),
		on_stage(somebody_elses_file_is_never_overwritten),
		on_stage(garbage_is_an_error_and_leaves_no_store),
		on_stage(a_diff_has_what_changed_by_size_of_change),
		on_stage(profiles_of_different_builds_are_matched_by_name),
		on_stage(a_timeline_has_every_sample),
		on_stage(a_long_timeline_is_thinned_but_keeps_its_extremes),
		on_stage(info_adds_up_and_takes_rss_apart),
		on_stage(info_finds_the_processes_of_the_same_run),
		on_stage(sql_answers_but_never_changes),
		on_stage(the_examples_of_the_schemas_document_give_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
