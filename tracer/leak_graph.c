#include "tracer/leak_graph.h"

#include <string.h>

#include "tracer/leak_pages.h"
#include "tracer/leak_place.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/sys.h"

enum { BUFFER_BYTES = 1 << 18, SPARSE_BYTES = 1 << 20 };

struct graph {
	const struct leak_job *job;
	const struct leak_marker *marker;
	const struct leak_roots *from;
	const struct leak_rows *rows;
	int fd;
	bool failed;
	char *buffer;
	size_t used;
	uint64_t written;               /* to the file, the buffer included */
	uint64_t edges, roots;
	uint32_t *edges_of;             /* by block, how many */
	const struct leak_range *range; /* whose words are roots */
	uintptr_t block;                /* whose words are edges */
};

static void flush(struct graph *graph)
{
	size_t done = 0;

	while (done < graph->used && !graph->failed) {
		long bytes = sys_write(graph->fd, graph->buffer + done, graph->used - done);

		if (bytes <= 0)
			graph->failed = true;
		else
			done += (size_t)bytes;
	}
	graph->used = 0;
}

static void put(struct graph *graph, const void *bytes, size_t count)
{
	if (graph->used + count > BUFFER_BYTES)
		flush(graph);
	memcpy(graph->buffer + graph->used, bytes, count);
	graph->used += count;
	graph->written += count;
}

/* The block that `value` points to, as an edge; LEAK_NO_BLOCK. */
static uint32_t edge_to(const struct leak_heap *heap, uintptr_t value)
{
	uint32_t at = leak_heap_find(heap, value);

	if (at != LEAK_NO_BLOCK && value != heap->block[at].address)
		at |= HEAP_GRAPH_INTERIOR;
	return at;
}

static void put_edges(void *context, uintptr_t start, uintptr_t end)
{
	struct graph *graph = context;

	for (uintptr_t word = start; word + 8 <= end; word += 8) {
		struct heap_graph_edge edge = {
			.block = edge_to(graph->marker->heap, *(const uintptr_t *)word),
			.word = (uint32_t)((word - graph->block) / 8),
		};

		if (edge.block == LEAK_NO_BLOCK)
			continue;
		put(graph, &edge, sizeof edge);
		graph->edges++;
	}
}

static void put_block(struct graph *graph, uint32_t at)
{
	const struct leak_block *block = &graph->marker->heap->block[at];
	struct heap_graph_block out = {
		.address = block->address,
		.bytes = leak_block_requested(block),
		.account = block->account,
		.row = graph->rows->of_block[at],
		.verdict = (uint8_t)leak_verdict_of(graph->marker, at),
	};

	put(graph, &out, sizeof out);
}

static void put_edges_of(struct graph *graph, uint32_t at)
{
	const struct leak_block *block = &graph->marker->heap->block[at];
	uintptr_t end = block->address + leak_block_bytes(block);

	uint64_t before = graph->edges;

	if (graph->marker->state[at] & STATE_ENDS)
		return;
	graph->block = block->address;
	if (leak_block_bytes(block) < SPARSE_BYTES)
		put_edges(graph, block->address, end);
	else
		leak_pages_each(block->address, end, put_edges, graph);
	graph->edges_of[at] = (uint32_t)(graph->edges - before);
}

static void put_root(struct graph *graph, struct heap_graph_root *root)
{
	struct leak_place place = leak_place_of(graph->job, graph->from, graph->marker->maps, root->holder,
						root->tid, root->address);

	root->place = place.code;
	root->account = place.account;
	put(graph, root, sizeof *root);
	graph->roots++;
}

static bool is_bin(const struct graph *graph, uintptr_t word, uint32_t edge)
{
	return leak_is_bin(graph->range, *(const uintptr_t *)word,
			   &graph->marker->heap->block[edge & ~HEAP_GRAPH_INTERIOR]);
}

static void put_roots(void *context, uintptr_t start, uintptr_t end)
{
	struct graph *graph = context;
	const struct leak_range *range = graph->range;

	for (uintptr_t word = (start + 7) & ~(uintptr_t)7; word + 8 <= end; word += 8) {
		struct heap_graph_root root = {
			.block = edge_to(graph->marker->heap, *(const uintptr_t *)word),
			.holder = range->holder,
			.tid = range->tid,
			.address = word,
		};
		if (root.block != LEAK_NO_BLOCK && !is_bin(graph, word, root.block))
			put_root(graph, &root);
	}
}

static void put_roots_of(struct graph *graph, const struct leak_range *range)
{
	graph->range = range;
	if (range->flags & RANGE_SPARSE)
		leak_pages_each(range->start, range->end, put_roots, graph);
	else if (range->flags & RANGE_PROBE)
		leak_pages_each_readable(range->start, range->end, put_roots, graph);
	else
		put_roots(graph, range->start, range->end);
}

/* Nothing that is looked through points to the loader's own. */
static void put_kept(struct graph *graph, const struct leak_range *kept)
{
	struct heap_graph_root root = {
		.block = leak_heap_find(graph->marker->heap, kept->start),
		.holder = kept->holder,
		.tid = kept->tid,
	};

	if (root.block != LEAK_NO_BLOCK)
		put_root(graph, &root);
}

static void put_first_edges(struct graph *graph, uint32_t blocks)
{
	uint64_t first = 0;

	for (uint32_t i = 0; i < blocks; i++) {
		put(graph, &first, sizeof first);
		first += graph->edges_of[i];
	}
	put(graph, &first, sizeof first);
}

static void put_parts(struct graph *graph, struct heap_graph_head *head)
{
	const struct leak_roots *roots = graph->from;
	uint32_t blocks = graph->marker->heap->count;

	head->blocks_at = graph->written;
	for (uint32_t i = 0; i < blocks; i++)
		put_block(graph, i);
	head->edges_at = graph->written;
	for (uint32_t i = 0; i < blocks; i++)
		put_edges_of(graph, i);
	head->first_edges_at = graph->written;
	put_first_edges(graph, blocks);
	head->roots_at = graph->written;
	for (uint32_t i = 0; i < roots->stacks.tls.kept.count; i++)
		put_kept(graph, &roots->stacks.tls.kept.range[i]);
	for (uint32_t i = 0; i < roots->ranges.count; i++)
		put_roots_of(graph, &roots->ranges.range[i]);
	flush(graph);
}

static void write_head(struct graph *graph, struct heap_graph_head *head, const struct leak_job *job)
{
	memcpy(head->magic, HEAP_GRAPH_MAGIC, sizeof head->magic);
	head->version = HEAP_GRAPH_VERSION;
	head->byte_order = PROFILE_BYTE_ORDER;
	head->pid = profile_header()->pid;
	head->check = job->number;
	head->start_ticks = profile_header()->start_ticks;
	head->start_realtime_ns = profile_header()->start_realtime_ns;
	head->blocks = graph->marker->heap->count;
	head->edges = graph->edges;
	head->roots = graph->roots;
	if (!graph->failed && sys_pwrite(graph->fd, head, sizeof *head, 0) != sizeof *head)
		graph->failed = true;
}

/* PROFILE.heap.N */
static bool name_file(char *path, size_t room, uint32_t number)
{
	char digits[12];
	size_t at = sizeof digits - 1, length = strlen(profile.path);

	digits[at] = 0;
	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	if (length + sizeof ".heap." + sizeof digits > room)
		return false;
	stpcpy(stpcpy(stpcpy(path, profile.path), ".heap."), digits + at);
	return true;
}

bool leak_graph_write(const struct leak_job *job, const struct leak_marker *marker,
		      const struct leak_roots *roots, const struct leak_rows *rows)
{
	static char path[OPTION_PATH_MAX + 32];
	struct graph graph = {
		.job = job, .marker = marker, .from = roots, .rows = rows,
		.buffer = memory_reserve(BUFFER_BYTES),
	};
	struct heap_graph_head head = { .reserved = { 0 } };

	graph.edges_of = memory_reserve(((size_t)marker->heap->count + 1) * sizeof *graph.edges_of);
	if (!graph.buffer || !graph.edges_of || !name_file(path, sizeof path, job->number))
		return false;
	sys_unlink(path);               /* an earlier profile's of that name */
	graph.fd = sys_open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (graph.fd < 0)
		return false;
	put(&graph, &head, sizeof head);
	put_parts(&graph, &head);
	write_head(&graph, &head, job);
	sys_close(graph.fd);
	if (graph.failed)
		sys_unlink(path);
	return !graph.failed;
}
