/*
 * Beam search: keep the WIDTH most promising ways to begin, extend each by its
 * BRANCHES most promising nodes and by what can be committed after them, and
 * keep the best again, by peak, then by what is held.  Peaks count from the
 * lower bound up, since no way ends below it.  Ways that have run the same
 * nodes count once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/bound.h"
#include "runner/frontier.h"
#include "runner/order.h"

enum {
	WIDTH = 16,
	BRANCHES = 12,
	CANDIDATES = WIDTH * BRANCHES,
	BOUND_WORK = 20 * 1000 * 1000,
};

/* Extending `way` by ready[index]. */
struct candidate {
	uint64_t peak_bytes, live_bytes, hash;
	uint32_t way, index, node;
};

struct beam {
	struct frontier ways[WIDTH], next[WIDTH];
	uint32_t way_count;
	struct candidate candidates[CANDIDATES];
	uint32_t candidate_count;
};

static bool better(const struct candidate *a, const struct candidate *b)
{
	if (a->peak_bytes != b->peak_bytes)
		return a->peak_bytes < b->peak_bytes;
	if (a->live_bytes != b->live_bytes)
		return a->live_bytes < b->live_bytes;
	if (a->node != b->node)
		return a->node < b->node;
	return a->way < b->way;
}

static int compare(const void *a, const void *b)
{
	return better(a, b) ? -1 : better(b, a);
}

static struct candidate candidate_of(const struct frontier *way, uint32_t number, uint32_t index)
{
	uint32_t node = way->ready[index];
	uint64_t running = frontier_running_bytes(way, node);

	return (struct candidate){
		.peak_bytes = running > way->peak_bytes ? running : way->peak_bytes,
		.live_bytes = way->live_bytes + (uint64_t)frontier_net_bytes(way, node),
		.hash = frontier_hash_with(way, node),
		.way = number,
		.index = index,
		.node = node,
	};
}

/* Keep `best` sorted and no longer than BRANCHES. */
static void insert(struct candidate *best, uint32_t *count, struct candidate candidate)
{
	uint32_t place = *count;

	if (place == BRANCHES && !better(&candidate, &best[BRANCHES - 1]))
		return;
	if (place == BRANCHES)
		place--;
	else
		(*count)++;
	for (; place && better(&candidate, &best[place - 1]); place--)
		best[place] = best[place - 1];
	best[place] = candidate;
}

static void branch(struct beam *beam, uint32_t number)
{
	const struct frontier *way = &beam->ways[number];
	struct candidate *best = beam->candidates + beam->candidate_count;
	uint32_t count = 0;

	for (uint32_t i = 0; i < way->ready_count; i++)
		insert(best, &count, candidate_of(way, number, i));
	beam->candidate_count += count;
}

static bool seen(const struct beam *beam, uint32_t next_count, uint64_t hash)
{
	for (uint32_t i = 0; i < next_count; i++)
		if (beam->next[i].hash == hash)
			return true;
	return false;
}

/* The best candidates become the ways; a finished way has none and drops out. */
static void advance(struct beam *beam)
{
	uint32_t count = 0;

	qsort(beam->candidates, beam->candidate_count, sizeof *beam->candidates, compare);
	for (uint32_t i = 0; i < beam->candidate_count && count < WIDTH; i++) {
		const struct candidate *candidate = &beam->candidates[i];
		struct frontier *next = &beam->next[count];

		if (seen(beam, count, candidate->hash))
			continue;
		frontier_copy(next, &beam->ways[candidate->way]);
		frontier_run(next, candidate->index);
		frontier_commit(next);
		count += !seen(beam, count, next->hash);
	}
	for (uint32_t i = 0; i < count; i++) {
		struct frontier way = beam->ways[i];

		beam->ways[i] = beam->next[i];
		beam->next[i] = way;
	}
	beam->way_count = count;
	beam->candidate_count = 0;
}

static void keep_finished(const struct beam *beam, uint64_t *best_bytes, uint32_t *order)
{
	for (uint32_t i = 0; i < beam->way_count; i++) {
		const struct frontier *way = &beam->ways[i];

		if (way->ready_count || way->peak_bytes >= *best_bytes)
			continue;
		*best_bytes = way->peak_bytes;
		memcpy(order, way->order, way->count * sizeof *order);
	}
}

static void search(struct beam *beam, uint64_t least_bytes, uint32_t *order)
{
	uint64_t best_bytes = UINT64_MAX;

	frontier_reset(&beam->ways[0], least_bytes);
	frontier_commit(&beam->ways[0]);
	beam->way_count = 1;
	while (beam->way_count) {
		keep_finished(beam, &best_bytes, order);
		for (uint32_t i = 0; i < beam->way_count; i++)
			if (beam->ways[i].peak_bytes < best_bytes)
				branch(beam, i);
		advance(beam);
	}
}

static void beam_free(struct beam *beam)
{
	for (int i = 0; beam && i < WIDTH; i++) {
		frontier_release(&beam->ways[i]);
		frontier_release(&beam->next[i]);
	}
	free(beam);
}

static int fill(const struct plan *plan, uint32_t *order, struct error *err)
{
	struct bound_options options = { .work = BOUND_WORK };
	struct bound bound = { 0 };
	struct beam *beam = calloc(1, sizeof *beam);
	int code = beam ? bound_compute(plan, &options, &bound, err) : error_set(err, ERROR_NO_MEMORY, "no memory to order %u nodes", plan->count);

	for (int i = 0; code == 0 && i < WIDTH; i++) {
		code = frontier_init(&beam->ways[i], plan, err);
		if (code == 0)
			code = frontier_init(&beam->next[i], plan, err);
	}
	if (code == 0)
		search(beam, bound.bytes, order);
	beam_free(beam);
	return code;
}

const struct order order_beam = {
	.name = "beam",
	.summary = "beam search over beginnings, 16 wide",
	.nodes_max = 20000,
	.nodes_best = 4000,
	.fill = fill,
};
