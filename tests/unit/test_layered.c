#include "reports/layered.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random.h"

enum { BOXES_MAX = 400, EDGES_MAX = 1200, WIDTH = 100, HEIGHT = 40 };

static struct layered_box boxes[BOXES_MAX];
static struct layered_edge edges[EDGES_MAX];

static void place(size_t count, size_t edge_count)
{
	for (size_t i = 0; i < count; i++)
		boxes[i] = (struct layered_box){ .width = WIDTH, .height = HEIGHT };
	assert_int_equal(layered_place(boxes, count, edges, edge_count), 0);
}

static bool overlap(const struct layered_box *a, const struct layered_box *b)
{
	const float rounding = 0.01f;

	return fabsf(a->x - b->x) < (a->width + b->width) / 2 - rounding &&
	       a->y < b->y + b->height && b->y < a->y + a->height;
}

static void assert_drawable(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_true(boxes[i].x - boxes[i].width / 2 >= -0.01f);
		assert_true(boxes[i].y >= 0);
		for (size_t j = 0; j < i; j++)
			assert_false(overlap(&boxes[i], &boxes[j]));
	}
}

static void a_chain_goes_straight_down(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 9; i++)
		edges[i] = (struct layered_edge){ i, i + 1 };
	place(10, 9);
	assert_drawable(10);
	for (size_t i = 1; i < 10; i++) {
		assert_true(boxes[i].y > boxes[i - 1].y + HEIGHT);
		assert_true(fabsf(boxes[i].x - boxes[0].x) < 1);
	}
}

/* 0 > 1, 0 > 2, 1 > 3, 2 > 3 */
static void a_diamond_has_its_tips_in_the_middle(void **state)
{
	static const struct layered_edge diamond[] = { { 0, 1 }, { 0, 2 }, { 1, 3 }, { 2, 3 } };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		edges[i] = diamond[i];
	place(4, 4);
	assert_drawable(4);
	assert_true(fabsf(boxes[0].x - boxes[3].x) < 1);
	assert_true(fabsf(boxes[1].x + boxes[2].x - 2 * boxes[0].x) < 1);
	assert_true(fabsf(boxes[1].y - boxes[2].y) < 1);
}

/* 0 and 1 above, 2 and 3 below, crosswise. */
static void edges_do_not_cross_without_need(void **state)
{
	(void)state;
	edges[0] = (struct layered_edge){ 0, 3 };
	edges[1] = (struct layered_edge){ 1, 2 };
	place(4, 2);
	assert_drawable(4);
	assert_true((boxes[0].x < boxes[1].x) == (boxes[3].x < boxes[2].x));
}

static void cycles_and_edges_to_nowhere_do_no_harm(void **state)
{
	static const struct layered_edge wild[] = {
		{ 0, 1 }, { 1, 2 }, { 2, 0 }, { 2, 2 }, { 7, 1 }, { 1, UINT32_MAX }, { 3, 4 }, { 4, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++)
		edges[i] = wild[i];
	place(5, sizeof wild / sizeof wild[0]);
	assert_drawable(5);
	place(0, 0);
	place(1, 0);
	assert_drawable(1);
}

/* 0 > 1 > ... > 7 > 9, and 8 alone. */
static void what_hangs_on_nothing_stands_beside_the_rest(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 7; i++)
		edges[i] = (struct layered_edge){ i, i + 1 };
	edges[7] = (struct layered_edge){ 7, 9 };
	place(10, 8);
	assert_drawable(10);
	assert_true(fabsf(boxes[8].y - boxes[0].y) < 1);
	assert_true(fabsf(boxes[8].x - boxes[0].x - WIDTH) < 1);
}

static void a_wide_layer_takes_several_rows(void **state)
{
	float right = 0;

	(void)state;
	for (uint32_t i = 0; i < 299; i++)
		edges[i] = (struct layered_edge){ 0, i + 1 };
	place(300, 299);
	assert_drawable(300);
	for (size_t i = 0; i < 300; i++)
		right = boxes[i].x > right ? boxes[i].x : right;
	assert_true(right < 40 * WIDTH);
}

static void random_dags_are_drawable_and_point_down(void **state)
{
	struct random seed = { 7 };

	(void)state;
	for (int round = 0; round < 60; round++) {
		size_t count = 1 + random_below(&seed, BOXES_MAX), used = 0;

		for (size_t i = 0; i < 3 * count && used < EDGES_MAX && count > 1; i++) {
			uint32_t to = 1 + (uint32_t)random_below(&seed, count - 1);

			edges[used++] = (struct layered_edge){ (uint32_t)random_below(&seed, to), to };
		}
		place(count, used);
		assert_drawable(count);
		for (size_t i = 0; i < used; i++)
			assert_true(boxes[edges[i].to].y > boxes[edges[i].from].y);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_goes_straight_down),
		cmocka_unit_test(a_diamond_has_its_tips_in_the_middle),
		cmocka_unit_test(edges_do_not_cross_without_need),
		cmocka_unit_test(cycles_and_edges_to_nowhere_do_no_harm),
		cmocka_unit_test(what_hangs_on_nothing_stands_beside_the_rest),
		cmocka_unit_test(a_wide_layer_takes_several_rows),
		cmocka_unit_test(random_dags_are_drawable_and_point_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
