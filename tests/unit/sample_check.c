#include "sample_views.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))

/* One item of each kind, passed and failed, with names that need escaping. */
static const struct view_frame LOAD = {
	.function = "load_table", .file = "/home/user/project/src/load.c", .line = 33,
	.module = "/home/user/project/prog",
};

static const struct view_frame EVIL = {
	.function = "evil<a, b>::operator|(\"x\" & y)\n\xff", .module = "/lib/e vil.so",
};

static struct view_check_row of_process[2], over[2], grown[1], of_node[1];

static struct view_check_item items[6];

static void fill_limits(void)
{
	of_process[0] = (struct view_check_row){ 90000000, VIEW_NOT_KNOWN, LOAD, NULL };
	of_process[1] = (struct view_check_row){ 40000000, VIEW_NOT_KNOWN, EVIL, NULL };
	over[0] = (struct view_check_row){ 2000, VIEW_NOT_KNOWN, LOAD, NULL };
	over[1] = (struct view_check_row){ 1001, VIEW_NOT_KNOWN, EVIL, NULL };
	of_node[0] = (struct view_check_row){ 5, VIEW_NOT_KNOWN, EVIL, "a_*|<b>" };
	items[0] = (struct view_check_item){
		.text = "max-peak 200MiB", .quantity = CHECK_PEAK, .passed = true,
		.value = 140402688, .allowed = 209715200, .before = VIEW_NOT_KNOWN, .matched = 1,
	};
	items[1] = (struct view_check_item){
		.text = "max-peak 133MiB", .file = "ci/bud get", .line = 7, .quantity = CHECK_PEAK,
		.value = 140402688, .allowed = 140400000, .before = VIEW_NOT_KNOWN, .matched = 1,
		.over = 1, .rows = of_process, .row_count = COUNT(of_process),
	};
	items[2] = (struct view_check_item){
		.text = "max-allocations line:*=1000", .quantity = CHECK_ALLOCATIONS,
		.scope = CHECK_LINE, .value = 2000, .allowed = 1000, .before = VIEW_NOT_KNOWN,
		.matched = 17, .over = 12, .rows = over, .row_count = COUNT(over),
	};
	items[3] = (struct view_check_item){
		.text = "max-live node:a_[*]*=1", .quantity = CHECK_LIVE, .scope = CHECK_NODE,
		.value = 5, .allowed = 1, .before = VIEW_NOT_KNOWN, .matched = 1, .over = 1,
		.rows = of_node, .row_count = COUNT(of_node),
	};
}

static void fill_comparisons(void)
{
	grown[0] = (struct view_check_row){ 3000000, 1000000, LOAD, NULL };
	items[4] = (struct view_check_item){
		.text = "baseline live, tolerance 5%", .kind = CHECK_GROWTH, .quantity = CHECK_LIVE,
		.value = 4000000, .allowed = 2100000, .before = 2000000, .matched = 1, .over = 1,
		.rows = grown, .row_count = COUNT(grown),
	};
	items[5] = (struct view_check_item){
		.text = "baseline new sites, live", .kind = CHECK_NEW_SITE, .quantity = CHECK_LIVE,
		.scope = CHECK_FUNCTION, .passed = true, .allowed = 1 << 20,
		.before = VIEW_NOT_KNOWN, .matched = 9,
	};
}

struct view_check sample_check(void)
{
	fill_limits();
	fill_comparisons();
	return (struct view_check){
		.process = sample_top().process, .baseline_path = "/home/user/out/base.dagmem",
		.items = items, .item_count = COUNT(items), .failed = 4, .peak_bound_bytes = 262144,
		.quality = { .modules = 3, .walks_truncated = 1 },
	};
}
