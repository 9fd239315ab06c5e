#include "cli/live_layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "live_stage.h"

/* --- Keys ------------------------------------------------------------------- */

static struct live_ui fresh(void)
{
	struct live_ui ui;

	live_ui_init(&ui, &(struct live_query){ .sort = LIVE_BY_OWN }, BY_LINE);
	return ui;
}

static void type(struct live_ui *ui, const char *keys)
{
	for (; *keys; keys++)
		live_ui_key(ui, (unsigned char)*keys, 3);
}

static void keys_choose_order_and_rows(void **state)
{
	struct live_ui ui = fresh();

	(void)state;
	type(&ui, "t");
	assert_int_equal(live_ui_query(&ui).sort, LIVE_BY_TOTAL);
	type(&ui, "a");
	assert_int_equal(live_ui_query(&ui).sort, LIVE_BY_ALLOCATIONS);
	type(&ui, "l");
	assert_true(live_ui_query(&ui).growing);
	type(&ui, "o");
	assert_false(live_ui_query(&ui).growing);
	assert_int_equal(live_ui_query(&ui).sort, LIVE_BY_OWN);
	type(&ui, "n");
	assert_int_equal(ui.mode, LIVE_MODE_NODES);
	type(&ui, "n");
	assert_int_equal(ui.mode, LIVE_MODE_ROWS);
	assert_int_equal(live_ui_key(&ui, 'q', 0), LIVE_WISH_QUIT);
	assert_int_equal(live_ui_key(&ui, 's', 0), LIVE_WISH_SNAPSHOT);
	for (int i = 0; i < 4; i++)
		assert_int_equal(live_ui_key(&ui, 'b', 0), LIVE_WISH_GROUPING);
	assert_int_equal(ui.by, BY_LINE);
}

static void threads_go_round(void **state)
{
	struct live_ui ui = fresh();

	(void)state;
	assert_int_equal(live_ui_key(&ui, '>', 0), LIVE_WISH_NONE);
	assert_int_equal(live_ui_key(&ui, 'm', 3), LIVE_WISH_THREAD);
	assert_true(ui.one_thread);
	type(&ui, ">>");
	assert_int_equal(ui.thread, 2);
	type(&ui, ">");
	assert_int_equal(ui.thread, 0);
	type(&ui, "<");
	assert_int_equal(ui.thread, 2);
	type(&ui, "m");
	assert_false(ui.one_thread);
}

static void a_filter_is_typed_corrected_and_given_up(void **state)
{
	struct live_ui ui = fresh();

	(void)state;
	type(&ui, "/loqad");
	assert_string_equal(live_ui_query(&ui).filter, "loqad");
	type(&ui, "\177\177\177ad");
	assert_string_equal(ui.filter, "load");
	live_ui_key(&ui, 0x20ac, 0);
	assert_string_equal(ui.filter, "load\xe2\x82\xac");
	live_ui_key(&ui, LIVE_KEY_BACKSPACE, 0);
	assert_string_equal(ui.filter, "load");
	type(&ui, "\n");
	assert_false(ui.editing);
	type(&ui, "/x\033");
	assert_string_equal(ui.filter, "load");
	type(&ui, "\033");
	assert_string_equal(ui.filter, "");
}

static void a_filter_has_an_end(void **state)
{
	struct live_ui ui = fresh();

	(void)state;
	type(&ui, "/");
	for (int i = 0; i < 1000; i++)
		live_ui_key(&ui, i % 2 ? 0x1f600 : 'x', 0);
	assert_true(strlen(ui.filter) < sizeof ui.filter);
}

/* --- Pages ------------------------------------------------------------------ */

static struct live_page page_of(struct live_stage *stage, struct live_ui *ui, unsigned rows,
				unsigned columns)
{
	struct live_page page;

	assert_int_equal(live_layout(stage->live, ui, (struct live_screen_size){ rows, columns, true },
				     &stage->arena, &page), 0);
	return page;
}

static bool shows(const struct live_page *page, const char *text)
{
	for (unsigned i = 0; i < page->count; i++)
		if (strstr(page->lines[i].text, text))
			return true;
	return false;
}

static void a_page_has_totals_rows_and_keys(void **state)
{
	struct live_ui ui = fresh();
	struct live_page page = page_of(*state, &ui, 24, 120);

	assert_int_equal(page.count, 24);
	assert_non_null(strstr(page.lines[0].text, "prog arg"));
	assert_non_null(strstr(page.lines[1].text, "peak 1.2 KiB"));
	assert_string_equal(page.lines[3].text, "2 lines by what they allocated and hold");
	assert_non_null(strstr(page.lines[4].text, "OWN"));
	assert_non_null(strstr(page.lines[5].text, "700 B"));
	assert_non_null(strstr(page.lines[5].text, "prog.c:1  f"));
	assert_non_null(strstr(page.lines[23].text, "q quit"));
}

static void every_size_of_screen_is_filled_and_no_more(void **state)
{
	static const char keys[] = "tnlo?";

	for (unsigned rows = 1; rows < 40; rows++)
		for (unsigned columns = 1; columns < 130; columns += 8)
			for (const char *key = keys; *key; key++) {
				struct live_ui ui = fresh();

				live_ui_key(&ui, (unsigned char)*key, 0);
				assert_true(page_of(*state, &ui, rows, columns).count <= rows);
			}
}

static void the_first_line_of_a_small_screen_is_the_heap(void **state)
{
	struct live_ui ui = fresh();
	struct live_page page = page_of(*state, &ui, 1, 30);

	assert_non_null(strstr(page.lines[0].text, "heap"));
	page = page_of(*state, &ui, 4, 30);
	assert_true(shows(&page, "prog.c:1"));
}

static void what_is_empty_says_why(void **state)
{
	struct live_ui ui = fresh();

	type(&ui, "/nothing such\n");
	struct live_page page = page_of(*state, &ui, 24, 100);

	assert_true(shows(&page, "nothing matches the filter"));
	ui = fresh();
	type(&ui, "l");
	page = page_of(*state, &ui, 24, 100);
	assert_true(shows(&page, "nothing grows steadily"));
}

static void moving_stops_at_both_ends(void **state)
{
	struct live_ui ui = fresh();

	live_ui_key(&ui, LIVE_KEY_UP, 0);
	assert_int_equal(ui.scroll, 0);
	live_ui_key(&ui, LIVE_KEY_END, 0);
	page_of(*state, &ui, 11, 80);
	assert_int_equal(ui.scroll, 0);
	live_ui_key(&ui, LIVE_KEY_DOWN, 0);
	struct live_page page = page_of(*state, &ui, 5, 80);

	assert_int_equal(ui.page, 2);
	assert_int_equal(ui.scroll, 0);
	live_ui_key(&ui, LIVE_KEY_PAGE_DOWN, 0);
	page = page_of(*state, &ui, 4, 80);
	assert_int_equal(ui.scroll, 0);
	assert_true(page.count <= 4);
}

static void names_can_not_write_to_the_terminal(void **state)
{
	struct live_stage *stage = *state;
	struct live_ui ui = fresh();
	uint32_t node = 2;

	builder_dag_node(stage->builder, node, "\033[2J\xff\n evil", NULL, 0);
	builder_charge(stage->builder,
		       builder_account(stage->builder, stage->main, node, ACCOUNT_HEAP), 1, 9000, 0);
	live_stage_look(stage);
	type(&ui, "n");
	struct live_page page = page_of(stage, &ui, 24, 100);

	assert_true(shows(&page, " evil"));
	for (unsigned i = 0; i < page.count; i++)
		assert_null(strpbrk(page.lines[i].text, "\033\n\xff"));
}

static void growing_rows_stand_out(void **state)
{
	struct live_stage *stage = *state;
	struct live_ui ui = fresh();

	for (int i = 0; i < 10; i++) {
		builder_charge(stage->builder, stage->f, 1, 1000, 0);
		live_stage_look(stage);
	}
	type(&ui, "l");
	struct live_page page = page_of(stage, &ui, 24, 110);

	assert_int_equal(page.lines[5].style, LIVE_GROWING);
	assert_non_null(strstr(page.lines[5].text, "+1000 B"));
}

#define LIVE_TEST(name) cmocka_unit_test_setup_teardown(name, live_stage_set_up, live_stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_choose_order_and_rows),
		cmocka_unit_test(threads_go_round),
		cmocka_unit_test(a_filter_is_typed_corrected_and_given_up),
		cmocka_unit_test(a_filter_has_an_end),
		LIVE_TEST(a_page_has_totals_rows_and_keys),
		LIVE_TEST(every_size_of_screen_is_filled_and_no_more),
		LIVE_TEST(the_first_line_of_a_small_screen_is_the_heap),
		LIVE_TEST(what_is_empty_says_why),
		LIVE_TEST(moving_stops_at_both_ends),
		LIVE_TEST(names_can_not_write_to_the_terminal),
		LIVE_TEST(growing_rows_stand_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
