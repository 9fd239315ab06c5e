/*
 * parse: DAGs from files.
 *
 * Each parser reads the bytes of a whole file and tells a graph builder what
 * it finds; the builder has the file's name for messages.  Any bytes are safe:
 * what is not a DAG in the format is ERROR_FORMAT with the place.  None
 * recurses over the input.
 */
#ifndef DAGMEM_RUNNER_PARSE_H
#define DAGMEM_RUNNER_PARSE_H

#include <stddef.h>

struct error;
struct graph_builder;

/*
 * The project's own format, one statement a line (docs/DAG.md):
 *
 *     node NAME [SIZE] [transient SIZE] [in-place] [< DEPENDENCY...]
 *     input NAME...
 *     output NAME...
 *     map NAME ITEMS [< DEPENDENCY...]
 *         node ...            the block: reads the input `item`, has one output
 *     end
 */
int parse_text(const char *bytes, size_t length, struct graph_builder *builder, struct error *err);

/* WfFormat 1.x JSON (wfcommons.org): a result is a task's output files, a transient its memory. */
int parse_wfformat(const char *bytes, size_t length, struct graph_builder *builder,
		   struct error *err);

/* Graphviz: an edge goes from a dependency to its consumer; attributes size, transient, inplace, output, input. */
int parse_dot(const char *bytes, size_t length, struct graph_builder *builder, struct error *err);

#endif
