/*
 * dags: graphs for tests, from text, files and chance.
 *
 * Everything asserts instead of failing: a test's input is its own.
 */
#ifndef DAGMEM_TESTS_DAGS_H
#define DAGMEM_TESTS_DAGS_H

#include <stdint.h>

#include "runner/graph.h"
#include "runner/graph_build.h"
#include "runner/order.h"
#include "runner/plan.h"
#include "runner/policy.h"
#include "runner/simulate.h"

struct error;

/* In the text format. */
struct graph *dag_from_text(const char *text);

/* The code of parsing and finishing this text; `message` (512 bytes) gets the error's. */
int dag_text_error(const char *text, char *message);

/* A generator's spec or a path. */
struct graph *dag_load(const char *source);

/* One of tests/data/wfinstances, by the beginning of its name. */
struct graph *dag_real(const char *name);

/* Deterministic chance: the same numbers on every run. */
uint64_t dag_random(uint64_t *state);

/* Up to `most` nodes, small sizes, some transients, inputs, outputs and in-place nodes. */
struct graph *dag_random_graph(uint64_t *state, uint32_t most);

struct plan dag_plan(const struct graph *graph);

/* What `policy` peaks at in `order` (made for the plan and checked). */
struct simulation dag_simulate(const struct plan *plan, const struct order *order,
			       const struct policy *policy);

#endif
