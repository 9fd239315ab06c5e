/*
 * call_frames: the calling context tree in terms of source code.
 *
 *   nodes[id] = { parent, place }            a call site under its caller
 *   places[place] = { first, count }         a range of frames[], innermost first:
 *   frames[...] = symbol                     all but the last are inlined into the next
 *   symbols[symbol] = function, file, line, module
 *
 * The importer makes one of a profile and writes it to the store; a dataset
 * loads it from there.  Plain arrays: whoever made them owns them.
 */
#ifndef DAGMEM_ANALYZER_CALL_FRAMES_H
#define DAGMEM_ANALYZER_CALL_FRAMES_H

#include <stddef.h>
#include <stdint.h>

struct frame_symbol {
	const char *function;   /* NULL: unknown */
	const char *file;       /* NULL: unknown */
	const char *module;     /* path; NULL: in none */
	uint64_t offset;        /* in the module's file, when there is no function */
	uint32_t line;          /* 0: unknown */
};

struct frame_place {
	uint32_t first, count;
};

struct frame_node {
	uint32_t parent;        /* less than the node's own id */
	uint32_t place;
};

/* The symbol of stacks that are not known at all. */
enum { SYMBOL_UNKNOWN = 0 };
#define SYMBOL_UNKNOWN_NAME "[unknown]"

/* The place without frames: of the root, and of nodes that are not there. */
enum { PLACE_EMPTY = 0 };

struct call_frames {
	struct frame_symbol *symbols;
	struct frame_place *places;
	uint32_t *frames;
	struct frame_node *nodes;
	size_t symbol_count, place_count, frame_count, node_count;
};

#endif
