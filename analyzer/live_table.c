#include "analyzer/live_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* A caller further out than this is not looked for: its total may be too low. */
enum { CALLERS_SEEN = 1024 };

void live_table_init(struct live_table *table, enum grouping by)
{
	*table = (struct live_table){ .by = by, .clock = { .stride = 1 } };
	groups_init(&table->groups);
}

static void release_sums(struct live_sums *sums)
{
	for (size_t i = 0; i < sums->count; i++)
		free(sums->items[i].history);
	free(sums->items);
}

void live_table_release(struct live_table *table)
{
	groups_release(&table->groups);
	free(table->group_of);
	free(table->outermost);
	release_sums(&table->rows);
	release_sums(&table->nodes);
	*table = (struct live_table){ .by = table->by };
}

/* Sums 0 to `count` - 1 are there. */
static bool reach(struct live_sums *sums, size_t count)
{
	if (count > sums->capacity) {
		size_t capacity = count > 2 * sums->capacity ? count : 2 * sums->capacity;
		struct live_sum *items = reallocarray(sums->items, capacity, sizeof *items);

		if (!items)
			return false;
		sums->items = items;
		sums->capacity = capacity;
	}
	if (count > sums->count) {
		memset(sums->items + sums->count, 0, (count - sums->count) * sizeof *sums->items);
		sums->count = count;
	}
	return true;
}

/* --- Groups ----------------------------------------------------------------- */

/* Numbers are by name, so those of earlier symbols stay. */
static bool number_symbols(struct live_table *table, const struct call_frames *frames)
{
	if (frames->symbol_count == table->symbol_count)
		return true;
	uint32_t *group_of = reallocarray(table->group_of, frames->symbol_count, sizeof *group_of);

	if (!group_of)
		return false;
	table->group_of = group_of;
	if (groups_of_symbols(&table->groups, frames, table->by, group_of) ||
	    !reach(&table->rows, groups_count(&table->groups)))
		return false;
	for (size_t i = table->symbol_count; i < frames->symbol_count; i++)
		if (!table->rows.items[group_of[i]].symbol)
			table->rows.items[group_of[i]].symbol = (uint32_t)i;
	table->symbol_count = frames->symbol_count;
	return true;
}

/* Whether one of the first `count` frames of a place, from its outermost inward, is of `group`. */
static bool place_has(const struct live_table *table, const struct call_frames *frames,
		      const struct frame_place *place, uint32_t outer, uint32_t group)
{
	for (uint32_t i = outer; i < place->count; i++)
		if (table->group_of[frames->frames[place->first + i]] == group)
			return true;
	return false;
}

static bool caller_has(const struct live_table *table, const struct call_frames *frames,
		       uint32_t node, uint32_t group)
{
	unsigned seen = 0;

	for (node = frames->nodes[node].parent; node; node = frames->nodes[node].parent)
		if (seen++ == CALLERS_SEEN ||
		    place_has(table, frames, &frames->places[frames->nodes[node].place], 0, group))
			return true;
	return false;
}

static bool add_outermost(struct live_table *table, uint32_t node, uint32_t group)
{
	if (table->outermost_count == table->outermost_capacity) {
		size_t capacity = table->outermost_capacity ? 2 * table->outermost_capacity : 1024;
		struct live_outermost *outermost = reallocarray(table->outermost, capacity,
								sizeof *outermost);

		if (!outermost)
			return false;
		table->outermost = outermost;
		table->outermost_capacity = capacity;
	}
	table->outermost[table->outermost_count++] = (struct live_outermost){ node, group };
	return true;
}

/* What recurses counts once. */
static bool find_outermost(struct live_table *table, const struct live_tree *tree,
			   const struct call_frames *frames, uint32_t node)
{
	const struct frame_place *place = &frames->places[frames->nodes[node].place];

	for (uint32_t i = 0; i < place->count; i++) {
		uint32_t symbol = frames->frames[place->first + i];
		uint32_t group = table->group_of[symbol];

		if (tree->attribution.traits[symbol] & FRAME_IN_RUNTIME ||
		    place_has(table, frames, place, i + 1, group) ||
		    caller_has(table, frames, node, group))
			continue;
		if (!add_outermost(table, node, group))
			return false;
	}
	return true;
}

static bool add_new_nodes(struct live_table *table, const struct live_tree *tree,
			  const struct call_frames *frames)
{
	for (; table->node_count < frames->node_count; table->node_count++)
		if (!find_outermost(table, tree, frames, (uint32_t)table->node_count))
			return false;
	return true;
}

/* --- Sums ------------------------------------------------------------------- */

static void begin(struct live_sums *sums)
{
	for (size_t i = 0; i < sums->count; i++) {
		struct live_sum *sum = &sums->items[i];

		sum->before_bytes = sum->own_bytes;
		sum->before_allocations = sum->allocations;
		sum->own_bytes = sum->own_blocks = sum->total_bytes = sum->allocations = 0;
	}
}

static void add(struct live_sum *sum, const struct account_sums *account)
{
	sum->own_bytes += account->live_bytes;
	sum->own_blocks += account->live_blocks;
	sum->allocations += account->allocations;
}

/* A stack that is too young to be known is [unknown] until the next look. */
static bool sum_accounts(struct live_table *table, const struct live_tree *tree,
			 const struct profile_data *data, uint64_t *of_node)
{
	for (uint32_t id = 1; id < data->account_count; id++) {
		const struct reader_account *account = &data->accounts[id];
		uint32_t stack = account->stack < tree->attribution.node_count ? account->stack : 0;
		uint32_t dag_node = account->dag_node < data->dag_node_count ? account->dag_node : 0;

		if (account->kind != ACCOUNT_HEAP ||
		    !(account->sums.allocations | account->sums.live_bytes | account->sums.live_blocks))
			continue;
		if (!reach(&table->nodes, dag_node + 1u))
			return false;
		uint32_t owner = tree->attribution.owners[stack];
		struct live_sum *row = &table->rows.items[table->group_of[owner]];

		if (!row->allocations)
			row->symbol = owner;
		add(row, &account->sums);
		add(&table->nodes.items[dag_node], &account->sums);
		table->nodes.items[dag_node].symbol = dag_node;
		of_node[stack] += account->sums.live_bytes;
	}
	return true;
}

/* Callees come after their callers, so from the last to the first. */
static void sum_totals(struct live_table *table, const struct call_frames *frames, uint64_t *of_node)
{
	for (size_t id = frames->node_count; id-- > 1;)
		of_node[frames->nodes[id].parent] += of_node[id];
	for (size_t i = 0; i < table->outermost_count; i++)
		table->rows.items[table->outermost[i].group].total_bytes +=
			of_node[table->outermost[i].node];
	for (size_t i = 0; i < table->nodes.count; i++)
		table->nodes.items[i].total_bytes = table->nodes.items[i].own_bytes;
}

/* --- Histories -------------------------------------------------------------- */

/*
 * Keep every second point.  From 1, not 0: of the loop from 0 gcc 12.2 makes
 * nothing at -O2.
 */
static void halve(uint64_t *points)
{
	for (size_t at = 1; at < LIVE_HISTORY / 2; at++)
		points[at] = points[2 * at];
}

static void thin(struct live_sums *sums)
{
	for (size_t i = 0; i < sums->count; i++)
		if (sums->items[i].history)
			halve(sums->items[i].history);
}

/* True: this look is to be a point of the histories. */
static bool tick(struct live_table *table)
{
	struct live_clock *clock = &table->clock;

	if (clock->looks++ % clock->stride)
		return false;
	if (clock->count == LIVE_HISTORY) {
		thin(&table->rows);
		thin(&table->nodes);
		halve(clock->time_ns);
		clock->count = LIVE_HISTORY / 2;
		clock->stride *= 2;
	}
	clock->time_ns[clock->count++] = table->now_ns;
	return true;
}

static bool note(struct live_sums *sums, size_t at)
{
	for (size_t i = 0; i < sums->count; i++) {
		struct live_sum *sum = &sums->items[i];

		if (!sum->history && sum->own_bytes) {
			sum->history = calloc(LIVE_HISTORY, sizeof *sum->history);
			if (!sum->history)
				return false;
		}
		if (sum->history)
			sum->history[at] = sum->own_bytes;
	}
	return true;
}

int live_table_update(struct live_table *table, const struct live_tree *tree,
		      const struct profile_data *data, uint64_t now_ns, struct arena *scratch,
		      struct error *err)
{
	const struct call_frames *frames = live_tree_frames(tree);
	uint64_t *of_node = arena_alloc_array(scratch, frames->node_count + 1, sizeof *of_node);

	if (!of_node || !number_symbols(table, frames) || !add_new_nodes(table, tree, frames))
		return reader_no_memory(err);
	table->before_ns = table->now_ns;
	table->now_ns = now_ns;
	begin(&table->rows);
	begin(&table->nodes);
	if (!sum_accounts(table, tree, data, of_node))
		return reader_no_memory(err);
	sum_totals(table, frames, of_node);
	if (tick(table) && (!note(&table->rows, table->clock.count - 1) ||
			    !note(&table->nodes, table->clock.count - 1)))
		return reader_no_memory(err);
	return 0;
}
