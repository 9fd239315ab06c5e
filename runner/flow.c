#include "runner/flow.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* Arc 2i goes forward, 2i + 1 back; `capacity` is what is left of each. */
struct arc {
	uint32_t to;
	uint32_t next;          /* of the same vertex, or NONE */
	uint64_t capacity;
};

struct flow {
	uint32_t vertices, arc_count;
	struct arc *arcs;
	uint32_t *first;        /* by vertex */
	uint32_t *current;      /* where its search goes on */
	uint32_t *level;        /* distance from the source, NONE = not reached */
	uint32_t *queue;        /* of the search by levels, then the path of arcs */
};

struct flow *flow_new(uint32_t vertices, uint32_t arcs)
{
	struct flow *flow = calloc(1, sizeof *flow);

	if (!flow)
		return NULL;
	flow->vertices = vertices;
	flow->arcs = malloc(((size_t)arcs * 2 + 1) * sizeof *flow->arcs);
	flow->first = malloc(vertices * sizeof *flow->first);
	flow->current = malloc(vertices * sizeof *flow->current);
	flow->level = malloc(vertices * sizeof *flow->level);
	flow->queue = malloc(vertices * sizeof *flow->queue);
	if (!flow->arcs || !flow->first || !flow->current || !flow->level || !flow->queue) {
		flow_free(flow);
		return NULL;
	}
	memset(flow->first, 0xff, vertices * sizeof *flow->first);
	return flow;
}

void flow_free(struct flow *flow)
{
	if (!flow)
		return;
	free(flow->arcs);
	free(flow->first);
	free(flow->current);
	free(flow->level);
	free(flow->queue);
	free(flow);
}

static void add_half(struct flow *flow, uint32_t from, uint32_t to)
{
	flow->arcs[flow->arc_count] = (struct arc){ to, flow->first[from], 0 };
	flow->first[from] = flow->arc_count++;
}

uint32_t flow_add_arc(struct flow *flow, uint32_t from, uint32_t to)
{
	add_half(flow, from, to);
	add_half(flow, to, from);
	return (flow->arc_count - 2) / 2;
}

void flow_set_capacity(struct flow *flow, uint32_t arc, uint64_t capacity)
{
	flow->arcs[2 * arc].capacity = capacity;
	flow->arcs[2 * arc + 1].capacity = 0;
}

static bool spend(uint64_t *work)
{
	if (*work == 0)
		return false;
	(*work)--;
	return true;
}

/* Number vertices by distance; false when the sink is out of reach, or work is. */
static bool find_levels(struct flow *flow, uint32_t source, uint32_t sink, uint64_t *work)
{
	uint32_t head = 0, tail = 0;

	memset(flow->level, 0xff, flow->vertices * sizeof *flow->level);
	memcpy(flow->current, flow->first, flow->vertices * sizeof *flow->current);
	flow->level[source] = 0;
	flow->queue[tail++] = source;
	while (head < tail && flow->level[sink] == NONE) {
		uint32_t v = flow->queue[head++];

		for (uint32_t a = flow->first[v]; a != NONE; a = flow->arcs[a].next) {
			uint32_t to = flow->arcs[a].to;

			if (!spend(work))
				return false;
			if (flow->arcs[a].capacity && flow->level[to] == NONE) {
				flow->level[to] = flow->level[v] + 1;
				flow->queue[tail++] = to;
			}
		}
	}
	return flow->level[sink] != NONE;
}

/* The next arc of v that leads one level on, or NONE; v's search stays there. */
static uint32_t next_arc(struct flow *flow, uint32_t v, uint64_t *work)
{
	while (flow->current[v] != NONE) {
		const struct arc *arc = &flow->arcs[flow->current[v]];

		if (!spend(work))
			return NONE;
		if (arc->capacity && flow->level[arc->to] == flow->level[v] + 1)
			return flow->current[v];
		flow->current[v] = arc->next;
	}
	return NONE;
}

/*
 * Push along the path of `length` arcs in `queue`.  Returns how many of its
 * arcs are still good: the search goes on where the first one is full.
 */
static uint32_t augment(struct flow *flow, uint32_t length, uint64_t *pushed)
{
	uint64_t amount = UINT64_MAX;
	uint32_t full = 0;

	for (uint32_t i = 0; i < length; i++)
		if (flow->arcs[flow->queue[i]].capacity < amount) {
			amount = flow->arcs[flow->queue[i]].capacity;
			full = i;
		}
	for (uint32_t i = 0; i < length; i++) {
		flow->arcs[flow->queue[i]].capacity -= amount;
		flow->arcs[flow->queue[i] ^ 1].capacity += amount;
	}
	*pushed += amount;
	return full;
}

/* Push along shortest paths until none is left at these levels. */
static uint64_t block_levels(struct flow *flow, uint32_t source, uint32_t sink, uint64_t *work)
{
	uint64_t pushed = 0;
	uint32_t length = 0, v = source;

	for (;;) {
		uint32_t arc = next_arc(flow, v, work);

		if (arc != NONE) {
			flow->queue[length++] = arc;
			v = flow->arcs[arc].to;
			if (v != sink)
				continue;
			length = augment(flow, length, &pushed);
			v = flow->arcs[flow->queue[length] ^ 1].to;
		} else if (length == 0 || *work == 0) {
			return pushed;
		} else {
			uint32_t back = flow->queue[--length];

			v = flow->arcs[back ^ 1].to;
			flow->current[v] = flow->arcs[back].next;
		}
	}
}

uint64_t flow_run(struct flow *flow, uint32_t source, uint32_t sink, uint64_t *work)
{
	uint64_t pushed = 0;

	while (find_levels(flow, source, sink, work))
		pushed += block_levels(flow, source, sink, work);
	return pushed;
}
