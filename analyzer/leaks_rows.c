#include "analyzer/leaks_parts.h"

#include <limits.h>
#include <string.h>

/* --- Rows --------------------------------------------------------------------------------- */

/* From the root down; a cycle's from this block on. */
static void fill_path(struct leaks_finder *finder, const struct leak_record *record, struct view_leak *leak)
{
	struct view_leak_block *path = fill_array(&finder->fill, record->steps + 1, sizeof *path);

	leak->path = path;
	leak->path_cut = record->path_cut;
	leak->target_offset = record->target_offset;
	for (size_t i = 0; path && i < record->steps; i++) {
		const struct leak_step_row *step = &record->path[record->steps - 1 - i];

		path[i] = (struct view_leak_block){
			.blocks = step->blocks, .bytes = VIEW_NOT_KNOWN, .offset = step->offset,
			.retained_bytes = VIEW_NOT_KNOWN,
			.frame = fill_frame(&finder->fill, finder->owners[step->account->node]),
			.node = fill_text(&finder->fill,
					  load_dag_node_name(finder->loaded, step->account->dag_node)),
		};
		leak->path_blocks++;
	}
}

/* A site may have several rows of lost blocks: cycles, and those that freed memory points to. */
static uint64_t lost_of(const struct leaks_finder *finder, const struct account_row *account)
{
	uint64_t blocks = 0;

	for (size_t i = 0; i < finder->record_count; i++)
		if (finder->records[i].account == account && finder->records[i].verdict == LEAK_DEFINITE)
			blocks += finder->records[i].blocks;
	return blocks;
}

/* "not yet lost at check 'A'; then held by global `cache` in model/cache.c" */
static const char *lost_since(struct leaks_finder *finder, const struct leaks_entry *entry)
{
	const struct leak_check_row *before = leaks_check_before(finder);
	const struct leak_record *holder = NULL;
	uint64_t lost = 0, now = lost_of(finder, entry->record->account);

	if (!before || entry->record->verdict != LEAK_DEFINITE || finder->options->by != LEAKS_BY_SITE)
		return NULL;
	for (size_t i = 0; i < finder->earlier_count; i++) {
		const struct leak_record *record = &finder->earlier[i];

		if (record->account != entry->record->account)
			continue;
		if (record->verdict == LEAK_DEFINITE)
			lost += record->blocks;
		else if (!holder || record->bytes > holder->bytes)
			holder = record;
	}
	if (lost >= now)
		return fill_text(&finder->fill, "before the check before this one");
	const char *then = holder ? leak_words_holder(&finder->fill, holder, finder->owners).text : NULL;

	return arena_printf(&finder->view->arena, "%llu of them after check '%s'%s%s",
			    (unsigned long long)(now - lost), before->label,
			    then ? ", when this site's blocks were held by " : "", then ? then : "");
}

/* Of several threads of that name which one, if it is one. */
static struct view_holder holder_of(struct leaks_finder *finder, const struct leaks_entry *entry)
{
	struct view_holder holder = entry->held_by;

	if (entry->several_threads)
		holder.thread_id = 0;
	else if (holder.thread && finder->check && finder->check->threads)
		holder.text = arena_printf(&finder->view->arena, "%s (thread %u)", holder.text,
					   holder.thread_id);
	finder->fill.failed |= holder.kind && !holder.text;
	return holder;
}

static void fill_site(struct leaks_finder *finder, const struct leaks_entry *entry, struct view_leak *leak)
{
	const struct account_row *account = entry->record->account;

	leak->frame = fill_frame(&finder->fill, finder->owners[account->node]);
	leak->node = fill_text(&finder->fill, load_dag_node_name(finder->loaded, account->dag_node));
	leak->stack = fill_stack(&finder->fill, account->node, &leak->stack_frames);
	leak->held_by = holder_of(finder, entry);
	leak->lost_by = lost_since(finder, entry);
	fill_source(&finder->fill, &leak->frame);
	if (finder->options->paths && entry->record->held_by)
		fill_path(finder, entry->record, leak);
}

static void fill_group(struct leaks_finder *finder, const struct leaks_entry *entry, struct view_leak *leak)
{
	bool by_node = finder->options->by == LEAKS_BY_NODE;

	leak->name = by_node ? fill_name(&finder->fill, BY_NODE, SYMBOL_UNKNOWN, entry->name)
			     : fill_name(&finder->fill, BY_MODULE, entry->name, 0);
	leak->node = by_node && entry->name ? leak->name : NULL;
	if (!by_node)
		leak->frame.module = leak->name;
}

/* Of its sites the largest stands for them. */
static void fill_holder(struct leaks_finder *finder, const struct leaks_entry *entry, struct view_leak *leak)
{
	leak->held_by = holder_of(finder, entry);
	leak->name = leak->held_by.text ? leak->held_by.text : fill_text(&finder->fill, "nothing");
	leak->frame = fill_frame(&finder->fill, finder->owners[entry->record->account->node]);
	leak->largest_bytes = entry->largest;
	leak->first_allocation_ns = leak->last_allocation_ns = VIEW_NOT_KNOWN;
	leak->since_allocation_ns = leak->idle_ns = VIEW_NOT_KNOWN;
}

static uint64_t retained_by(const struct leaks_finder *finder, const struct leaks_entry *entry)
{
	if (entry->retained_bytes == VIEW_NOT_KNOWN && entry->record->verdict == LEAK_DEFINITE &&
	    finder->options->by == LEAKS_BY_SITE)
		return entry->bytes + entry->indirect_bytes;
	return entry->retained_bytes;
}

static void fill_row(struct leaks_finder *finder, const struct leaks_entry *entry, struct view_leak *leak)
{
	*leak = (struct view_leak){
		.verdict = entry->record->verdict, .bytes = entry->bytes, .blocks = entry->blocks,
		.indirect_bytes = entry->indirect_bytes, .indirect_blocks = entry->indirect_blocks,
		.retained_bytes = retained_by(finder, entry), .retained_blocks = entry->retained_blocks,
		.largest_bytes = VIEW_NOT_KNOWN, .cycles = entry->cycles, .growth = entry->growth,
		.first_allocation_ns = finder->history.first_ns[entry->group],
		.last_allocation_ns = finder->history.last_ns[entry->group],
		.since_allocation_ns = leak_history_since_allocation_ns(&finder->history, entry->group),
		.idle_ns = leak_history_idle_ns(&finder->history, entry->group),
		.idle_runs = leak_history_idle_runs(&finder->history, entry->group),
		.inherited = entry->inherited_blocks == entry->blocks,
	};
	if (entry->suppressed_by != LEAKS_NOT_SUPPRESSED)
		leak->suppressed_by = fill_text(&finder->fill,
						finder->suppressions.items[entry->suppressed_by].name);
	if (finder->options->by == LEAKS_BY_SITE)
		fill_site(finder, entry, leak);
	else if (finder->options->by == LEAKS_BY_HOLDER)
		fill_holder(finder, entry, leak);
	else
		fill_group(finder, entry, leak);
}

static void add_total(struct view_leak_total *total, const struct leaks_entry *entry)
{
	total->rows++;
	total->bytes += entry->bytes;
	total->blocks += entry->blocks;
}

static void count_entry(struct leaks_finder *finder, const struct leaks_entry *entry)
{
	if (entry->suppressed_by == LEAKS_NOT_SUPPRESSED) {
		add_total(&finder->view->total[entry->record->verdict], entry);
		finder->view->inherited_bytes += entry->inherited_bytes;
		finder->view->inherited_blocks += entry->inherited_blocks;
		return;
	}
	struct view_suppression *matched = &finder->matched[entry->suppressed_by];

	add_total(&finder->view->suppressed, entry);
	matched->rows++;
	matched->bytes += entry->bytes;
	matched->blocks += entry->blocks;
}

static bool is_shown(const struct leaks_finder *finder, const struct leaks_entry *entry)
{
	const struct leaks_options *options = finder->options;
	unsigned usual = options->growth ? UINT_MAX : options->by == LEAKS_BY_HOLDER ? LEAKS_HELD
		: LEAKS_SHOWN_BY_DEFAULT;
	unsigned show = (options->show ? options->show : usual) | 1u << LEAK_UNJUDGED;

	if (entry->suppressed_by != LEAKS_NOT_SUPPRESSED && !options->show_suppressed)
		return false;
	if (options->growth && (!entry->is_largest || (entry->growth.verdict != TREND_GROWING &&
						       entry->growth.verdict != TREND_LEVELS_OFF)))
		return false;
	return show >> entry->record->verdict & 1;
}

static void fill_rows(struct leaks_finder *finder)
{
	struct view_leaks *view = finder->view;
	size_t limit = finder->options->limit;

	view->rows = fill_array(&finder->fill, finder->entry_count, sizeof *view->rows);
	for (size_t i = 0; view->rows && i < finder->entry_count; i++) {
		const struct leaks_entry *entry = &finder->entries[i];

		count_entry(finder, entry);
		if (!is_shown(finder, entry))
			continue;
		if (limit && view->row_count == limit) {
			add_total(&view->other, entry);
			continue;
		}
		fill_row(finder, entry, &view->rows[view->row_count]);
		view->rows[view->row_count].rank = view->row_count + 1;
		view->row_count++;
	}
}

/* Users' suppressions all, the built-in ones when they hid something. */
static void fill_suppressions(struct leaks_finder *finder)
{
	struct view_leaks *view = finder->view;

	view->suppressions = fill_array(&finder->fill, finder->suppressions.count,
					sizeof *view->suppressions);
	for (size_t i = 0; view->suppressions && i < finder->suppressions.count; i++) {
		const struct suppression *from = &finder->suppressions.items[i];
		struct view_suppression *shown = &view->suppressions[view->suppression_count];

		if (!from->file && !finder->matched[i].rows)
			continue;
		*shown = finder->matched[i];
		shown->name = fill_text(&finder->fill, from->name);
		shown->file = fill_text(&finder->fill, from->file);
		shown->expires = fill_text(&finder->fill, from->expires);
		shown->line = from->line;
		shown->expired = from->expired;
		view->suppression_count++;
	}
}

static void fill_check(struct leaks_finder *finder)
{
	const struct leak_check_row *check = finder->check;
	struct view_leaks *view = finder->view;

	view->judged = check != NULL;
	if (!check) {
		view->unjudged = leak_words_unjudged(&finder->fill, finder->loaded, finder->check_count
						     ? &finder->checks[finder->check_count - 1] : NULL);
		return;
	}
	view->check = (struct view_leak_check){
		.label = fill_text(&finder->fill, check->label), .time_ns = check->time_ns,
		.pause_ns = check->stop_ns, .duration_ns = check->check_ns,
		.scanned_bytes = check->root_bytes + check->usable_bytes, .blocks = check->blocks,
		.bytes = check->bytes, .threads = check->threads + 1,
		.threads_unseen = check->threads_seen + check->threads_unknown,
	};
	view->check.unseen = leak_words_unseen(&finder->fill, check, &view->check.unseen_count);
}

void leaks_fill_view(struct leaks_finder *finder)
{
	finder->view->by = finder->options->by;
	fill_check(finder);
	fill_rows(finder);
	fill_suppressions(finder);
}
