#include "cli/make_graph.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/intern.h"

struct edge { uint32_t node, need; };

/* While it is read; targets are numbers of `names`. */
struct reading {
	struct arena *arena;
	struct intern names;
	struct edge *edges;
	size_t edge_count, edge_capacity;
	uint32_t *recipes;              /* in the order in which they began */
	size_t recipe_count, recipe_capacity;
	bool no_memory;
};

/* --- Lines ------------------------------------------------------------------- */

static void *grown(struct reading *r, void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	size_t wanted = *capacity ? 2 * *capacity : 256;
	void *larger = arena_alloc_array(r->arena, wanted, size);

	r->no_memory |= !larger;
	if (larger && count)
		memcpy(larger, items, count * size);
	if (larger)
		*capacity = wanted;
	return larger;
}

static uint32_t number(struct reading *r, const char *name, size_t length)
{
	uint32_t result = intern_add(&r->names, arena_strndup(r->arena, name, length));

	r->no_memory |= result == MAP_NONE;
	return result;
}

static void add_recipe(struct reading *r, const char *name, size_t length)
{
	uint32_t node = number(r, name, length);
	uint32_t *recipes = grown(r, r->recipes, r->recipe_count, &r->recipe_capacity, sizeof *recipes);

	if (!recipes || r->no_memory)
		return;
	r->recipes = recipes;
	recipes[r->recipe_count++] = node;
}

static void add_edge(struct reading *r, const char *name, size_t length, const char *need,
		     size_t need_length)
{
	struct edge edge = { number(r, name, length), number(r, need, need_length) };
	struct edge *edges = grown(r, r->edges, r->edge_count, &r->edge_capacity, sizeof *edges);

	if (!edges || r->no_memory)
		return;
	r->edges = edges;
	edges[r->edge_count++] = edge;
}

static void read_line(struct reading *r, const char *line, const char *end)
{
	const char *tab;

	if (end - line < 3 || line[1] != '\t' || memchr(line, '\0', (size_t)(end - line)))
		return;
	line += 2;
	tab = memchr(line, '\t', (size_t)(end - line));
	if (line[-2] == 'N' && !tab)
		add_recipe(r, line, (size_t)(end - line));
	else if (line[-2] == 'E' && tab && tab > line && end > tab + 1)
		add_edge(r, line, (size_t)(tab - line), tab + 1, (size_t)(end - tab - 1));
}

static void read_lines(struct reading *r, const char *text, size_t bytes)
{
	const char *end = text + bytes, *newline;

	while (!r->no_memory && (newline = memchr(text, '\n', (size_t)(end - text)))) {
		read_line(r, text, newline);
		text = newline + 1;
	}
}

/* --- Order ------------------------------------------------------------------- */

/* What a target is on the way through the graph. */
enum state { NO_RECIPE, WAITING, ENTERED, DONE };

struct walk {
	struct reading *r;
	struct make_graph *graph;
	uint8_t *state;                 /* by number of the name */
	uint32_t *first, *needs;        /* needs[first[n]] ... needs[first[n + 1] - 1] of n */
	uint32_t *next;                 /* the one to look at, while entered */
	uint32_t *place;                /* in graph->nodes, when done */
	uint32_t *stack;
};

static void *numbers(struct reading *r, size_t count, size_t size)
{
	void *items = arena_alloc_array(r->arena, count, size);

	r->no_memory |= !items;
	return items;
}

static bool begin_walk(struct walk *w)
{
	size_t names = w->r->names.count;

	w->state = numbers(w->r, names + 1, sizeof *w->state);
	w->first = numbers(w->r, names + 2, sizeof *w->first);
	w->needs = numbers(w->r, w->r->edge_count + 1, sizeof *w->needs);
	w->next = numbers(w->r, names + 1, sizeof *w->next);
	w->place = numbers(w->r, names + 1, sizeof *w->place);
	w->stack = numbers(w->r, names + 1, sizeof *w->stack);
	w->graph->nodes = numbers(w->r, w->r->recipe_count + 1, sizeof *w->graph->nodes);
	if (w->r->no_memory)
		return false;
	for (size_t i = 0; i < w->r->edge_count; i++)
		w->first[w->r->edges[i].node + 1]++;
	for (size_t i = 0; i < names; i++) {
		w->first[i + 1] += w->first[i];
		w->next[i] = w->first[i];
	}
	for (size_t i = 0; i < w->r->edge_count; i++)
		w->needs[w->next[w->r->edges[i].node]++] = w->r->edges[i].need;
	for (size_t i = 0; i < names; i++)
		w->next[i] = w->first[i];
	for (size_t i = 0; i < w->r->recipe_count; i++)
		w->state[w->r->recipes[i]] = WAITING;
	return true;
}

/* All that it needs is done: so is it.  What it needs twice it needs once. */
static void finish(struct walk *w, uint32_t node)
{
	struct make_node *made = &w->graph->nodes[w->graph->count];
	uint32_t *need = numbers(w->r, w->first[node + 1] - w->first[node] + 1, sizeof *need);

	w->state[node] = DONE;
	w->place[node] = (uint32_t)w->graph->count++;
	*made = (struct make_node){ intern_text(&w->r->names, node), need, 0 };
	for (uint32_t i = w->first[node]; need && i < w->first[node + 1]; i++) {
		bool known = w->state[w->needs[i]] != DONE || w->needs[i] == node;

		for (size_t k = 0; k < made->need_count && !known; k++)
			known = need[k] == w->place[w->needs[i]];
		if (!known)
			need[made->need_count++] = w->place[w->needs[i]];
	}
}

static void visit(struct walk *w, uint32_t from)
{
	size_t depth = 0;

	w->stack[depth++] = from;
	w->state[from] = ENTERED;
	while (depth && !w->r->no_memory) {
		uint32_t node = w->stack[depth - 1];

		if (w->next[node] == w->first[node + 1]) {
			finish(w, node);
			depth--;
			continue;
		}
		uint32_t need = w->needs[w->next[node]++];

		w->graph->dropped += w->state[need] == ENTERED;
		if (w->state[need] == WAITING) {
			w->state[need] = ENTERED;
			w->stack[depth++] = need;
		}
	}
}

int make_graph_read(const char *text, size_t bytes, struct arena *arena, struct make_graph *graph,
		    struct error *err)
{
	struct reading r = { .arena = arena, .names = INTERN_INIT(arena) };
	struct walk walk = { .r = &r, .graph = graph };

	*graph = (struct make_graph){ 0 };
	read_lines(&r, text, bytes);
	if (!r.no_memory && begin_walk(&walk))
		for (size_t i = 0; i < r.recipe_count; i++)
			if (walk.state[r.recipes[i]] == WAITING)
				visit(&walk, r.recipes[i]);
	intern_release(&r.names);
	if (!r.no_memory)
		return 0;
	*graph = (struct make_graph){ 0 };
	return error_set(err, ERROR_NO_MEMORY, "no memory for the build's graph");
}
