/*
 * json_leaks: leaks for programs: {"schema": "dagmem.leaks/1", "rows": [...], ...};
 * of several profiles {"schema": "dagmem.leaks-set/1", "profiles": [...], ...}.
 */
#include "reports/json_parts.h"

#include "base/error.h"
#include "reports/names.h"
#include "reports/report.h"

static json_t *frame_at(const void *frames, size_t index)
{
	return json_parts_frame((const struct view_frame *)frames + index);
}

static json_t *growth(const struct view_trend *trend)
{
	return json_pack("{s:s, s:f, s:f, s:f, s:f, s:o, s:o, s:o}", "verdict", trend_name(trend->verdict),
			 "bytes_per_unit", trend->slope, "low", trend->low, "high", trend->high,
			 "confidence", trend->confidence, "points", json_parts_number(trend->points),
			 "unit", json_parts_text(trend->unit),
			 "since_iteration", json_parts_number(trend->since));
}

static json_t *holder(const struct view_holder *holder)
{
	if (!holder->kind)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "word", json_parts_text(holder->word), "kind", json_parts_text(holder->kind), "text", json_parts_text(holder->text),
			 "symbol", json_parts_text(holder->symbol), "file", json_parts_text(holder->file),
			 "line", holder->line ? json_parts_number(holder->line) : json_null(),
			 "module", json_parts_text(holder->module), "offset", json_parts_number(holder->offset),
			 "thread", json_parts_text(holder->thread),
			 "thread_id", holder->thread_id ? json_parts_number(holder->thread_id) : json_null(),
			 "frame", json_parts_frame(&holder->frame));
}

static json_t *block_at(const void *blocks, size_t index)
{
	const struct view_leak_block *block = (const struct view_leak_block *)blocks + index;

	return json_parts_merge(json_parts_frame(&block->frame),
			  json_pack("{s:o, s:o, s:o, s:o, s:o}", "blocks", json_parts_number(block->blocks),
				    "bytes", json_parts_number(block->bytes),
				    "offset", json_parts_number(block->offset),
				    "retained_bytes", json_parts_number(block->retained_bytes),
				    "node", json_parts_text(block->node)));
}

static json_t *amounts(const struct view_leak *leak)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rank", json_parts_number(leak->rank),
			 "verdict", leak_verdict_name(leak->verdict),
			 "bytes", json_parts_number(leak->bytes), "blocks", json_parts_number(leak->blocks),
			 "indirect_bytes", json_parts_number(leak->indirect_bytes),
			 "indirect_blocks", json_parts_number(leak->indirect_blocks),
			 "retained_bytes", json_parts_number(leak->retained_bytes),
			 "retained_blocks", json_parts_number(leak->retained_blocks),
			 "cycles", json_parts_number(leak->cycles));
}

static json_t *history(const struct view_leak *leak)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}",
			 "first_allocation_ns", json_parts_number(leak->first_allocation_ns),
			 "last_allocation_ns", json_parts_number(leak->last_allocation_ns),
			 "since_allocation_ns", json_parts_number(leak->since_allocation_ns),
			 "idle_ns", json_parts_number(leak->idle_ns),
			 "idle_runs", json_parts_number(leak->idle_runs), "growth", growth(&leak->growth));
}

static json_t *reasons(const struct view_leak *leak)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:b}",
			 "held_by", json_parts_text(leak->held_by.kind),
			 "held_by_text", json_parts_text(leak->held_by.text),
			 "holder", holder(&leak->held_by), "lost_by", json_parts_text(leak->lost_by),
			 "path", leak->path ? json_parts_array(leak->path_blocks, block_at, leak->path) : json_null(),
			 "target_offset", leak->path ? json_parts_number(leak->target_offset) : json_null(),
			 "path_cut", leak->path_cut, "suppressed_by", json_parts_text(leak->suppressed_by),
			 "inherited", leak->inherited);
}

static json_t *row_at(const void *rows, size_t index)
{
	const struct view_leak *leak = (const struct view_leak *)rows + index;
	json_t *json = json_parts_merge(amounts(leak), json_parts_frame(&leak->frame));

	if (leak->name)
		json = json_parts_merge(json, json_pack("{s:o}", "name", json_parts_text(leak->name)));
	json = json_parts_merge(json, json_pack("{s:o, s:o}", "node", json_parts_text(leak->node), "stack",
					  json_parts_array(leak->stack ? leak->stack_frames : 0, frame_at,
						     leak->stack)));
	return json_parts_merge(json_parts_merge(json, reasons(leak)), history(leak));
}

static json_t *total(const struct view_leak_total *total)
{
	return json_pack("{s:o, s:o, s:o}", "rows", json_parts_number(total->rows),
			 "bytes", json_parts_number(total->bytes), "blocks", json_parts_number(total->blocks));
}

static json_t *totals(const struct view_leak_total *verdicts, const struct view_leak_total *suppressed)
{
	json_t *json = json_object();

	for (int verdict = 0; json && verdict < LEAK_VERDICTS; verdict++) {
		const char *name = leak_verdict_name((enum leak_verdict)verdict);

		if (json_object_set_new(json, name, total(&verdicts[verdict])) != 0) {
			json_decref(json);
			return NULL;
		}
	}
	return json_parts_merge(json, json_pack("{s:o}", "suppressed", total(suppressed)));
}

static json_t *inherited(uint64_t bytes, uint64_t blocks)
{
	return json_pack("{s:o, s:o}", "bytes", json_parts_number(bytes), "blocks", json_parts_number(blocks));
}

static json_t *suppression_at(const void *suppressions, size_t index)
{
	const struct view_suppression *suppression =
		(const struct view_suppression *)suppressions + index;

	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:b, s:o, s:o, s:o}",
			 "name", json_parts_text(suppression->name), "file", json_parts_text(suppression->file),
			 "line", json_parts_number(suppression->line), "built_in", !suppression->file,
			 "expires", json_parts_text(suppression->expires), "expired", suppression->expired,
			 "rows", json_parts_number(suppression->rows), "bytes", json_parts_number(suppression->bytes),
			 "blocks", json_parts_number(suppression->blocks));
}

static json_t *text_at(const void *texts, size_t index)
{
	return json_parts_text(((const char *const *)texts)[index]);
}

static json_t *check(const struct view_leaks *view)
{
	const struct view_leak_check *check = &view->check;

	if (!view->judged)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "label", json_parts_text(check->label), "time_ns", json_parts_number(check->time_ns),
			 "pause_ns", json_parts_number(check->pause_ns),
			 "duration_ns", json_parts_number(check->duration_ns),
			 "scanned_bytes", json_parts_number(check->scanned_bytes),
			 "blocks", json_parts_number(check->blocks), "bytes", json_parts_number(check->bytes),
			 "threads", json_parts_number(check->threads),
			 "threads_unseen", json_parts_number(check->threads_unseen),
			 "unseen", json_parts_array(check->unseen_count, text_at, check->unseen));
}

static json_t *suppressions_of(const struct view_suppression *suppressions, size_t count)
{
	return json_parts_array(count, suppression_at, suppressions);
}

static json_t *profile_of(const struct view_leaks *view)
{
	json_t *json = json_pack("{s:s, s:b, s:o, s:o, s:s}", "schema", "dagmem.leaks/1",
				 "judged", view->judged, "unjudged", json_parts_text(view->unjudged),
				 "check", check(view), "by", leak_grouping_name(view->by));

	json = json_parts_merge(json, json_pack("{s:o, s:o, s:o, s:o, s:o}",
			"total", totals(view->total, &view->suppressed),
			"inherited", inherited(view->inherited_bytes, view->inherited_blocks),
			"rows", json_parts_array(view->row_count, row_at, view->rows),
			"other", total(&view->other),
			"suppressions", suppressions_of(view->suppressions, view->suppression_count)));
	return json_parts_merge(json, json_pack("{s:o, s:o}", "quality", json_parts_quality(&view->quality),
						"process", json_parts_process(&view->process)));
}

static json_t *profile_at(const void *items, size_t index)
{
	return profile_of((const struct view_leaks *)items + index);
}

/* Of one profile its object, of several one with theirs and the sums. */
int json_leaks(const struct view_leaks_set *set, const struct report_options *options, FILE *out,
	       struct error *err)
{
	(void)options;
	if (set->count == 1)
		return json_parts_print(profile_of(&set->items[0]), out, err);
	return json_parts_print(json_pack("{s:s, s:o, s:o, s:o, s:o}", "schema", "dagmem.leaks-set/1",
			"total", totals(set->total, &set->suppressed),
			"inherited", inherited(set->inherited_bytes, set->inherited_blocks),
			"suppressions", suppressions_of(set->suppressions, set->suppression_count),
			"profiles", json_parts_array(set->count, profile_at, set->items)), out, err);
}
