/*
 * The smallest peak there is: best-first search over down-sets.
 *
 * A state is the set of nodes that have run; its cost is the smallest peak of
 * a way there.  The cheapest state is extended by each ready node and by what
 * can be committed after it.  The search starts at the lower bound, which no
 * peak is below, and leaves out what is no better than the best quick order:
 * when nothing is left, that order is an optimum.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/bound.h"
#include "runner/frontier.h"
#include "runner/grow.h"
#include "runner/heap.h"
#include "runner/order.h"
#include "runner/policy.h"
#include "runner/simulate.h"

enum { NODES_MAX = 256, NODES_BEST = 64, STATES_MAX = 1 << 20 };

#define NO_STATE UINT32_MAX

struct state {
	uint64_t peak_bytes;
	uint64_t hash;          /* of the set */
	uint32_t parent;        /* NO_STATE for the first */
	uint32_t node;          /* that was chosen there; commits follow from it */
};

struct search {
	const struct plan *plan;
	uint64_t least_bytes;           /* lower bound */
	uint64_t best_bytes;            /* of the order to beat */
	struct state *states;
	size_t count, capacity;
	uint64_t *sets;                 /* state i: words i * words ... */
	size_t set_capacity, words;
	uint32_t *slots;                /* by hash: state, or NO_STATE */
	size_t slot_count;
	struct heap open;
	struct frontier here, next;
	uint64_t *set;                  /* scratch: of `next` */
};

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the exact order");
}

static uint64_t *set_of(const struct search *search, uint32_t state)
{
	return search->sets + state * search->words;
}

/* The slot of a set, or the empty one where it belongs. */
static size_t slot_of(const struct search *search, const uint64_t *set, uint64_t hash)
{
	size_t mask = search->slot_count - 1, slot = hash & mask;

	for (; search->slots[slot] != NO_STATE; slot = (slot + 1) & mask) {
		uint32_t state = search->slots[slot];

		if (search->states[state].hash == hash &&
		    memcmp(set_of(search, state), set, search->words * sizeof *set) == 0)
			break;
	}
	return slot;
}

static bool rehash(struct search *search)
{
	size_t slot_count = search->slot_count ? search->slot_count * 2 : 1024;
	uint32_t *slots = malloc(slot_count * sizeof *slots);

	if (!slots)
		return false;
	memset(slots, 0xff, slot_count * sizeof *slots);
	free(search->slots);
	search->slots = slots;
	search->slot_count = slot_count;
	for (uint32_t i = 0; i < search->count; i++)
		slots[slot_of(search, set_of(search, i), search->states[i].hash)] = i;
	return true;
}

static bool reserve(struct search *search)
{
	if (search->slot_count < 2 * (search->count + 1) && !rehash(search))
		return false;
	struct state *states = grow(search->states, &search->capacity, search->count + 1, sizeof *states);
	if (!states)
		return false;
	search->states = states;
	uint64_t *sets = grow(search->sets, &search->set_capacity,
			      (search->count + 1) * search->words, sizeof *sets);
	if (!sets)
		return false;
	search->sets = sets;
	return true;
}

static void describe(const struct frontier *frontier, uint64_t *set, size_t words)
{
	memset(set, 0, words * sizeof *set);
	for (uint32_t i = 0; i < frontier->count; i++)
		set[frontier->order[i] / 64] |= UINT64_C(1) << frontier->order[i] % 64;
}

/* Note that `next` was reached: a new state, or a cheaper way to a known one. */
static int reach(struct search *search, uint32_t parent, uint32_t node, struct error *err)
{
	const struct frontier *next = &search->next;
	struct state state = { next->peak_bytes, next->hash, parent, node };

	if (search->count == STATES_MAX)
		return error_set(err, ERROR_LIMIT, "the exact order would look at more than %d states",
				 STATES_MAX);
	if (!reserve(search))
		return no_memory(err);
	describe(next, search->set, search->words);
	uint32_t *slot = &search->slots[slot_of(search, search->set, next->hash)];
	if (*slot == NO_STATE) {
		*slot = (uint32_t)search->count++;
		memcpy(set_of(search, *slot), search->set, search->words * sizeof *search->set);
	} else if (search->states[*slot].peak_bytes <= next->peak_bytes) {
		return 0;
	}
	search->states[*slot] = state;
	/* Among equals the newest first: it has come furthest. */
	return heap_push(&search->open, (int64_t)state.peak_bytes, ~*slot) ? 0 : no_memory(err);
}

static uint32_t index_of(const struct frontier *frontier, uint32_t node)
{
	uint32_t index = 0;

	while (frontier->ready[index] != node)
		index++;
	return index;
}

/* Walk from the first state to this one: fills `here`, and so its order. */
static void replay(struct search *search, uint32_t state)
{
	uint32_t chosen[NODES_MAX], count = 0;

	for (; search->states[state].parent != NO_STATE; state = search->states[state].parent)
		chosen[count++] = search->states[state].node;
	frontier_reset(&search->here, search->least_bytes);
	frontier_commit(&search->here);
	while (count) {
		frontier_run(&search->here, index_of(&search->here, chosen[--count]));
		frontier_commit(&search->here);
	}
}

static int extend(struct search *search, uint32_t state, struct error *err)
{
	for (uint32_t i = 0; i < search->here.ready_count; i++) {
		uint32_t node = search->here.ready[i];

		if (frontier_running_bytes(&search->here, node) >= search->best_bytes)
			continue;
		frontier_copy(&search->next, &search->here);
		frontier_run(&search->next, i);
		frontier_commit(&search->next);
		if (search->next.peak_bytes < search->best_bytes &&
		    reach(search, state, node, err) != 0)
			return err->code;
	}
	return 0;
}

/* Overwrite `order` if there is a better one. */
static int run(struct search *search, uint32_t *order, struct error *err)
{
	struct heap_entry entry;

	frontier_reset(&search->next, search->least_bytes);
	frontier_commit(&search->next);
	if (reach(search, NO_STATE, NODE_NONE, err) != 0)
		return err->code;
	while (heap_pop(&search->open, &entry)) {
		uint32_t state = ~entry.node;

		if ((uint64_t)entry.key != search->states[state].peak_bytes)
			continue;
		replay(search, state);
		if (search->here.count == search->plan->count) {
			memcpy(order, search->here.order, search->here.count * sizeof *order);
			return 0;
		}
		if (extend(search, state, err) != 0)
			return err->code;
	}
	return 0;
}

static int search_init(struct search *search, const struct plan *plan, struct error *err)
{
	struct bound bound;

	*search = (struct search){ .plan = plan, .words = (plan->graph->nodes + 63) / 64 };
	search->set = malloc(search->words * sizeof *search->set);
	if (!search->set)
		return no_memory(err);
	if (frontier_init(&search->here, plan, err) != 0 || frontier_init(&search->next, plan, err) != 0 ||
	    bound_compute(plan, NULL, &bound, err) != 0)
		return err->code;
	search->least_bytes = bound.bytes;
	return 0;
}

static void search_release(struct search *search)
{
	frontier_release(&search->here);
	frontier_release(&search->next);
	heap_release(&search->open);
	free(search->states);
	free(search->sets);
	free(search->slots);
	free(search->set);
}

/* The order to beat. */
static int start_from_beam(struct search *search, uint32_t *order, struct error *err)
{
	struct simulation simulation;

	if (order_beam.fill(search->plan, order, err) != 0 ||
	    simulate(search->plan, order, &policy_refcount_path, NULL, &simulation, err) != 0)
		return err->code;
	search->best_bytes = simulation.peak_bytes;
	return 0;
}

static int fill(const struct plan *plan, uint32_t *order, struct error *err)
{
	struct search search;
	int code = search_init(&search, plan, err);

	if (code == 0)
		code = start_from_beam(&search, order, err);
	if (code == 0 && search.best_bytes > search.least_bytes)
		code = run(&search, order, err);
	search_release(&search);
	return code;
}

const struct order order_exact = {
	.name = "exact",
	.summary = "the smallest peak there is; small graphs only",
	.nodes_max = NODES_MAX,
	.nodes_best = NODES_BEST,
	.fill = fill,
};
