#include "sample_views.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))

static const char *const COMMAND[] = { "./prog", "--size", "a b", "caf\xe9", NULL };

static const struct view_frame LOAD = {
	.function = "load_table",
	.file = "/home/user/project/src/load.c",
	.module = "/home/user/project/prog",
	.source = "\tt->rows = malloc(n * sizeof *t->rows);  ",
	.module_offset = 0x1234,
	.line = 33,
};

static const struct view_frame STATE = {
	.function = "event_register",
	.file = "model/state.c",
	.module = "/home/user/project/prog",
	.source = "    ev->registered = dict_new(\"a\", 'b');",
	.line = 447,
	.inlined = true,
};

static const struct view_frame LIBRARY = {
	.function = "std::vector<int, std::allocator<int> >::push_back(int&&)",
	.module = "/usr/lib/x86_64-linux-gnu/libdata.so.3",
	.module_offset = 0xabcdef,
};

static const struct view_frame STRIPPED = {
	.module = "/opt/tool/libstripped.so",
	.module_offset = 0x4f2a0,
};

static const struct view_frame UNKNOWN = { .module_offset = 0x7f0000001000 };

static const struct view_frame HOSTILE = {
	.function = "evil",
	.file = "/tmp/a,\"b\"\033[31m.c",
	.source = "/* \033]0;title\007 \xff */",
	.line = 1,
};

static const char *NOTES[] = { "the disk is full: new stacks are folded" };

static struct view_quality quality(void)
{
	return (struct view_quality){
		.walks_truncated = 3,
		.children_untraced = 1,
		.modules = 12,
		.modules_without_debug_info = 4,
		.notes = NOTES,
		.note_count = COUNT(NOTES),
	};
}

static struct view_process process(void)
{
	return (struct view_process){
		.command = COMMAND,
		.executable = "/home/user/project/prog",
		.directory = "/home/user",
		.profile_path = "/home/user/out/old.dagmem",
		.pid = 4711,
		.parent_pid = 4710,
		.state = "exited",
		.exit_status = 3,
		.start_realtime_ns = 1700000000123456789,
		.duration_ns = 12300000000,
	};
}

struct view_top sample_top(void)
{
	static struct view_row rows[6];

	rows[0] = (struct view_row){ 1, 34271539, 120, 34300000, 0.25, .frame = STATE };
	rows[1] = (struct view_row){ 2, 20074803, 64, 20075000, 0.125, .frame = LOAD };
	rows[2] = (struct view_row){ 3, 1048576, 2, 1048600, 0.01, .frame = LIBRARY };
	rows[3] = (struct view_row){ 4, 4096, 1, 4104, 0.0, .frame = STRIPPED };
	rows[4] = (struct view_row){ 5, 100, 1, 104, 0.0, .frame = UNKNOWN };
	rows[5] = (struct view_row){ 6, 0, 0, 0, 0.0, .frame = HOSTILE };
	return (struct view_top){
		.process = process(),
		.metric = METRIC_LIVE,
		.by = BY_LINE,
		.at = "exit",
		.rows = rows,
		.row_count = COUNT(rows),
		.total = { 137444114, 99187, 139000000 },
		.other = { 38550733, 98999, 39000000 },
		.other_rows = 536,
		.peak_bytes = 140402688,
		.peak_bound_bytes = 262144,
		.quality = quality(),
	};
}

struct view_top sample_top_by_stack(void)
{
	static struct view_frame stack[3];
	static struct view_row rows[1];
	struct view_top view = sample_top();

	stack[0] = (struct view_frame){ .function = "_start", .module = "/home/user/project/prog" };
	stack[1] = STATE;
	stack[2] = LOAD;
	rows[0] = (struct view_row){
		1, 34271539, 12, 34300000, 0.25, .frame = LOAD, .stack = stack, .stack_frames = COUNT(stack),
	};
	view.by = BY_STACK;
	view.rows = rows;
	view.row_count = 1;
	view.quality = (struct view_quality){ .modules = 12 };
	return view;
}

struct view_diff sample_diff(void)
{
	static struct view_diff_row rows[3];

	rows[0] = (struct view_diff_row){ 1, 20027801, 524288, 64, 2, .frame = LOAD };
	rows[1] = (struct view_diff_row){ 2, 0, 1536, 0, 3, .frame = LIBRARY };
	rows[2] = (struct view_diff_row){ 3, 100, 0, 1, 0, .frame = STRIPPED };
	return (struct view_diff){
		.old_process = process(),
		.new_process = process(),
		.old_at = "after \"load\"",
		.new_at = "exit",
		.metric = METRIC_LIVE,
		.by = BY_LINE,
		.rows = rows,
		.row_count = COUNT(rows),
		.other_rows = 7,
		.old_total = { 20029901, 90, 20100000 },
		.new_total = { 525824, 5, 526000 },
		.old_peak_bytes = 30000000,
		.new_peak_bytes = 29000000,
		.quality = quality(),
	};
}

struct view_timeline sample_timeline(void)
{
	enum { POINTS = 64 };
	static struct view_sample heap[POINTS], rss[POINTS / 4], allocations[2];
	static struct view_mark marks[3];

	for (uint64_t i = 0; i < POINTS; i++) {         /* up to the middle, then half of it */
		uint64_t value = i < POINTS / 2 ? i * 4194304 : 62914560;

		heap[i] = (struct view_sample){ i * 100000000, value };
	}
	for (uint64_t i = 0; i < POINTS / 4; i++)
		rss[i] = (struct view_sample){ i * 400000000, heap[i * 4].value + 16777216 };
	allocations[0] = (struct view_sample){ 0, 0 };
	allocations[1] = (struct view_sample){ 6300000000, 123456789012 };
	marks[0] = (struct view_mark){ 1000000000, NULL, true };
	marks[1] = (struct view_mark){ 3200000000, "after load", false };
	marks[2] = (struct view_mark){ 3210000000, "right after", false };
	return (struct view_timeline){
		.process = process(),
		.heap = heap,
		.heap_count = POINTS,
		.rss = rss,
		.rss_count = COUNT(rss),
		.allocations = allocations,
		.allocations_count = COUNT(allocations),
		.snapshots = marks,
		.snapshot_count = COUNT(marks),
		.peak_bytes = 31 * UINT64_C(4194304),
		.peak_bound_bytes = 0,
		.peak_time_ns = 3100000000,
		.duration_ns = 6400000000,
		.quality = { .modules = 1 },
	};
}

struct view_info sample_info(void)
{
	static struct view_process children[1];
	static uint64_t peaks[1] = { 5242880 };
	static struct view_mark marks[2];
	struct view_info view = {
		.process = process(),
		.totals = {
			.allocations = 123456789012,
			.allocated_bytes = UINT64_C(9) << 40,
			.frees = 123456689012,
			.freed_bytes = (UINT64_C(9) << 40) - 137444114,
			.live_bytes = 137444114,
			.live_count = 100000,
			.slack_bytes = 1555886,
			.peak_bytes = 140402688,
			.peak_bound_bytes = 262144,
			.temporaries = 77,
			.mappings = 3,
			.mapped_bytes = 8388608,
		},
		.threads = 8,
		.shards = 8,
		.call_tree_nodes = 34567,
		.accounts = 4567,
		.modules = 12,
		.profile_bytes = 3145728,
		.tracer_memory_bytes = 10485760,
		.allocator = "libc.so.6",
		.tracer_version = "0.1.0",
		.format_version = 1,
		.rss = {
			.rss = 180000000,
			.requested = 137444114,
			.slack = 1555886,
			.allocator_free = UINT64_MAX,
			.mapped = 8388608,
			.tracer = 10485760,
			.other = 22125632,
		},
		.children = children,
		.children_peak_bytes = peaks,
		.child_count = COUNT(children),
		.snapshots = marks,
		.snapshot_count = COUNT(marks),
		.quality = quality(),
	};

	marks[0] = (struct view_mark){ 1500000000, NULL, true };
	marks[1] = (struct view_mark){ 2500000000, "after load", false };
	children[0] = process();
	children[0].pid = 4712;
	children[0].parent_pid = 4711;
	children[0].state = "killed";
	children[0].signal = 9;
	children[0].out_of_memory = true;
	view.size_class[0] = 5;
	view.size_class[255] = 1;
	return view;
}
