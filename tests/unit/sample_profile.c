#include "sample_views.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))

/*
 * main calls work; into work prepare is inlined and into that get<T>.  work
 * calls itself once, and a function whose name no format likes.  A mapping; a
 * stack that is not known.
 *
 *   calls:  1 main
 *           2 main work(prepare(get))       100 bytes outside, 40 in "join"
 *           3 main work(prepare(get)) work  900 bytes
 *           4 main evil                     7 bytes
 */
enum { MAIN, WORK, PREPARE, GET, EVIL, WORK_AGAIN, UNKNOWN };

static struct view_frame frames[] = {
	[MAIN] = { .function = "main", .file = "/src/main.c", .module = "/bin/prog", .line = 10 },
	[WORK] = { .function = "work", .file = "/src/work.c", .module = "/bin/prog", .line = 20 },
	[PREPARE] = { .function = "prepare", .file = "/src/work.c", .module = "/bin/prog", .line = 30 },
	[GET] = { .function = "get<std::pair<int, char> >", .file = "/src/get.h",
		  .module = "/bin/prog", .line = 40 },
	[EVIL] = { .function = "e;v\"i'l <&>\n\xff 5", .module = "/lib/evil,so" },
	[WORK_AGAIN] = { .function = "work", .file = "/src/work.c", .module = "/bin/prog", .line = 25 },
	[UNKNOWN] = { .module_offset = 0x7f00 },
};

static uint32_t place_frames[] = { MAIN, GET, PREPARE, WORK, WORK_AGAIN, EVIL };

static struct view_place places[] = {
	{ 0 }, { 0, 1, 2, 0x1010 }, { 1, 3, 2, 0x1020 }, { 4, 1, 2, 0x1030 }, { 5, 1, 1, 0x2040 },
};

static struct view_call calls[] = { { 0, 0 }, { 0, 1 }, { 1, 2 }, { 2, 3 }, { 1, 4 } };

static struct view_stack stacks[] = {
	{ .call = 2, .node = 0, .owner = GET, .live = { 100, 1, 104 }, .peak = { 300, 3, 0 },
	  .total = { 1000, 10, 0 }, .temporaries = 4 },
	{ .call = 2, .node = 1, .owner = GET, .live = { 40, 2, 48 }, .peak = { 40, 2, 0 },
	  .total = { 60, 3, 0 } },
	{ .call = 3, .node = 1, .owner = WORK_AGAIN, .live = { 900, 1, 904 }, .total = { 900, 1, 0 } },
	{ .call = 4, .node = 2, .owner = EVIL, .live = { 7, 7, 8 }, .peak = { 7, 7, 0 },
	  .total = { 7, 7, 0 } },
	{ .call = 1, .node = 0, .owner = MAIN, .kind = VIEW_MAPPING, .live = { 8192, 1, 8192 },
	  .total = { 8192, 1, 0 } },
	{ .call = 0, .node = 0, .owner = UNKNOWN, .live = { 3, 1, 8 }, .total = { 3, 1, 0 } },
};

static struct view_module modules[] = {
	{ "/lib/evil,so", "00ff", 0x700000, 0x710000, 0x700000 },
	{ "/bin/prog", NULL, 0x400000, 0x410000, 0x3ff000 },
};

static const char *nodes[] = { VIEW_OUTSIDE_NODES, "join", "a;\"<b>\"\t\xfe" };

static struct view_snapshot_row rows[] = {
	{ .stack = 0, .live = { 200, 2, 208 }, .total = { 500, 5, 0 }, .temporaries = 2 },
	{ .stack = 4, .live = { 8192, 1, 8192 }, .total = { 8192, 1, 0 } },
};

static struct view_snapshot snapshots[] = {
	{ { 3200000000, "after \"load\"", false }, rows, COUNT(rows) },
};

struct view_profile sample_profile(void)
{
	struct view_profile view = {
		.stacks = {
			.process = sample_timeline().process, .metric = METRIC_LIVE, .at = "exit",
			.stacks = stacks, .stack_count = COUNT(stacks),
			.calls = calls, .call_count = COUNT(calls),
			.places = places, .place_count = COUNT(places),
			.place_frames = place_frames, .place_frame_count = COUNT(place_frames),
			.frames = frames, .frame_count = COUNT(frames),
			.modules = modules, .module_count = COUNT(modules),
			.nodes = nodes, .node_count = COUNT(nodes),
			.snapshots = snapshots, .snapshot_count = COUNT(snapshots),
			.peak_bytes = 347, .peak_bound_bytes = 16, .peak_time_ns = 3100000000,
			.quality = sample_top().quality,
		},
		.timeline = sample_timeline(),
		.info = sample_info(),
	};

	view.timeline.heap_count = 3;
	return view;
}
