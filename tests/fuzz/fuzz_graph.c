/*
 * fuzz_graph: heap graphs of any bytes are refused with words, or can be
 * solved: what they give is in range.  The seeds are made by seed_graph.
 */
#include "tests/fuzz/fuzz_graph.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/dominators.h"
#include "analyzer/heap_graph.h"
#include "base/error.h"

enum {
	BYTES_MAX = 1 << 20,    /* what is larger says nothing new */
	ROWS = 4, CLASSES = 2,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* Holders and classes as leaks might choose them: by the root's kind, by the row's number. */
static void check_solution(struct heap_graph *graph)
{
	uint32_t *holder_of = malloc((graph->root_count + 1) * sizeof *holder_of);
	static const uint32_t class_of_row[ROWS] = { 0, 1, CLASSES, 0 };
	uint64_t sums[CLASSES] = { 0 };
	struct error err = ERROR_INIT;

	require(holder_of != NULL);
	for (size_t i = 0; i < graph->root_count; i++)
		holder_of[i] = graph->roots[i].holder;
	require(heap_graph_solve(graph, holder_of, LEAK_HOLDERS, &err) == 0);
	for (uint32_t i = 0; i < graph->block_count; i++) {
		require(graph->dominator[i] < graph->block_count + LEAK_HOLDERS ||
			graph->dominator[i] >= DOMINATOR_UNREACHED);
		require(graph->keeper[i] < LEAK_HOLDERS || graph->keeper[i] == HEAP_GRAPH_NO_KEEPER);
	}
	require(heap_graph_sums(graph, class_of_row, ROWS, CLASSES, sums, &err) == 0);
	free(holder_of);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct heap_graph_key key = {
		.check = FUZZ_GRAPH_CHECK, .pid = FUZZ_GRAPH_PID, .start_realtime_ns = FUZZ_GRAPH_START,
		.accounts = FUZZ_GRAPH_ACCOUNTS,
	};
	struct heap_graph graph = HEAP_GRAPH_INIT;
	struct error err = ERROR_INIT;
	uint8_t *bytes;

	if (size > BYTES_MAX)
		return 0;
	bytes = malloc(size + 1);
	require(bytes != NULL);
	if (size)
		memcpy(bytes, data, size);
	if (heap_graph_take(&graph, bytes, size, &key, "fuzz", &err))
		require((err.code == ERROR_FORMAT || err.code == ERROR_VERSION) &&
			strncmp(err.message, "fuzz is ", 8) == 0);
	else
		check_solution(&graph);
	heap_graph_release(&graph);
	return 0;
}
