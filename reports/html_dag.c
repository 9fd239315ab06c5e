#include "reports/html_dag.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "reports/layered.h"
#include "reports/pack_rows.h"

/* Pixels: a node's square, whose area is what it retains, and its name below. */
enum { SIDE_MIN = 8, SIDE_MAX = 64, CELL_WIDTH = 104, NAME_HEIGHT = 18, ROW_GAP = 14 };

static const struct pack_field NODE_FIELDS[] = {
	PACK_FIELD("dagnode.", PACK_TEXT, struct view_dag_node, name),
	PACK_FIELD("dagnode.", PACK_BOOL, struct view_dag_node, requested),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, declared),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, executions),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, failed),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, running),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, busy_ns),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, allocated_bytes),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, allocations),
	PACK_FIELD("dagnode.", PACK_I64, struct view_dag_node, retained_bytes),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, transient_bytes),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, at_peak_bytes),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, idle_at_peak_bytes),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, live_bytes),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, live_count),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, results),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, result_bytes),
	PACK_FIELD("dagnode.", PACK_REAL, struct view_dag_node, drag_byte_s),
	PACK_FIELD("dagnode.", PACK_REAL, struct view_dag_node, lag_byte_s),
	PACK_FIELD("dagnode.", PACK_REAL, struct view_dag_node, use_byte_s),
	PACK_FIELD("dagnode.", PACK_REAL, struct view_dag_node, void_byte_s),
	PACK_FRAME("dagnode.", struct view_dag_node, held_by),
	PACK_FIELD("dagnode.", PACK_U64, struct view_dag_node, held_bytes),
};

static const struct pack_field EDGE_FIELDS[] = {
	PACK_FIELD("dagedge.", PACK_U32, struct view_dag_edge, node),
	PACK_FIELD("dagedge.", PACK_U32, struct view_dag_edge, consumer),
};

static const struct pack_field RUN_FIELDS[] = {
	PACK_FIELD("dagrun.", PACK_TEXT, struct view_dag_run, name),
	PACK_FIELD("dagrun.", PACK_U64, struct view_dag_run, iteration),
	PACK_FIELD("dagrun.", PACK_U64, struct view_dag_run, begin_ns),
	PACK_FIELD("dagrun.", PACK_U64, struct view_dag_run, end_ns),
	PACK_FIELD("dagrun.", PACK_INT, struct view_dag_run, status),
	PACK_FIELD("dagrun.", PACK_U64, struct view_dag_run, heap_bytes),
};

static const struct pack_field RESULT_FIELDS[] = {
	PACK_FIELD("dagresult.", PACK_U32, struct view_dag_result, node),
	PACK_FIELD("dagresult.", PACK_U64, struct view_dag_result, bytes),
	PACK_FIELD("dagresult.", PACK_BOOL, struct view_dag_result, requested),
	PACK_FIELD("dagresult.", PACK_U64, struct view_dag_result, produced_ns),
	PACK_FIELD("dagresult.", PACK_U64, struct view_dag_result, first_use_ns),
	PACK_FIELD("dagresult.", PACK_U64, struct view_dag_result, last_use_ns),
	PACK_FIELD("dagresult.", PACK_U64, struct view_dag_result, freed_ns),
	PACK_FIELD("dagresult.", PACK_U32, struct view_dag_result, last_consumer),
	PACK_FIELD("dagresult.", PACK_REAL, struct view_dag_result, drag_byte_s),
	PACK_FIELD("dagresult.", PACK_REAL, struct view_dag_result, void_byte_s),
};

static const struct pack_field EXECUTION_FIELDS[] = {
	PACK_FIELD("dagexec.", PACK_U32, struct view_dag_execution, node),
	PACK_FIELD("dagexec.", PACK_U32, struct view_dag_execution, thread),
	PACK_STEADY("dagexec.", PACK_U64, struct view_dag_execution, begin_ns),
	PACK_FIELD("dagexec.", PACK_U64, struct view_dag_execution, end_ns),
	PACK_FIELD("dagexec.", PACK_U64, struct view_dag_execution, transient_bytes),
	PACK_FIELD("dagexec.", PACK_U64, struct view_dag_execution, allocated_bytes),
	PACK_FIELD("dagexec.", PACK_BOOL, struct view_dag_execution, helper),
	PACK_FIELD("dagexec.", PACK_BOOL, struct view_dag_execution, failed),
};

static const struct pack_field SAVING_FIELDS[] = {
	PACK_FIELD("dagsaving.", PACK_U32, struct view_dag_saving, node),
	PACK_FIELD("dagsaving.", PACK_U32, struct view_dag_saving, after),
	PACK_FIELD("dagsaving.", PACK_U64, struct view_dag_saving, peak_bytes),
	PACK_FIELD("dagsaving.", PACK_U64, struct view_dag_saving, bytes),
	PACK_FIELD("dagsaving.", PACK_REAL, struct view_dag_saving, share),
};

static const struct pack_field ORDER_FIELDS[] = {
	PACK_FIELD("dagorder.", PACK_TEXT, struct view_dag_order, name),
	PACK_FIELD("dagorder.", PACK_U64, struct view_dag_order, peak_bytes),
};

static const struct pack_field GROWTH_FIELDS[] = {
	PACK_FIELD("daggrowth.", PACK_U32, struct view_dag_growth, node),
	PACK_FIELD("daggrowth.", PACK_REAL, struct view_dag_growth, trend.slope),
	PACK_FIELD("daggrowth.", PACK_REAL, struct view_dag_growth, blocks_per_execution),
};

static const struct pack_field FINDING_FIELDS[] = {
	PACK_FIELD("dagfinding.", PACK_U32, struct view_dag_finding, node),
	PACK_FIELD("dagfinding.", PACK_REAL, struct view_dag_finding, weight),
	PACK_FIELD("dagfinding.", PACK_TEXT, struct view_dag_finding, text),
};

static void pack_what_if(struct pack *pack, const struct view_dag *dag)
{
	static const struct pack_field fields[] = {
		PACK_FIELD("dag.", PACK_U64, struct view_dag, peak_bytes),
		PACK_FIELD("dag.", PACK_U64, struct view_dag, peak_time_ns),
		PACK_FIELD("dag.", PACK_U64, struct view_dag, outside_at_peak_bytes),
		PACK_FIELD("dag.", PACK_U64, struct view_dag, runs_begun),
		PACK_FIELD("dag.", PACK_U64, struct view_dag, executions_ended),
		PACK_FIELD("dag.", PACK_BOOL, struct view_dag, what_if.known),
		PACK_FIELD("dag.", PACK_BOOL, struct view_dag, what_if.exact),
		PACK_FIELD("dag.", PACK_U64, struct view_dag, what_if.measured_bytes),
		PACK_FIELD("dag.", PACK_U64, struct view_dag, what_if.peak_bytes),
		PACK_FIELD("dag.", PACK_U64, struct view_dag, what_if.held_bytes),
		PACK_FIELD("dag.", PACK_U64, struct view_dag, what_if.other_bytes),
		PACK_FIELD("dag.", PACK_U64, struct view_dag, what_if.lower_bound_bytes),
	};

	PACK_ROWS(pack, dag, 1, fields);
	PACK_ROWS(pack, dag->what_if.orders, dag->what_if.order_count, ORDER_FIELDS);
	PACK_ROWS(pack, dag->what_if.savings, dag->what_if.saving_count, SAVING_FIELDS);
}

/* --- The picture ---------------------------------------------------------------- */

/* What a node's square stands for. */
static uint64_t weight_of(const struct view_dag_node *node)
{
	uint64_t retained = node->retained_bytes > 0 ? (uint64_t)node->retained_bytes : 0;

	return retained > node->result_bytes ? retained : node->result_bytes;
}

static uint64_t largest(const struct view_dag *dag)
{
	uint64_t bytes = 1;

	for (size_t i = 0; i < dag->node_count; i++)
		if (weight_of(&dag->nodes[i]) > bytes)
			bytes = weight_of(&dag->nodes[i]);
	return bytes;
}

static float side_of(const struct view_dag_node *node, uint64_t largest_bytes)
{
	double side = SIDE_MAX * sqrt((double)weight_of(node) / (double)largest_bytes);

	return (float)(side > SIDE_MIN ? side : SIDE_MIN);
}

/* Boxes as the picture has them: layers below each other, or side by side. */
static void fill_boxes(struct layered_box *boxes, const struct view_dag *dag, bool across)
{
	uint64_t largest_bytes = largest(dag);

	for (size_t i = 0; i < dag->node_count; i++) {
		float height = side_of(&dag->nodes[i], largest_bytes) + NAME_HEIGHT;

		boxes[i] = across ? (struct layered_box){ .width = height + ROW_GAP, .height = CELL_WIDTH }
				  : (struct layered_box){ .width = CELL_WIDTH, .height = height };
	}
}

static bool is_tall(const struct layered_box *boxes, size_t count)
{
	float width = 0, height = 0;

	for (size_t i = 0; i < count; i++) {
		width = fmaxf(width, boxes[i].x + boxes[i].width / 2);
		height = fmaxf(height, boxes[i].y + boxes[i].height);
	}
	return height > width;
}

/* Screens are wide: where the layers make a tall picture, they stand side by side. */
static int place(struct layered_box *boxes, const struct view_dag *dag,
		 const struct layered_edge *edges, bool *across)
{
	fill_boxes(boxes, dag, false);
	if (layered_place(boxes, dag->node_count, edges, dag->edge_count))
		return -1;
	*across = is_tall(boxes, dag->node_count);
	if (!*across)
		return 0;
	fill_boxes(boxes, dag, true);
	if (layered_place(boxes, dag->node_count, edges, dag->edge_count))
		return -1;
	for (size_t i = 0; i < dag->node_count; i++)
		boxes[i] = (struct layered_box){
			.x = boxes[i].y + CELL_WIDTH / 2.0f,
			.y = boxes[i].x - boxes[i].width / 2,
			.height = boxes[i].width - ROW_GAP,
		};
	return 0;
}

static void pack_layout(struct pack *pack, const struct layered_box *boxes, size_t count,
			bool across)
{
	pack_column(pack, "dagnode.x", PACK_SIGNED);
	for (size_t i = 0; i < count; i++)
		pack_number(pack, (uint64_t)(int64_t)lroundf(boxes[i].x));
	pack_column(pack, "dagnode.y", PACK_SIGNED);
	for (size_t i = 0; i < count; i++)
		pack_number(pack, (uint64_t)(int64_t)lroundf(boxes[i].y));
	pack_column(pack, "dagnode.side", PACK_UNSIGNED);
	for (size_t i = 0; i < count; i++)
		pack_number(pack, (uint64_t)lroundf(boxes[i].height) - NAME_HEIGHT);
	pack_column(pack, "dag.across", PACK_UNSIGNED);
	pack_number(pack, across);
}

static int lay_out(struct pack *pack, const struct view_dag *dag)
{
	struct layered_box *boxes = calloc(dag->node_count, sizeof *boxes);
	struct layered_edge *edges = calloc(dag->edge_count + 1, sizeof *edges);
	bool across = false;
	int result = -1;

	for (size_t i = 0; edges && i < dag->edge_count; i++)
		edges[i] = (struct layered_edge){ dag->edges[i].node, dag->edges[i].consumer };
	if (boxes && edges)
		result = place(boxes, dag, edges, &across);
	if (!result)
		pack_layout(pack, boxes, dag->node_count, across);
	free(boxes);
	free(edges);
	return result;
}

int html_dag_pack(struct pack *pack, const struct view_dag *dag)
{
	if (!dag->node_count)
		return 0;
	PACK_ROWS(pack, dag->nodes, dag->node_count, NODE_FIELDS);
	PACK_ROWS(pack, dag->edges, dag->edge_count, EDGE_FIELDS);
	PACK_ROWS(pack, dag->runs, dag->run_count, RUN_FIELDS);
	PACK_ROWS(pack, dag->results, dag->result_count, RESULT_FIELDS);
	PACK_ROWS(pack, dag->executions, dag->execution_count, EXECUTION_FIELDS);
	PACK_ROWS(pack, dag->growth, dag->growth_count, GROWTH_FIELDS);
	PACK_ROWS(pack, dag->findings, dag->finding_count, FINDING_FIELDS);
	pack_what_if(pack, dag);
	return lay_out(pack, dag);
}
