#include "reports/html_leaks.h"

#include "reports/pack_rows.h"

static const struct pack_field LEAK_FIELDS[] = {
	PACK_FIELD("leak.", PACK_U32, struct view_leak, verdict),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, bytes),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, blocks),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, indirect_bytes),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, indirect_blocks),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, retained_bytes),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, cycles),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, idle_ns),
	PACK_FIELD("leak.", PACK_U32, struct view_leak, growth.verdict),
	PACK_FIELD("leak.", PACK_REAL, struct view_leak, growth.slope),
	PACK_FIELD("leak.", PACK_REAL, struct view_leak, growth.low),
	PACK_FIELD("leak.", PACK_REAL, struct view_leak, growth.high),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, growth.points),
	PACK_FIELD("leak.", PACK_REAL, struct view_leak, growth.confidence),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, growth.since),
	PACK_FIELD("leak.", PACK_TEXT, struct view_leak, growth.unit),
	PACK_FIELD("leak.", PACK_U64, struct view_leak, idle_runs),
	PACK_FRAME("leak.", struct view_leak, frame),
	PACK_FIELD("leak.", PACK_TEXT, struct view_leak, node),
	PACK_FIELD("leak.", PACK_TEXT, struct view_leak, held_by.text),
	PACK_FIELD("leak.", PACK_TEXT, struct view_leak, lost_by),
	PACK_FIELD("leak.", PACK_TEXT, struct view_leak, suppressed_by),
};

static const struct pack_field TOTAL_FIELDS[] = {
	PACK_FIELD("leaktotal.", PACK_U64, struct view_leak_total, rows),
	PACK_FIELD("leaktotal.", PACK_U64, struct view_leak_total, bytes),
	PACK_FIELD("leaktotal.", PACK_U64, struct view_leak_total, blocks),
};

static const struct pack_field CHECK_FIELDS[] = {
	PACK_FIELD("leakcheck.", PACK_BOOL, struct view_leaks, judged),
	PACK_FIELD("leakcheck.", PACK_TEXT, struct view_leaks, unjudged),
	PACK_FIELD("leakcheck.", PACK_TEXT, struct view_leaks, check.label),
	PACK_FIELD("leakcheck.", PACK_U64, struct view_leaks, check.time_ns),
	PACK_FIELD("leakcheck.", PACK_U64, struct view_leaks, check.pause_ns),
	PACK_FIELD("leakcheck.", PACK_U64, struct view_leaks, check.blocks),
	PACK_FIELD("leakcheck.", PACK_U64, struct view_leaks, check.bytes),
	PACK_FIELD("leakcheck.", PACK_U64, struct view_leaks, suppressed.rows),
	PACK_FIELD("leakcheck.", PACK_U64, struct view_leaks, suppressed.bytes),
	PACK_FIELD("leakcheck.", PACK_U64, struct view_leaks, other.rows),
	PACK_FIELD("leakcheck.", PACK_U64, struct view_leaks, other.bytes),
};

static const struct pack_field STACK_FIELDS[] = {
	PACK_FIELD("leakframe.", PACK_TEXT, struct view_frame, function),
	PACK_FIELD("leakframe.", PACK_TEXT, struct view_frame, file),
	PACK_FIELD("leakframe.", PACK_U32, struct view_frame, line),
	PACK_FIELD("leakframe.", PACK_TEXT, struct view_frame, module),
	PACK_FIELD("leakframe.", PACK_U64, struct view_frame, module_offset),
};

static const struct pack_field PATH_FIELDS[] = {
	PACK_FIELD("leakpath.", PACK_U64, struct view_leak_block, bytes),
	PACK_FRAME("leakpath.", struct view_leak_block, frame),
	PACK_FIELD("leakpath.", PACK_TEXT, struct view_leak_block, node),
};

/* Rows have arrays of different lengths: one after the other, and a column of the lengths. */
static void pack_stacks(struct pack *pack, const struct view_leaks *leaks)
{
	struct view_frame *all;
	size_t count = 0;

	for (size_t i = 0; i < leaks->row_count; i++)
		count += leaks->rows[i].stack ? leaks->rows[i].stack_frames : 0;
	all = arena_alloc_array(&pack->arena, count, sizeof *all);
	pack->failed |= !all;
	pack_column(pack, "leak.stack_frames", PACK_UNSIGNED);
	count = 0;
	for (size_t i = 0; all && i < leaks->row_count; i++) {
		const struct view_leak *row = &leaks->rows[i];
		size_t frames = row->stack ? row->stack_frames : 0;

		pack_number(pack, frames);
		for (size_t frame = 0; frame < frames; frame++)
			all[count++] = row->stack[frame];
	}
	PACK_ROWS(pack, all, count, STACK_FIELDS);
}

static void pack_paths(struct pack *pack, const struct view_leaks *leaks)
{
	struct view_leak_block *all;
	size_t count = 0;

	for (size_t i = 0; i < leaks->row_count; i++)
		count += leaks->rows[i].path ? leaks->rows[i].path_blocks : 0;
	all = arena_alloc_array(&pack->arena, count, sizeof *all);
	pack->failed |= !all;
	pack_column(pack, "leak.path_blocks", PACK_UNSIGNED);
	count = 0;
	for (size_t i = 0; all && i < leaks->row_count; i++) {
		const struct view_leak *row = &leaks->rows[i];
		size_t blocks = row->path ? row->path_blocks : 0;

		pack_number(pack, blocks);
		for (size_t block = 0; block < blocks; block++)
			all[count++] = row->path[block];
	}
	PACK_ROWS(pack, all, count, PATH_FIELDS);
}

void html_leaks_pack(struct pack *pack, const struct view_leaks *leaks)
{
	if (!leaks->judged && !leaks->unjudged)
		return;
	PACK_ROWS(pack, leaks, 1, CHECK_FIELDS);
	PACK_ROWS(pack, leaks->rows, leaks->row_count, LEAK_FIELDS);
	PACK_ROWS(pack, leaks->total, (size_t)LEAK_VERDICTS, TOTAL_FIELDS);
	pack_stacks(pack, leaks);
	pack_paths(pack, leaks);
}
