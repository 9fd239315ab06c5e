/*
 * heap_graph: the file in which a leak check left all blocks and pointers,
 * checked, and what follows from it: dominators and retained sizes, of blocks
 * and of who holds them.
 *
 * Nothing in the file is believed: offsets, indexes and accounts are in range
 * in what it gives.  heap_graph_file reads the file; leaks and import_graph use it.
 */
#ifndef DAGMEM_ANALYZER_HEAP_GRAPH_H
#define DAGMEM_ANALYZER_HEAP_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/leak_layout.h"

struct error;

struct heap_graph {
	void *bytes;                    /* of the file */
	size_t file_bytes;
	const struct heap_graph_head *head;
	const struct heap_graph_block *blocks;
	const struct heap_graph_edge *edges;    /* block perhaps with HEAP_GRAPH_INTERIOR */
	const uint64_t *first;          /* blocks + 1, rising */
	const struct heap_graph_root *roots;
	uint32_t block_count;
	size_t edge_count, root_count;
	/*
	 * From heap_graph_solve(): by block, and after the blocks by holder, which
	 * is a node of its own that points to what its roots do.
	 */
	uint32_t *dominator;            /* or DOMINATOR_ROOTS, DOMINATOR_UNREACHED */
	uint64_t *retained;
	uint32_t *keeper;               /* by block: the holder without which it is lost; HEAP_GRAPH_NO_KEEPER */
	uint64_t *kept_blocks;          /* by holder */
	uint32_t holder_count;
};

#define HEAP_GRAPH_NO_KEEPER UINT32_MAX

#define HEAP_GRAPH_INIT { .bytes = NULL }

/* Whose graph is wanted. */
struct heap_graph_key {
	uint32_t check;                 /* its number */
	uint32_t pid;                   /* of the profile, as is the start */
	uint64_t start_realtime_ns;
	uint32_t accounts;              /* its accounts are below */
	bool was_written;               /* the check says that it left one */
};

/* Whether a file that begins so is the one. */
bool heap_graph_is_of(const struct heap_graph_head *head, const struct heap_graph_key *key);

/*
 * Take `bytes`, of malloc(), for the graph; they are its own from now on, also
 * on failure.  `path` is named in errors.  ERROR_FORMAT: damaged or another's;
 * ERROR_VERSION.  Always to be released.
 */
int heap_graph_take(struct heap_graph *graph, void *bytes, size_t size, const struct heap_graph_key *key,
		    const char *path, struct error *err);

/*
 * Find dominators and retained sizes, also of `count` holders: holder_of[root]
 * is each root's.  Lost memory has no roots: blocks that are definitely lost
 * count as such; what is lost holds nothing that is not.  ERROR_NO_MEMORY.
 */
int heap_graph_solve(struct heap_graph *graph, const uint32_t *holder_of, uint32_t count,
		     struct error *err);

void heap_graph_release(struct heap_graph *graph);

/*
 * What the blocks of each class of rows retain together, counted once where one
 * retains another: class_of_row[row], of `rows` rows, is below `classes`, or is none;
 * so is that of blocks without row.  Added to retained[class].  ERROR_NO_MEMORY.
 */
int heap_graph_sums(const struct heap_graph *graph, const uint32_t *class_of_row, uint32_t rows,
		    uint32_t classes, uint64_t *retained, struct error *err);

#endif
