/*
 * adapters: what a program's DAG engine needs so that its tasks become nodes.
 *
 * An adapter is a library that is preloaded beside the tracer, or a way to run
 * the command; `dagmem run --adapter` asks for them by name, `auto` for those
 * whose engine the program is linked with.  docs/ADAPTERS.md says how each
 * works.
 */
#ifndef DAGMEM_CLI_ADAPTERS_H
#define DAGMEM_CLI_ADAPTERS_H

#include <stdbool.h>

struct arena;
struct error;
struct findings;
struct inspection;
struct tracer_setup;

/* A set of them. */
enum adapter {
	ADAPTER_OPENMP = 1,
	ADAPTER_STARPU = 2,
	ADAPTER_MAKE = 4,
	ADAPTER_AUTO = 8,
};

/* Add the names in `text`, separated by commas, to `set`.  ERROR_USAGE. */
int adapters_parse(const char *text, unsigned *set, struct error *err);

/* The engines of an inspected program. */
struct engines {
	bool llvm_openmp;               /* libomp: tells of its tasks */
	bool gnu_openmp;                /* libgomp: does not */
	bool starpu;
	bool make;
};

void engines_find(const struct inspection *inspection, struct engines *engines);

/* What they mean for a profile. */
void findings_of_engines(struct findings *findings, const struct engines *engines);

/*
 * Have the program started with the adapters of `set`: complete `setup` and say
 * what is worth saying in `findings`.  An adapter that was asked for by name and
 * can't do anything is refused there.  True: make's is among them, for which
 * adapter_make does the rest.
 */
bool adapters_prepare(unsigned set, const struct inspection *inspection, struct tracer_setup *setup,
		      struct arena *arena, struct findings *findings);

#endif
