/*
 * generate: DAGs of a given shape, from a line of text.
 *
 *     chain:N:BYTES                       n0 -> n1 -> ...
 *     diamond:WIDTH:BYTES                 one source, WIDTH in the middle, one sink
 *     tree:DEPTH:ARITY:BYTES              leaves are sources, the root is the sink
 *     fan:WIDTH:BYTES                     one source read by WIDTH sinks
 *     layered:SEED:WIDTHxDEPTH:BYTES      random edges between neighbouring layers
 *     map:ITEMS:NODES:BYTES               a map over ITEMS whose block is a chain of NODES
 *
 * BYTES takes KiB, MiB, GiB.  What is generated depends on the text alone.
 * The nodes of chains work in place, as immutable transforms may.
 */
#ifndef DAGMEM_RUNNER_GENERATE_H
#define DAGMEM_RUNNER_GENERATE_H

#include <stdbool.h>

struct error;
struct graph_builder;

/* The text begins with a generator's name and a colon. */
bool generate_knows(const char *spec);

/* One line for each generator, for the help; NULL-terminated. */
extern const char *const generate_help[];

/* ERROR_USAGE says how the generator wants to be written. */
int generate(const char *spec, struct graph_builder *builder, struct error *err);

#endif
