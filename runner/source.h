/*
 * source: a DAG from a file or a generator, whichever the text names.
 *
 * A generator's name and a colon make it one; else it is a path, and its
 * format is told by the suffix: .json is WfFormat, .dot and .gv are Graphviz,
 * anything else is the project's text format.
 */
#ifndef DAGMEM_RUNNER_SOURCE_H
#define DAGMEM_RUNNER_SOURCE_H

#include <stddef.h>

struct build_options;
struct error;
struct graph;

/*
 * `keep` holds `keep_count` names of nodes to request instead of what the
 * source requests; none = the source's own outputs, else the sinks.
 * ERROR_SYSTEM when the file can't be read, ERROR_FORMAT and ERROR_USAGE as
 * the parsers and generators have it.  The caller frees the graph.
 */
int source_load(const char *source, const struct build_options *options, const char *const *keep,
		size_t keep_count, struct graph **graph, struct error *err);

#endif
