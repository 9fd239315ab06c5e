#include "analyzer/leaks.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/attribute.h"
#include "analyzer/dataset.h"
#include "analyzer/fill.h"
#include "analyzer/leak_history.h"
#include "analyzer/leak_words.h"
#include "analyzer/load_leaks.h"
#include "analyzer/suppress.h"
#include "base/error.h"
#include "profile/layout.h"

enum {
	SHOWN_BY_DEFAULT = 1 << LEAK_DEFINITE | 1 << LEAK_POSSIBLE | 1 << LEAK_UNJUDGED,
	NOT_SUPPRESSED = UINT32_MAX,
};

/* A row in the making: records with one key. */
struct entry {
	const struct leak_record *record;       /* the first, which names frame, stack and holder */
	struct view_holder held_by;
	uint64_t bytes, blocks, largest, indirect_bytes, indirect_blocks;
	uint32_t group;                         /* of the history */
	uint32_t suppressed_by;                 /* number of the suppression */
	uint32_t name;                          /* by node: DAG node; by module: symbol */
	uint64_t cycles;
	struct view_trend growth;
};

struct finder {
	struct dataset *data;
	const struct loaded *loaded;
	const struct leaks_options *options;
	struct arena arena;             /* gone when the view is filled */
	struct fill fill;
	struct suppressions suppressions;
	struct suppressor suppressor;
	uint32_t *owners;               /* by node of the call tree */
	struct leak_check_row *checks;
	size_t check_count;
	const struct leak_check_row *check;     /* NULL: nothing is judged */
	struct leak_record *records, *earlier;  /* earlier: of the check before */
	size_t record_count, earlier_count;
	struct entry *entries;
	size_t entry_count;
	uint32_t *group_of;             /* by index of the account */
	struct map groups, keys, heads; /* heads: account to its lost entry */
	struct intern texts;
	struct leak_history history;
	struct view_suppression *matched;       /* by suppression */
	struct view_leaks *view;
	struct error *err;
};

static int no_memory(struct finder *finder)
{
	return error_set(finder->err, ERROR_NO_MEMORY, "no memory for the leaks");
}

/* --- Which check ------------------------------------------------------------------------- */

static bool is_done(const struct leak_check_row *check)
{
	return check->status && strcmp(check->status, "done") == 0;
}

static int find_labelled(struct finder *finder)
{
	for (size_t i = finder->check_count; i-- > 0;)
		if (finder->checks[i].label && strcmp(finder->checks[i].label, finder->options->at) == 0) {
			finder->check = is_done(&finder->checks[i]) ? &finder->checks[i] : NULL;
			return 0;
		}
	return error_set(finder->err, ERROR_NOT_FOUND, "no leak check '%s' in %s", finder->options->at,
			 finder->loaded->process.profile_path);
}

static int find_check(struct finder *finder)
{
	if (load_leak_checks(dataset_store(finder->data), &finder->arena, &finder->checks,
			     &finder->check_count, finder->err))
		return finder->err->code;
	if (finder->options->at)
		return find_labelled(finder);
	for (size_t i = finder->check_count; i-- > 0 && !finder->check;)
		if (is_done(&finder->checks[i]))
			finder->check = &finder->checks[i];
	return 0;
}

static const struct leak_check_row *check_before(const struct finder *finder)
{
	for (const struct leak_check_row *check = finder->check; check && check-- > finder->checks;)
		if (is_done(check))
			return check;
	return NULL;
}

/* Without a check: everything that is live, one record an account. */
static int make_unjudged(struct finder *finder)
{
	const struct loaded *loaded = finder->loaded;

	finder->records = arena_alloc_array(&finder->arena, loaded->account_count, sizeof *finder->records);
	if (!finder->records)
		return no_memory(finder);
	for (size_t i = 0; i < loaded->account_count; i++) {
		const struct account_row *account = &loaded->accounts[i];

		if (account->kind == ACCOUNT_HEAP && account->live_blocks)
			finder->records[finder->record_count++] = (struct leak_record){
				.account = account, .verdict = LEAK_UNJUDGED,
				.bytes = account->live_bytes, .blocks = account->live_blocks,
			};
	}
	return 0;
}

static int load_records(struct finder *finder)
{
	const struct leak_check_row *before = check_before(finder);
	struct store *store = dataset_store(finder->data);

	if (!finder->check)
		return make_unjudged(finder);
	if (load_leaks(store, finder->loaded, finder->check->id, &finder->arena, &finder->records,
		       &finder->record_count, finder->err) ||
	    (before && load_leaks(store, finder->loaded, before->id, &finder->arena, &finder->earlier,
				  &finder->earlier_count, finder->err)))
		return finder->err->code;
	return 0;
}

/* --- Suppressions ------------------------------------------------------------------------ */

static int read_suppressions(struct finder *finder)
{
	const struct leaks_options *options = finder->options;

	if (suppressions_init(&finder->suppressions, options->today, finder->err))
		return finder->err->code;
	if (options->no_builtin)
		finder->suppressions.count = 0;
	for (size_t i = 0; i < options->file_count; i++)
		if (suppressions_read(&finder->suppressions, options->files[i], finder->err))
			return finder->err->code;
	finder->matched = arena_alloc_array(&finder->arena, finder->suppressions.count + 1,
					    sizeof *finder->matched);
	if (!finder->matched || suppressor_init(&finder->suppressor, &finder->suppressions,
						&finder->loaded->frames))
		return no_memory(finder);
	return 0;
}

static size_t count_frames(const struct call_frames *frames, uint32_t node)
{
	size_t count = 0;

	for (; node; node = frames->nodes[node].parent)
		count += frames->places[frames->nodes[node].place].count;
	return count;
}

/* The suppression that hides blocks of this stack and verdict. */
static uint32_t suppression_of(struct finder *finder, const struct leak_record *record)
{
	const struct call_frames *frames = &finder->loaded->frames;
	size_t count = 0, room = count_frames(frames, record->account->node);
	uint32_t *symbols = malloc((room + 1) * sizeof *symbols), found = NOT_SUPPRESSED;

	if (!symbols)
		return NOT_SUPPRESSED;
	for (uint32_t node = record->account->node; node; node = frames->nodes[node].parent) {
		const struct frame_place *place = &frames->places[frames->nodes[node].place];

		for (uint32_t i = 0; i < place->count; i++)
			symbols[count++] = frames->frames[place->first + i];
	}
	found = suppressor_find(&finder->suppressor, record->verdict, symbols, count);
	free(symbols);
	return found;
}

/* --- Entries ------------------------------------------------------------------------------ */

static uint64_t number_of_text(struct finder *finder, const char *text)
{
	uint32_t number = intern_add(&finder->texts, text);

	finder->fill.failed |= text && number == MAP_NONE;
	return number;
}

/* What makes accounts one row, and one course over time. */
static struct map_key group_key(struct finder *finder, const struct account_row *account)
{
	const char *node = load_dag_node_name(finder->loaded, account->dag_node);
	const char *module = finder->loaded->frames.symbols[finder->owners[account->node]].module;

	switch (finder->options->by) {
	case LEAKS_BY_NODE:
		return (struct map_key){ 1, node ? number_of_text(finder, node)
						 : (UINT64_C(1) << 32) + account->dag_node };
	case LEAKS_BY_MODULE:
		return (struct map_key){ 2, number_of_text(finder, module) };
	default:
		return (struct map_key){ 3, account->id };
	}
}

static uint32_t group_of(struct finder *finder, const struct account_row *account)
{
	uint32_t fresh = (uint32_t)finder->groups.count;
	uint32_t group = map_add(&finder->groups, group_key(finder, account), fresh);

	finder->fill.failed |= group == MAP_NONE;
	if (group == MAP_NONE)
		group = 0;
	finder->group_of[account - finder->loaded->accounts] = group;
	return group;
}

static struct map_key entry_key(struct finder *finder, const struct leak_record *record,
				uint32_t group, uint32_t suppressed_by, const char *held_by)
{
	bool by_site = finder->options->by == LEAKS_BY_SITE;

	return (struct map_key){
		(uint64_t)suppressed_by << 32 | group,
		(uint64_t)record->verdict << 32 | (by_site ? number_of_text(finder, held_by) : 0),
	};
}

static struct entry *entry_for(struct finder *finder, const struct leak_record *record,
			       uint32_t suppressed_by)
{
	struct view_holder holder = leak_words_holder(&finder->fill, record, finder->owners);
	uint32_t group = group_of(finder, record->account), fresh = (uint32_t)finder->entry_count;
	uint32_t number = map_add(&finder->keys, entry_key(finder, record, group, suppressed_by,
							   holder.text), fresh);

	if (number == MAP_NONE) {
		finder->fill.failed = true;
		return NULL;
	}
	if (number == fresh)
		finder->entries[finder->entry_count++] = (struct entry){
			.record = record, .held_by = holder, .group = group,
			.suppressed_by = suppressed_by,
			.name = finder->options->by == LEAKS_BY_NODE ? record->account->dag_node
								     : finder->owners[record->account->node],
		};
	return &finder->entries[number];
}

static struct entry *add_record(struct finder *finder, const struct leak_record *record,
				uint32_t suppressed_by)
{
	struct entry *entry = entry_for(finder, record, suppressed_by);

	if (!entry)
		return NULL;
	if (record->bytes > entry->largest)
		entry->record = record;         /* the way to the most of it is shown */
	if (record->bytes > entry->largest)
		entry->largest = record->bytes;
	entry->bytes += record->bytes;
	entry->blocks += record->blocks;
	entry->cycles += record->held_by && strcmp(record->held_by, "cycle") == 0;
	return entry;
}

static bool is_wanted(const struct finder *finder, const struct leak_record *record)
{
	uint32_t id = record->account->dag_node;
	const char *name = id ? load_dag_node_name(finder->loaded, id) : VIEW_OUTSIDE_NODES;

	return !finder->options->node || (name && strcmp(name, finder->options->node) == 0);
}

/* What is lost with other blocks comes after them, and shares their suppression. */
static void add_heads(struct finder *finder)
{
	for (size_t i = 0; i < finder->record_count; i++) {
		const struct leak_record *record = &finder->records[i];
		struct entry *entry;

		if (record->verdict == LEAK_INDIRECT || !is_wanted(finder, record))
			continue;
		entry = add_record(finder, record, suppression_of(finder, record));
		if (entry && record->verdict == LEAK_DEFINITE)
			map_add(&finder->heads, (struct map_key){ 0, record->account->id },
				(uint32_t)(entry - finder->entries));
	}
}

static void add_indirect(struct finder *finder)
{
	for (size_t i = 0; i < finder->record_count; i++) {
		const struct leak_record *record = &finder->records[i];
		uint32_t own, head = MAP_NONE;

		if (record->verdict != LEAK_INDIRECT || !is_wanted(finder, record))
			continue;
		own = suppression_of(finder, record);
		if (record->holder_account)
			head = map_get(&finder->heads, (struct map_key){ 0, record->holder_account->id });
		if (own == NOT_SUPPRESSED && head != MAP_NONE)
			own = finder->entries[head].suppressed_by;
		if (!add_record(finder, record, own) || head == MAP_NONE)
			continue;
		finder->entries[head].indirect_bytes += record->bytes;
		finder->entries[head].indirect_blocks += record->blocks;
	}
}

static int make_entries(struct finder *finder)
{
	finder->entries = arena_alloc_array(&finder->arena, finder->record_count + 1,
					    sizeof *finder->entries);
	finder->group_of = arena_alloc_array(&finder->arena, finder->loaded->account_count + 1,
					     sizeof *finder->group_of);
	if (!finder->entries || !finder->group_of)
		return no_memory(finder);
	memset(finder->group_of, 0xff, finder->loaded->account_count * sizeof *finder->group_of);
	add_heads(finder);
	add_indirect(finder);
	if (finder->fill.failed)
		return no_memory(finder);
	return 0;
}

static int add_history(struct finder *finder)
{
	if (leak_history_make(dataset_store(finder->data), finder->loaded, finder->group_of,
			      finder->groups.count, &finder->arena, &finder->history, finder->err))
		return finder->err->code;
	for (size_t i = 0; i < finder->entry_count; i++)
		if (!leak_history_growth(&finder->history, finder->entries[i].group,
					 &finder->entries[i].growth))
			return no_memory(finder);
	return 0;
}

/* --- Order -------------------------------------------------------------------------------- */

/* What a reader should look at first: lost, growing, perhaps lost, the rest. */
static int urgency(const struct entry *entry)
{
	bool growing = entry->growth.verdict == TREND_GROWING;

	switch (entry->record->verdict) {
	case LEAK_DEFINITE:
		return 0;
	case LEAK_INDIRECT:
		return 4;
	case LEAK_POSSIBLE:
		return 1;
	default:
		return growing ? 2 : 3;
	}
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	bool x_hidden = x->suppressed_by != NOT_SUPPRESSED, y_hidden = y->suppressed_by != NOT_SUPPRESSED;

	if (x_hidden != y_hidden)
		return x_hidden ? 1 : -1;
	if (urgency(x) != urgency(y))
		return urgency(x) - urgency(y);
	if (urgency(x) == 2 && x->growth.slope != y->growth.slope)
		return x->growth.slope > y->growth.slope ? -1 : 1;
	int order = compare_numbers(x->bytes + x->indirect_bytes, y->bytes + y->indirect_bytes);

	if (!order)
		order = compare_numbers(x->blocks, y->blocks);
	return order ? order : -compare_numbers(x->record->account->id, y->record->account->id);
}

/* --- Rows --------------------------------------------------------------------------------- */

/* From the root down; a cycle's from its beginning. */
static void fill_path(struct finder *finder, const struct leak_record *record, struct view_leak *leak)
{
	struct view_leak_block *path = fill_array(&finder->fill, record->steps, sizeof *path);
	bool cycle = record->held_by && strcmp(record->held_by, "cycle") == 0;

	leak->path = path;
	leak->path_cut = record->path_cut;
	for (size_t i = 0; path && i < record->steps; i++) {
		const struct leak_step_row *step = &record->path[cycle ? i : record->steps - 1 - i];

		path[i] = (struct view_leak_block){
			.blocks = step->blocks, .bytes = VIEW_NOT_KNOWN, .offset = VIEW_NOT_KNOWN,
			.retained_bytes = VIEW_NOT_KNOWN,
			.frame = fill_frame(&finder->fill, finder->owners[step->account->node]),
			.node = fill_text(&finder->fill,
					  load_dag_node_name(finder->loaded, step->account->dag_node)),
		};
		leak->path_blocks++;
	}
}

/* "not yet lost at check 'A'; then held by global `cache` in model/cache.c" */
static const char *lost_since(struct finder *finder, const struct entry *entry)
{
	const struct leak_check_row *before = check_before(finder);
	const struct leak_record *holder = NULL;
	uint64_t lost = 0;

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
	if (lost >= entry->blocks)
		return fill_text(&finder->fill, "before the check before this one");
	const char *then = holder ? leak_words_holder(&finder->fill, holder, finder->owners).text : NULL;

	return arena_printf(&finder->view->arena, "%llu of them after check '%s'%s%s",
			    (unsigned long long)(entry->blocks - lost), before->label,
			    then ? ", when this site's blocks were held by " : "", then ? then : "");
}

static void fill_site(struct finder *finder, const struct entry *entry, struct view_leak *leak)
{
	const struct account_row *account = entry->record->account;

	leak->frame = fill_frame(&finder->fill, finder->owners[account->node]);
	leak->node = fill_text(&finder->fill, load_dag_node_name(finder->loaded, account->dag_node));
	leak->stack = fill_stack(&finder->fill, account->node, &leak->stack_frames);
	leak->held_by = entry->held_by;
	leak->lost_by = lost_since(finder, entry);
	fill_source(&finder->fill, &leak->frame);
	if (finder->options->paths && entry->record->steps)
		fill_path(finder, entry->record, leak);
}

static void fill_group(struct finder *finder, const struct entry *entry, struct view_leak *leak)
{
	bool by_node = finder->options->by == LEAKS_BY_NODE;

	leak->name = by_node ? fill_name(&finder->fill, BY_NODE, SYMBOL_UNKNOWN, entry->name)
			     : fill_name(&finder->fill, BY_MODULE, entry->name, 0);
	leak->node = by_node && entry->name ? leak->name : NULL;
	if (!by_node)
		leak->frame.module = leak->name;
}

static void fill_row(struct finder *finder, const struct entry *entry, struct view_leak *leak)
{
	*leak = (struct view_leak){
		.verdict = entry->record->verdict, .bytes = entry->bytes, .blocks = entry->blocks,
		.indirect_bytes = entry->indirect_bytes, .indirect_blocks = entry->indirect_blocks,
		.retained_bytes = VIEW_NOT_KNOWN, .cycles = entry->cycles, .growth = entry->growth,
		.first_allocation_ns = finder->history.first_ns[entry->group],
		.last_allocation_ns = finder->history.last_ns[entry->group],
		.idle_ns = leak_history_idle_ns(&finder->history, entry->group),
	};
	if (leak->verdict == LEAK_DEFINITE)
		leak->retained_bytes = leak->bytes + leak->indirect_bytes;
	if (entry->suppressed_by != NOT_SUPPRESSED)
		leak->suppressed_by = fill_text(&finder->fill,
						finder->suppressions.items[entry->suppressed_by].name);
	if (finder->options->by == LEAKS_BY_SITE)
		fill_site(finder, entry, leak);
	else
		fill_group(finder, entry, leak);
}

static void add_total(struct view_leak_total *total, const struct entry *entry)
{
	total->rows++;
	total->bytes += entry->bytes;
	total->blocks += entry->blocks;
}

static void count_entry(struct finder *finder, const struct entry *entry)
{
	if (entry->suppressed_by == NOT_SUPPRESSED) {
		add_total(&finder->view->total[entry->record->verdict], entry);
		return;
	}
	struct view_suppression *matched = &finder->matched[entry->suppressed_by];

	add_total(&finder->view->suppressed, entry);
	matched->rows++;
	matched->bytes += entry->bytes;
	matched->blocks += entry->blocks;
}

static void fill_rows(struct finder *finder)
{
	struct view_leaks *view = finder->view;
	unsigned show = finder->options->show ? finder->options->show : SHOWN_BY_DEFAULT;
	size_t limit = finder->options->limit;

	view->rows = fill_array(&finder->fill, finder->entry_count, sizeof *view->rows);
	for (size_t i = 0; view->rows && i < finder->entry_count; i++) {
		const struct entry *entry = &finder->entries[i];

		count_entry(finder, entry);
		if (!((show | 1 << LEAK_UNJUDGED) & 1u << entry->record->verdict) ||
		    (entry->suppressed_by != NOT_SUPPRESSED && !finder->options->show_suppressed))
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
static void fill_suppressions(struct finder *finder)
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

static void fill_check(struct finder *finder)
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

static int find_all(struct finder *finder)
{
	finder->owners = arena_alloc_array(&finder->arena, finder->loaded->frames.node_count + 1,
					   sizeof *finder->owners);
	if (!finder->owners || attribute_owners(&finder->loaded->frames, NULL, false, finder->owners))
		return no_memory(finder);
	if (read_suppressions(finder) || find_check(finder) || load_records(finder) ||
	    make_entries(finder) || add_history(finder))
		return finder->err->code;
	qsort(finder->entries, finder->entry_count, sizeof *finder->entries, compare_entries);
	finder->view->process = fill_process(&finder->fill, &finder->loaded->process);
	finder->view->quality = fill_quality(&finder->fill);
	finder->view->by = finder->options->by;
	fill_check(finder);
	fill_rows(finder);
	fill_suppressions(finder);
	return finder->fill.failed ? no_memory(finder) : 0;
}

static void release(struct finder *finder)
{
	fill_release(&finder->fill);
	suppressor_release(&finder->suppressor);
	suppressions_release(&finder->suppressions);
	map_release(&finder->groups);
	map_release(&finder->keys);
	map_release(&finder->heads);
	intern_release(&finder->texts);
	arena_release(&finder->arena);
}

int leaks_find(struct dataset *data, const struct leaks_options *options, struct view_leaks *view,
	       struct error *err)
{
	struct view_leaks filled = { .arena = ARENA_INIT };
	struct finder finder = {
		.data = data, .loaded = dataset_loaded(data), .options = options, .view = &filled,
		.err = err,
	};
	int status;

	finder.texts = (struct intern)INTERN_INIT(&finder.arena);
	fill_init(&finder.fill, finder.loaded, &filled.arena);
	status = find_all(&finder);
	release(&finder);
	if (!status)
		*view = filled;
	else
		view_leaks_free(&filled);
	return status;
}
