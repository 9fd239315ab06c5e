/*
 * profile_nodes: enters DAG nodes into a profile whose process has ended.
 *
 * For what nobody in the process could announce: a build's targets are known
 * when the build is over.
 */
#ifndef DAGMEM_CLI_PROFILE_NODES_H
#define DAGMEM_CLI_PROFILE_NODES_H

struct error;
struct make_graph;

/* Append the nodes of `graph` to the profile behind `fd`, open for reading and writing. */
int profile_nodes_append(int fd, const struct make_graph *graph, struct error *err);

#endif
