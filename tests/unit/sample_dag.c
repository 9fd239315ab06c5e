#include "sample_views.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))

static struct view_dag_node nodes[] = {
	{ .name = "extract", .declared = 1, .executions = 20, .busy_ns = 5000000000, .allocated_bytes = 4294967296,
	  .allocations = 40, .retained_bytes = 2147483648, .transient_bytes = 314572800, .at_peak_bytes = 209715200,
	  .at_peak_count = 2, .live_bytes = 104857600, .live_count = 1, .results = 20, .result_bytes = 104857600,
	  .drag_byte_s = 7.5e9, .lag_byte_s = 1e8, .use_byte_s = 5e8,
	  .held_by = { .function = "load", .file = "/src/load.c", .line = 12, .source = "\trows = malloc(n);" },
	  .held_bytes = 104857600 },
	{ .name = "join \033[31m\"a,b\"", .declared = 3, .requested = true, .executions = 60, .failed = 1,
	  .allocated_bytes = 1000, .allocations = 60, .retained_bytes = -500, .transient_bytes = 20,
	  .helper_bytes = 30, .at_peak_bytes = 1000, .at_peak_count = 60, .running = 1 },
	{ .name = "a name that is longer than the column that it stands in", .declared = 1 },
};

static struct view_dag_edge edges[] = { { 0, 1 } };

static struct view_dag_run runs[] = {
	{ .name = "daily", .iteration = 7, .begin_ns = 100, .end_ns = 5000000000, .heap_bytes = 42 },
	{ .iteration = 8, .begin_ns = 5000000001, .end_ns = VIEW_NOT_KNOWN, .heap_bytes = VIEW_NOT_KNOWN },
};

static struct view_dag_result results[] = {
	{ .node = 0, .run = 0, .bytes = 104857600, .parts = 2, .produced_ns = 1000000000,
	  .first_use_ns = 1500000000, .last_use_ns = 2000000000, .released_ns = 3000000000,
	  .freed_ns = 4000000000, .last_consumer = 1, .freed_by = VIEW_NO_NODE, .lag_ns = 500000000,
	  .use_ns = 500000000, .drag_ns = 2000000000, .unreleased_ns = 1000000000,
	  .unfreed_ns = 1000000000, .drag_byte_s = 209715200 },
	{ .node = 1, .run = 1, .bytes = 50, .parts = 1, .requested = true, .produced_ns = 4500000000,
	  .first_use_ns = VIEW_NOT_KNOWN, .last_use_ns = VIEW_NOT_KNOWN, .released_ns = VIEW_NOT_KNOWN,
	  .freed_ns = VIEW_NOT_KNOWN, .last_consumer = VIEW_NO_NODE, .freed_by = VIEW_NO_NODE,
	  .unfreed_ns = VIEW_NOT_KNOWN },
	{ .node = 0, .run = VIEW_NO_NODE, .bytes = 70, .parts = 1, .taken = true, .produced_ns = 100,
	  .first_use_ns = VIEW_NOT_KNOWN, .last_use_ns = VIEW_NOT_KNOWN, .released_ns = VIEW_NOT_KNOWN,
	  .freed_ns = 200, .last_consumer = VIEW_NO_NODE, .freed_by = 1, .void_ns = 100,
	  .void_byte_s = 7e-6, .unfreed_ns = VIEW_NOT_KNOWN },
};

static struct view_dag_order orders[] = { { "same", 123000000 }, { "greedy", 110000000 }, { "best", 105000000 } };
static struct view_dag_saving savings[] = {
	{ .node = 0, .after = 1, .peak_bytes = 130000000, .bytes = 90000000, .share = 0.41 },
	{ .node = 2, .after = VIEW_NO_NODE, .peak_bytes = 200000000, .bytes = 20000000, .share = 0.09 },
};
static struct view_sample points[] = { { 1, 4096 }, { 2, 8192 }, { 3, 12288 } };
static struct view_dag_growth_line lines[] = {
	{ .frame = { .function = "keep", .file = "/src/keep.c", .line = 30, .source = "\tkept = malloc(4096);" },
	  .bytes_per_execution = 4096, .blocks_per_execution = 1 },
	{ .frame = { .function = "keep", .file = "/src/keep.c", .line = 31 },
	  .bytes_per_execution = 12.5, .blocks_per_execution = 0.25 },
};
static struct view_dag_growth growth[] = {
	{ .node = 0, .trend = { .verdict = TREND_GROWING, .slope = 4096, .low = 4000, .high = 4200, .confidence = 0.95 },
	  .blocks_per_execution = 1.25, .since_iteration = 3, .points = points, .point_count = COUNT(points),
	  .lines = lines, .line_count = COUNT(lines) },
	{ .node = 1, .trend = { .verdict = TREND_LEVELS_OFF, .confidence = 0.95 }, .points = points,
	  .point_count = COUNT(points) },
};
static struct view_dag_finding findings[] = {
	{ FINDING_LEAK, 0, 4096, "leak: `extract` retains 4.0 KiB per execution since iteration 3" },
	{ FINDING_MISUSE, VIEW_NO_NODE, 2, "2 calls made no sense" },
};
static struct view_dag_misuse misuses[] = { { "the same result produced twice", "extract" },
					    { "a node that was never declared", NULL } };

struct view_dag sample_dag(void)
{
	return (struct view_dag){
		.process = sample_timeline().process, .peak_bytes = 220000000, .peak_bound_bytes = 131072,
		.peak_time_ns = 2500000000, .duration_ns = 6000000000, .outside_at_peak_bytes = 9000,
		.nodes = nodes, .node_count = COUNT(nodes), .edges = edges, .edge_count = COUNT(edges),
		.runs = runs, .run_count = COUNT(runs), .runs_begun = 9000,
		.results = results, .result_count = COUNT(results), .executions_ended = 80,
		.what_if = {
			.known = true, .measured_bytes = 220000000, .peak_bytes = 123000000,
			.held_bytes = 97000000, .other_bytes = 3000000, .lower_bound_bytes = 100000000,
			.orders = orders, .order_count = COUNT(orders), .savings = savings,
			.saving_count = COUNT(savings), .executions = 80, .executions_known = 70,
		},
		.growth = growth, .growth_count = COUNT(growth), .findings = findings,
		.finding_count = COUNT(findings), .misuses = misuses, .misuse_count = COUNT(misuses),
		.quality = { .modules = 1, .nodes_misused = 2 },
	};
}
