#include "tracer/leak_lost.h"

#include "tracer/memory.h"

/* --- Lost by themselves, and with others ------------------------------------------ */

static void note_predecessors(struct leak_marker *marker)
{
	for (uint32_t i = 0; i < marker->heap->count; i++)
		if (!leak_verdict_of(marker, i))
			leak_mark_block(marker, MARK_PRECEDED, i);
	leak_mark_flush(marker);
}

static void make_definite(struct leak_marker *marker, uint32_t at, uint32_t by)
{
	marker->state[at] |= VERDICT_DEFINITE;
	marker->mark[at] = (struct leak_mark){ by, LEAK_NO_BLOCK };
	leak_mark_queue(marker, at);
}

static void judge_heads(struct leak_marker *marker)
{
	for (uint32_t i = 0; i < marker->heap->count; i++)
		if (!leak_verdict_of(marker, i) && !(marker->state[i] & STATE_PRECEDED))
			make_definite(marker, i, i);
	leak_mark_drain(marker, MARK_INDIRECT);
}

/* --- Cycles ------------------------------------------------------------------------- */

/* The blocks that are left, numbered from 0; mark[].holder of each is its number. */
struct component_search {
	struct leak_marker *marker;
	uint32_t count, components, next, depth, kept;
	uint32_t *block;                /* by number */
	uint32_t *order, *low;          /* from 1, as visited; 0: not yet */
	uint32_t *component;            /* from 1; 0: not known yet */
	uint32_t *word;                 /* of the block, to be looked at next */
	uint32_t *path, *stack;         /* what is being visited; visited and without a component */
	uint32_t *least;                /* by component: its first block */
	bool *entered;                  /* by component: something outside points to it */
};

static bool make_tables(struct component_search *search)
{
	size_t bytes = ((size_t)search->count + 1) * sizeof(uint32_t);
	uint32_t **const tables[] = {
		&search->block, &search->order, &search->low, &search->component, &search->word,
		&search->path, &search->stack, &search->least,
	};

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		*tables[i] = memory_reserve(bytes);
		if (!*tables[i])
			return false;
	}
	search->entered = memory_reserve(((size_t)search->count + 1) * sizeof *search->entered);
	return search->entered != NULL;
}

static bool number_blocks(struct component_search *search)
{
	struct leak_marker *marker = search->marker;
	uint32_t number = 0;

	for (uint32_t i = 0; i < marker->heap->count; i++)
		search->count += !leak_verdict_of(marker, i);
	if (!search->count || !make_tables(search))
		return !search->count;
	for (uint32_t i = 0; i < marker->heap->count; i++) {
		if (leak_verdict_of(marker, i))
			continue;
		search->block[number] = i;
		marker->mark[i].holder = number++;
	}
	return true;
}

/* The number of the next block that `from` points to; search->count: there are no more. */
static uint32_t next_edge(struct component_search *search, uint32_t from)
{
	const struct leak_marker *marker = search->marker;
	const struct leak_block *block = &marker->heap->block[search->block[from]];

	while (search->word[from] < block->words) {
		uintptr_t value = ((const uintptr_t *)block->address)[search->word[from]++];
		uint32_t to = leak_heap_find(marker->heap, value);

		if (to != LEAK_NO_BLOCK && !leak_verdict_of(marker, to))
			return marker->mark[to].holder;
	}
	return search->count;
}

static void visit(struct component_search *search, uint32_t number)
{
	search->order[number] = search->low[number] = ++search->next;
	search->path[search->depth++] = number;
	search->stack[search->kept++] = number;
}

/* `root` is the first visited of a component: all that is above it on the stack. */
static void close_component(struct component_search *search, uint32_t root)
{
	uint32_t component = ++search->components, number;

	search->least[component] = search->block[root];
	do {
		number = search->stack[--search->kept];
		search->component[number] = component;
		if (search->block[number] < search->least[component])
			search->least[component] = search->block[number];
	} while (number != root);
}

static void leave(struct component_search *search)
{
	uint32_t number = search->path[--search->depth];

	if (search->low[number] == search->order[number])
		close_component(search, number);
	if (search->depth) {
		uint32_t before = search->path[search->depth - 1];

		if (search->low[number] < search->low[before])
			search->low[before] = search->low[number];
	}
}

static void find_from(struct component_search *search, uint32_t start)
{
	visit(search, start);
	while (search->depth) {
		uint32_t from = search->path[search->depth - 1], to = next_edge(search, from);

		if (to == search->count)
			leave(search);
		else if (!search->order[to])
			visit(search, to);
		else if (!search->component[to] && search->order[to] < search->low[from])
			search->low[from] = search->order[to];
	}
}

static void find_entered(struct component_search *search)
{
	for (uint32_t from = 0; from < search->count; from++) {
		uint32_t to;

		search->word[from] = 0;
		while ((to = next_edge(search, from)) != search->count)
			if (search->component[to] != search->component[from])
				search->entered[search->component[to]] = true;
	}
}

static void judge_cycles(struct component_search *search)
{
	for (uint32_t number = 0; number < search->count; number++) {
		uint32_t component = search->component[number], at = search->block[number];

		if (search->entered[component])
			continue;
		make_definite(search->marker, at, search->least[component]);
		search->marker->state[at] |= STATE_CYCLE;
	}
	leak_mark_drain(search->marker, MARK_INDIRECT);
}

bool leak_lost_classify(struct leak_marker *marker)
{
	struct component_search search = { .marker = marker };

	note_predecessors(marker);
	judge_heads(marker);
	if (!number_blocks(&search))
		return false;
	for (uint32_t number = 0; number < search.count; number++)
		if (!search.order[number])
			find_from(&search, number);
	if (search.count) {
		find_entered(&search);
		judge_cycles(&search);
	}
	return true;
}

void leak_lost_doubt(struct leak_marker *marker)
{
	uint32_t at = marker->held_count < LEAK_HELD_MAX ? marker->held_count++ : LEAK_HELD_MAX - 1;

	marker->held[at] = (struct leak_held){ 0, 0, HELD_BY_UNKNOWN };
	for (uint32_t i = 0; i < marker->heap->count; i++) {
		if (leak_verdict_of(marker, i))
			continue;
		marker->state[i] |= VERDICT_POSSIBLE;
		marker->mark[i] = (struct leak_mark){ at, LEAK_NO_BLOCK };
	}
}

/* --- A way round ---------------------------------------------------------------------- */

enum { CYCLE_SEARCH_MAX = 4096 };

struct way_search { uint32_t block[CYCLE_SEARCH_MAX], from[CYCLE_SEARCH_MAX], count; };

static bool is_found(const struct way_search *search, uint32_t at)
{
	for (uint32_t i = 0; i < search->count; i++)
		if (search->block[i] == at)
			return true;
	return false;
}

static uint32_t way_back(const struct way_search *search, uint32_t index, uint32_t *way, uint32_t room)
{
	uint32_t count = 0;

	for (; index && count < room; index = search->from[index])
		way[count++] = search->block[index];
	return count;
}

uint32_t leak_lost_cycle(const struct leak_marker *marker, uint32_t at, uint32_t *way, uint32_t room)
{
	static struct way_search search;
	uint32_t cycle = marker->mark[at].holder;

	search.count = 1;
	search.block[0] = at;
	for (uint32_t i = 0; i < search.count; i++) {
		const struct leak_block *block = &marker->heap->block[search.block[i]];

		for (uint32_t word = 0; word < block->words; word++) {
			uint32_t to = leak_heap_find(marker->heap,
						     ((const uintptr_t *)block->address)[word]);

			if (to == at && i)
				return way_back(&search, i, way, room);
			if (to == LEAK_NO_BLOCK || !(marker->state[to] & STATE_CYCLE) ||
			    marker->mark[to].holder != cycle || search.count == CYCLE_SEARCH_MAX ||
			    is_found(&search, to))
				continue;
			search.block[search.count] = to;
			search.from[search.count++] = i;
		}
	}
	return 0;
}
