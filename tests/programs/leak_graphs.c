/*
 * leak_graphs: random graphs of blocks that point to each other, and what is
 * lost of each, by definition and without cleverness.
 *
 * usage: leak_graphs SEED GRAPHS
 *
 * For graph K a leak check "graph K" is made, and a line printed: how many
 * blocks and bytes of make_block() must be definite, indirect, possible and
 * reachable.  Each block has a size of its own, so that sums of bytes tell
 * which ones.
 *
 *   reachable   from the roots by pointers to starts
 *   possible    else, from the roots by any pointers
 *   definite    else, if whatever lost block leads to it is led to by it
 *   indirect    else
 */
#include <dagmem.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCKS = 160, ROOTS = 6, POINTERS_MAX = 6, INSIDE = 16 };

/* All but the blocks themselves is of no use to a check: no address is in it as it is. */
struct graph {
	int count;
	size_t bytes[BLOCKS];
	uintptr_t address[BLOCKS];      /* complemented */
	/* [from][to]: 0 none, 1 to the start, 2 to the inside or end */
	uint8_t edge[BLOCKS][BLOCKS];
	uint8_t root[BLOCKS];           /* the same */
	uint8_t leads[BLOCKS][BLOCKS];  /* by pointers of any kind, over lost blocks */
	enum { LOST, REACHABLE, POSSIBLE } state[BLOCKS];
};

static __attribute__((used)) void *volatile roots[ROOTS];
static struct graph *graph;
static uint64_t random_state;

static unsigned below(unsigned limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 11) % limit;
}

__attribute__((noinline)) static void make_block(int i)
{
	void *block = calloc(1, graph->bytes[i]);

	graph->address[i] = ~(uintptr_t)block;
}

/* A pointer to block `to`, of kind 1 or 2. */
static uintptr_t pointer_to(int to, int kind)
{
	uintptr_t start = ~graph->address[to];

	return kind == 1 ? start : below(2) ? start + INSIDE : start + graph->bytes[to];
}

static void build(void)
{
	unsigned density = 1 + below(POINTERS_MAX);

	memset(graph, 0, sizeof *graph);
	graph->count = 2 + (int)below(BLOCKS - 2);
	for (int i = 0; i < graph->count; i++) {
		graph->bytes[i] = 72 + 16 * (size_t)i;  /* usable to the last byte, and never the same */
		make_block(i);
	}
	for (int i = 0; i < graph->count; i++) {
		for (unsigned j = 0; j < below(density + 1); j++) {
			int to = (int)below((unsigned)graph->count), kind = below(4) ? 1 : 2;

			((uintptr_t *)~graph->address[i])[j] = pointer_to(to, kind);
			if (graph->edge[i][to] != 1)
				graph->edge[i][to] = (uint8_t)kind;
		}
	}
	for (int i = 0; i < ROOTS; i++) {
		int to = (int)below((unsigned)graph->count), kind = below(4) ? 1 : 2;
		int used = below(3) != 0;

		roots[i] = used ? (void *)pointer_to(to, kind) : NULL;
		if (used && graph->root[to] != 1)
			graph->root[to] = (uint8_t)kind;
	}
}

/* Until nothing changes: what `state` leads to by pointers of kind up to `kind` has it, too. */
static void spread(int state, int kind)
{
	int changed;

	do {
		changed = 0;
		for (int i = 0; i < graph->count; i++)
			for (int to = 0; to < graph->count; to++)
				if ((graph->state[i] == REACHABLE || (int)graph->state[i] == state) &&
				    graph->edge[i][to] && graph->edge[i][to] <= kind &&
				    graph->state[to] == LOST) {
					graph->state[to] = state;
					changed = 1;
				}
	} while (changed);
}

static void judge_held(void)
{
	for (int i = 0; i < graph->count; i++)
		if (graph->root[i] == 1)
			graph->state[i] = REACHABLE;
	spread(REACHABLE, 1);
	for (int i = 0; i < graph->count; i++)
		if (graph->root[i] && graph->state[i] == LOST)
			graph->state[i] = POSSIBLE;
	spread(POSSIBLE, 2);
}

/* Warshall's closure over the lost. */
static void close_lost(void)
{
	for (int i = 0; i < graph->count; i++)
		for (int j = 0; j < graph->count; j++)
			graph->leads[i][j] = graph->state[i] == LOST && graph->state[j] == LOST &&
					     graph->edge[i][j];
	for (int k = 0; k < graph->count; k++)
		for (int i = 0; i < graph->count; i++)
			for (int j = 0; graph->leads[i][k] && j < graph->count; j++)
				graph->leads[i][j] |= graph->leads[k][j];
}

static int is_definite(int block)
{
	for (int i = 0; i < graph->count; i++)
		if (i != block && graph->leads[i][block] && !graph->leads[block][i])
			return 0;
	return 1;
}

static void say(int number)
{
	static const char *const names[] = { "definite", "indirect", "possible", "reachable" };
	size_t blocks[4] = { 0 }, bytes[4] = { 0 };

	for (int i = 0; i < graph->count; i++) {
		int verdict = graph->state[i] == REACHABLE ? 3 : graph->state[i] == POSSIBLE ? 2 :
			is_definite(i) ? 0 : 1;

		blocks[verdict]++;
		bytes[verdict] += graph->bytes[i];
	}
	for (int i = 0; i < 4; i++)
		if (blocks[i])
			printf("graph %d %s %zu %zu\n", number, names[i], blocks[i], bytes[i]);
}

/* What the work left on the stack below here. */
__attribute__((noinline)) static void scrub(void)
{
	volatile char old[8192];

	memset((char *)old, 0, sizeof old);
	__asm__ volatile("" : : "r"(old) : "memory");
}

__attribute__((noinline)) static void one_graph(int number)
{
	build();
	judge_held();
	close_lost();
	say(number);
}

int main(int argc, char **argv)
{
	int graphs = argc > 2 ? atoi(argv[2]) : 1;
	char label[32];

	random_state = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) * 2654435769u + 88172645463325252u;
	graph = mmap(NULL, sizeof *graph, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (graph == MAP_FAILED)
		return 1;
	for (int i = 0; i < graphs; i++) {
		one_graph(i);
		snprintf(label, sizeof label, "graph %d", i);
		scrub();
		dagmem_leak_check(label);
		for (int j = 0; j < graph->count; j++)
			free((void *)~graph->address[j]);
		memset((void *)roots, 0, sizeof roots);
	}
	return 0;
}
