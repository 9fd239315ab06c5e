/*
 * task_graph: what an adapter knows of an engine's tasks and data while they
 * are there: a task's node, who must end before it, whose result a datum is.
 *
 * For engines that are told of tasks by any thread and run them on any: every
 * function may be called by any thread.  Tasks and data are known by their
 * addresses.
 */
#ifndef DAGMEM_TRACER_ADAPTERS_TASK_GRAPH_H
#define DAGMEM_TRACER_ADAPTERS_TASK_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/adapters/accesses.h"

/* How a task uses a datum. */
struct task_use {
	const void *datum;
	enum access_mode mode;
	bool ordered;                   /* the engine orders tasks by what they do to it */
};

/* A task as it is handed to the engine. */
struct task_request {
	const void *task;
	const char *name;
	bool tagged;
	uint64_t tag;
	const struct task_use *use;
	size_t uses;
};

/* `task` must wait for those of `before`. */
void task_graph_depend(const void *task, const void *const *before, size_t count);

/* Tasks tagged `tag` must wait for those tagged as in `before`. */
void task_graph_depend_tag(uint64_t tag, const uint64_t *before, size_t count);

/* The tag is free for other tasks. */
void task_graph_forget_tag(uint64_t tag);

/* Declare the node of a task that comes; its id. */
void task_graph_submit(const struct task_request *request);

/* The node of a task; 0: none. */
uint32_t task_graph_node(const void *task);

/* The task has made `data`, `bytes` large, of a datum that it uses. */
void task_graph_produce(const void *task, const void *datum, const void *data, size_t bytes);

/* The task has let go of what it uses. */
void task_graph_end(const void *task, const struct task_use *use, size_t uses);

/* The task's memory is given back. */
void task_graph_forget(const void *task);

/*
 * No further task will use the datum.  What it holds is released when those
 * that were submitted have ended.
 */
void task_graph_drop(const void *datum);

#endif
