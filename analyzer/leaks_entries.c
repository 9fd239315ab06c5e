#include "analyzer/leaks_parts.h"
#include "analyzer/view_leaks.h"

#include <stdlib.h>
#include <string.h>

/* --- Entries ------------------------------------------------------------------------------ */

static uint64_t number_of_text(struct leaks_finder *finder, const char *text)
{
	uint32_t number = intern_add(&finder->texts, text);

	finder->fill.failed |= text && number == MAP_NONE;
	return number;
}

/* What makes accounts one row, and one course over time. */
static struct map_key group_key(struct leaks_finder *finder, const struct account_row *account)
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

static uint32_t group_of(struct leaks_finder *finder, const struct account_row *account)
{
	uint32_t fresh = (uint32_t)finder->groups.count;
	uint32_t group = map_add(&finder->groups, group_key(finder, account), fresh);

	finder->fill.failed |= group == MAP_NONE;
	if (group == MAP_NONE)
		group = 0;
	finder->group_of[account - finder->loaded->accounts] = group;
	return group;
}

/* By holder the account, and so the group, makes no difference. */
static struct map_key entry_key(struct leaks_finder *finder, const struct leak_record *record,
				uint32_t group, uint32_t suppressed_by, const char *held_by)
{
	bool by_holder = finder->options->by == LEAKS_BY_HOLDER;
	bool by_site = finder->options->by == LEAKS_BY_SITE;

	return (struct map_key){
		(uint64_t)suppressed_by << 32 | (by_holder ? 0 : group),
		(uint64_t)record->verdict << 32 | (by_site || by_holder ? number_of_text(finder, held_by) : 0),
	};
}

static struct leaks_entry *entry_for(struct leaks_finder *finder, const struct leak_record *record,
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
		finder->entries[finder->entry_count++] = (struct leaks_entry){
			.record = record, .held_by = holder, .group = group,
			.suppressed_by = suppressed_by,
			.retained_bytes = VIEW_NOT_KNOWN, .retained_blocks = VIEW_NOT_KNOWN,
			.is_held_row = finder->options->by == LEAKS_BY_HOLDER,
			.name = finder->options->by == LEAKS_BY_NODE ? record->account->dag_node
								     : finder->owners[record->account->node],
		};
	return &finder->entries[number];
}

static struct leaks_entry *add_record(struct leaks_finder *finder, const struct leak_record *record,
				uint32_t suppressed_by)
{
	struct leaks_entry *entry = entry_for(finder, record, suppressed_by);

	if (!entry)
		return NULL;
	entry->several_threads |= record->thread_id != entry->record->thread_id;
	finder->entry_of_row[record->id] = (uint32_t)(entry - finder->entries);
	if (record->bytes > entry->largest && record != entry->record) {
		entry->record = record;         /* the way to the most of it is shown */
		entry->held_by = leak_words_holder(&finder->fill, record, finder->owners);
	}
	if (record->bytes > entry->largest)
		entry->largest = record->bytes;
	entry->bytes += record->bytes;
	entry->blocks += record->blocks;
	if (!record->account->allocations) {    /* live, but not by this process */
		entry->inherited_bytes += record->bytes;
		entry->inherited_blocks += record->blocks;
	}
	entry->cycles += record->held_by && strcmp(record->held_by, "cycle") == 0;
	return entry;
}

static bool is_wanted(const struct leaks_finder *finder, const struct leak_record *record)
{
	uint32_t id = record->account->dag_node;
	const char *name = id ? load_dag_node_name(finder->loaded, id) : VIEW_OUTSIDE_NODES;

	return !finder->options->node || (name && strcmp(name, finder->options->node) == 0);
}

/* What is lost with other blocks comes after them, and shares their suppression. */
static void add_heads(struct leaks_finder *finder)
{
	for (size_t i = 0; i < finder->record_count; i++) {
		const struct leak_record *record = &finder->records[i];
		struct leaks_entry *entry;

		if (record->verdict == LEAK_INDIRECT || !is_wanted(finder, record))
			continue;
		entry = add_record(finder, record, leaks_suppression_of(finder, record));
		if (entry && record->verdict == LEAK_DEFINITE)
			finder->fill.failed |= map_add(&finder->heads,
						       (struct map_key){ 0, record->account->id },
						       (uint32_t)(entry - finder->entries)) == MAP_NONE;
	}
}

static void add_indirect(struct leaks_finder *finder)
{
	for (size_t i = 0; i < finder->record_count; i++) {
		const struct leak_record *record = &finder->records[i];
		uint32_t own, head = MAP_NONE;

		if (record->verdict != LEAK_INDIRECT || !is_wanted(finder, record))
			continue;
		own = leaks_suppression_of(finder, record);
		if (record->holder_account)
			head = map_get(&finder->heads, (struct map_key){ 0, record->holder_account->id });
		if (own == LEAKS_NOT_SUPPRESSED && head != MAP_NONE)
			own = finder->entries[head].suppressed_by;
		if (!add_record(finder, record, own) || head == MAP_NONE)
			continue;
		finder->entries[head].indirect_bytes += record->bytes;
		finder->entries[head].indirect_blocks += record->blocks;
	}
}

int leaks_make_entries(struct leaks_finder *finder)
{
	finder->entries = arena_alloc_array(&finder->arena, finder->record_count + 1,
					    sizeof *finder->entries);
	finder->group_of = arena_alloc_array(&finder->arena, finder->loaded->account_count + 1,
					     sizeof *finder->group_of);
	finder->row_limit = finder->record_count ? finder->records[finder->record_count - 1].id + 1 : 0;
	finder->entry_of_row = arena_alloc_array(&finder->arena, finder->row_limit + 1,
						 sizeof *finder->entry_of_row);
	if (!finder->entries || !finder->group_of || !finder->entry_of_row)
		return leaks_no_memory(finder);
	memset(finder->entry_of_row, 0xff, finder->row_limit * sizeof *finder->entry_of_row);
	memset(finder->group_of, 0xff, finder->loaded->account_count * sizeof *finder->group_of);
	add_heads(finder);
	add_indirect(finder);
	if (finder->fill.failed)
		return leaks_no_memory(finder);
	return 0;
}

/* --- Order -------------------------------------------------------------------------------- */

/* What a reader should look at first: lost, growing, perhaps lost, the rest. */
static int urgency(const struct leaks_entry *entry)
{
	bool growing = entry->growth.verdict == TREND_GROWING;

	switch (entry->record->verdict) {
	case LEAK_DEFINITE:
		return 0;
	case LEAK_INDIRECT:
		return 4;
	case LEAK_POSSIBLE:
		return entry->is_held_row ? 3 : 1;
	default:
		return growing ? 2 : 3;
	}
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

/* What would be freed with it, of holders; else what there is of it. */
static uint64_t weight(const struct leaks_entry *entry)
{
	return entry->retained_bytes != VIEW_NOT_KNOWN && entry->is_held_row ? entry->retained_bytes
							: entry->bytes + entry->indirect_bytes;
}

static int compare_entries(const void *a, const void *b)
{
	const struct leaks_entry *x = a, *y = b;
	bool x_hidden = x->suppressed_by != LEAKS_NOT_SUPPRESSED;
	bool y_hidden = y->suppressed_by != LEAKS_NOT_SUPPRESSED;

	if (x_hidden != y_hidden)
		return x_hidden ? 1 : -1;
	if (urgency(x) != urgency(y))
		return urgency(x) - urgency(y);
	if (urgency(x) == 2 && x->growth.slope != y->growth.slope)
		return x->growth.slope > y->growth.slope ? -1 : 1;
	int order = compare_numbers(weight(x), weight(y));

	if (!order)
		order = compare_numbers(x->bytes, y->bytes);
	if (!order)
		order = compare_numbers(x->blocks, y->blocks);
	return order ? order : -compare_numbers(x->record->account->id, y->record->account->id);
}

/* Growing ones by their pace, then what levels off, by what it grew at. */
static int compare_growth(const void *a, const void *b)
{
	const struct leaks_entry *x = a, *y = b;
	bool x_grows = x->growth.verdict == TREND_GROWING, y_grows = y->growth.verdict == TREND_GROWING;

	if (x_grows != y_grows)
		return x_grows ? -1 : 1;
	if (x->growth.slope != y->growth.slope)
		return x->growth.slope > y->growth.slope ? -1 : 1;
	return compare_entries(a, b);
}

/* Growth is a group's: of its entries the largest stands for all. */
static int mark_largest(struct leaks_finder *finder)
{
	struct leaks_entry **largest = calloc(finder->groups.count + 1, sizeof(struct leaks_entry *));

	if (!largest)
		return leaks_no_memory(finder);
	for (size_t i = 0; i < finder->entry_count; i++) {
		struct leaks_entry *entry = &finder->entries[i], **kept = &largest[entry->group];

		if (*kept && (*kept)->bytes >= entry->bytes)
			continue;
		if (*kept)
			(*kept)->is_largest = false;
		*kept = entry;
		entry->is_largest = true;
	}
	free(largest);
	return 0;
}

int leaks_sort_entries(struct leaks_finder *finder)
{
	if (mark_largest(finder) != 0)
		return finder->err->code;
	if (finder->entry_count)
		qsort(finder->entries, finder->entry_count, sizeof *finder->entries,
		      finder->options->growth ? compare_growth : compare_entries);
	return 0;
}
