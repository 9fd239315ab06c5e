/*
 * seed_graph: heap graphs for fuzz_graph to start from, made by the build so
 * that they follow the layout.
 *
 * usage: seed_graph FOLDER
 *
 * Whole ones: none, one block, a list, a tree with doubles, rings, blocks that
 * nothing reaches; and one each that is cut, of another version, without end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz_graph.h"

enum { BLOCKS_MAX = 32, EDGES_MAX = 64, ROOTS_MAX = 4 };

/* All parts are multiples of 8 bytes. */
struct image {
	struct heap_graph_head head;
	struct heap_graph_block blocks[BLOCKS_MAX];
	struct heap_graph_edge edges[EDGES_MAX];
	uint64_t first[BLOCKS_MAX + 1];
	struct heap_graph_root roots[ROOTS_MAX];
};

static void begin(struct image *image, uint32_t blocks)
{
	*image = (struct image){ .head = {
		.version = HEAP_GRAPH_VERSION, .byte_order = PROFILE_BYTE_ORDER,
		.pid = FUZZ_GRAPH_PID, .check = FUZZ_GRAPH_CHECK, .start_realtime_ns = FUZZ_GRAPH_START,
		.blocks = blocks, .blocks_at = offsetof(struct image, blocks),
		.edges_at = offsetof(struct image, edges), .first_edges_at = offsetof(struct image, first),
		.roots_at = offsetof(struct image, roots),
	} };
	memcpy(image->head.magic, HEAP_GRAPH_MAGIC, sizeof image->head.magic);
	for (uint32_t i = 0; i < blocks; i++) {
		image->blocks[i].address = 4096 + 64 * i;
		image->blocks[i].bytes = 16 + i;
		image->blocks[i].account = 1 + i % (FUZZ_GRAPH_ACCOUNTS - 1);
		image->blocks[i].verdict = VERDICT_REACHABLE;
	}
}

/* Edges come in the order of the blocks that they start from. */
static void point(struct image *image, uint32_t from, uint32_t to)
{
	image->edges[image->head.edges++].block = to;
	for (uint32_t i = from + 1; i <= BLOCKS_MAX; i++)
		image->first[i] = image->head.edges;
}

static void hold(struct image *image, uint32_t block)
{
	image->roots[image->head.roots++] = (struct heap_graph_root){ .block = block, .holder = HELD_BY_GLOBAL };
}

static void write_seed(const char *folder, const char *name, const struct image *image, size_t bytes)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	if (!file || fwrite(image, 1, bytes, file) != bytes || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

static void write_shapes(const char *folder, struct image *image)
{
	begin(image, 0);
	write_seed(folder, "none", image, sizeof *image);
	begin(image, 1);
	hold(image, 0);
	write_seed(folder, "one", image, sizeof *image);
	begin(image, BLOCKS_MAX);
	for (uint32_t i = 0; i + 1 < BLOCKS_MAX; i++)
		point(image, i, i + 1);
	hold(image, 0);
	write_seed(folder, "list", image, sizeof *image);
	begin(image, BLOCKS_MAX);
	for (uint32_t i = 0; 2 * i + 2 < BLOCKS_MAX; i++) {
		point(image, i, 2 * i + 1);
		point(image, i, (2 * i + 2) | HEAP_GRAPH_INTERIOR);
		point(image, i, 2 * i + 1);
	}
	hold(image, 0);
	hold(image, 5);
	write_seed(folder, "tree", image, sizeof *image);
}

static void write_lost(const char *folder, struct image *image)
{
	begin(image, 9);
	for (uint32_t i = 0; i < 9; i++) {
		point(image, i, i % 3 == 2 ? i - 2 : i + 1);
		image->blocks[i].verdict = i < 6 ? VERDICT_DEFINITE : VERDICT_INDIRECT;
	}
	write_seed(folder, "rings", image, sizeof *image);
	write_seed(folder, "cut-in-the-roots", image, sizeof *image - 8);
	write_seed(folder, "cut-in-the-blocks", image, offsetof(struct image, blocks) + 40);
	image->head.blocks = UINT64_MAX / 8;
	write_seed(folder, "too-many-blocks", image, sizeof *image);
	image->head.version++;
	write_seed(folder, "newer", image, sizeof *image);
}

int main(int argc, char **argv)
{
	static struct image image;

	if (argc != 2)
		return 2;
	write_shapes(argv[1], &image);
	write_lost(argv[1], &image);
	return 0;
}
