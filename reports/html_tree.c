#include "reports/html_tree.h"

#include "reports/pack_rows.h"

static const struct pack_field FRAME_FIELDS[] = {
	PACK_FIELD("frame.", PACK_TEXT, struct view_frame, function),
	PACK_FIELD("frame.", PACK_TEXT, struct view_frame, file),
	PACK_FIELD("frame.", PACK_TEXT, struct view_frame, module),
	PACK_FIELD("frame.", PACK_TEXT, struct view_frame, source),
	PACK_FIELD("frame.", PACK_U32, struct view_frame, line),
	PACK_FIELD("frame.", PACK_U64, struct view_frame, module_offset),
};

static const struct pack_field NODE_FIELDS[] = {
	PACK_STEADY("node.", PACK_U32, struct view_tree_node, parent),
	PACK_FIELD("node.", PACK_U32, struct view_tree_node, frame),
	PACK_FIELD("node.", PACK_BOOL, struct view_tree_node, inlined),
};

static const struct pack_field CHARGE_FIELDS[] = {
	PACK_STEADY("charge.", PACK_U32, struct view_charge, node),
	PACK_STEADY("charge.", PACK_U32, struct view_charge, owner),
	PACK_STEADY("charge.", PACK_U32, struct view_charge, dag_node),
	PACK_FIELD("charge.", PACK_U32, struct view_charge, kind),
	PACK_FIELD("charge.", PACK_U64, struct view_charge, live_bytes),
	PACK_FIELD("charge.", PACK_U64, struct view_charge, live_count),
	PACK_FIELD("charge.", PACK_U64, struct view_charge, slack_bytes),
	PACK_FIELD("charge.", PACK_U64, struct view_charge, peak_bytes),
	PACK_FIELD("charge.", PACK_U64, struct view_charge, peak_count),
	PACK_FIELD("charge.", PACK_U64, struct view_charge, total_bytes),
	PACK_FIELD("charge.", PACK_U64, struct view_charge, total_count),
	PACK_FIELD("charge.", PACK_U64, struct view_charge, temporaries),
};

static const struct pack_field MOMENT_FIELDS[] = {
	{ "moment.time_ns", PACK_U64, offsetof(struct view_moment, mark.time_ns), true },
	{ "moment.label", PACK_TEXT, offsetof(struct view_moment, mark.label), false },
	{ "moment.automatic", PACK_BOOL, offsetof(struct view_moment, mark.automatic), false },
	PACK_FIELD("moment.", PACK_U64, struct view_moment, change_count),
};

static const struct pack_field CHANGE_FIELDS[] = {
	PACK_STEADY("change.", PACK_U32, struct view_change, charge),
	PACK_FIELD("change.", PACK_I64, struct view_change, live_bytes),
	PACK_FIELD("change.", PACK_I64, struct view_change, live_count),
	PACK_FIELD("change.", PACK_I64, struct view_change, total_bytes),
	PACK_FIELD("change.", PACK_I64, struct view_change, total_count),
	PACK_FIELD("change.", PACK_I64, struct view_change, temporaries),
};

static const struct pack_field NAME_FIELDS[] = { { "dag.name", PACK_TEXT, 0, false } };

/* The changes of all moments, one after the other. */
static struct view_change *join_changes(struct pack *pack, const struct view_report *view,
					size_t *count)
{
	struct view_change *all;

	*count = 0;
	for (size_t i = 0; i < view->moment_count; i++)
		*count += view->moments[i].change_count;
	all = arena_alloc_array(&pack->arena, *count, sizeof *all);
	*count = 0;
	for (size_t i = 0; i < view->moment_count && all; i++)
		for (size_t j = 0; j < view->moments[i].change_count; j++)
			all[(*count)++] = view->moments[i].changes[j];
	pack->failed |= !all;
	return all;
}

void html_tree_pack(struct pack *pack, const struct view_report *view)
{
	const struct view_tree *tree = &view->tree;
	size_t change_count;
	const struct view_change *changes = join_changes(pack, view, &change_count);

	PACK_ROWS(pack, tree->frames, tree->frame_count, FRAME_FIELDS);
	PACK_ROWS(pack, tree->nodes, tree->node_count, NODE_FIELDS);
	PACK_ROWS(pack, tree->dag_names, tree->dag_name_count, NAME_FIELDS);
	PACK_ROWS(pack, tree->charges, tree->charge_count, CHARGE_FIELDS);
	PACK_ROWS(pack, view->moments, view->moment_count, MOMENT_FIELDS);
	PACK_ROWS(pack, changes, change_count, CHANGE_FIELDS);
	pack_column(pack, "folded", PACK_UNSIGNED);
	pack_number(pack, tree->folded_nodes);
}
