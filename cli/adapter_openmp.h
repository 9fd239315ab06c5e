/*
 * adapter_openmp: LLVM's OpenMP runtime in the place of gcc's, which has no
 * interface for tools.
 *
 * libomp exports what programs that gcc built call; preloaded it comes first.
 */
#ifndef DAGMEM_CLI_ADAPTER_OPENMP_H
#define DAGMEM_CLI_ADAPTER_OPENMP_H

struct arena;
struct findings;
struct inspection;
struct tracer_setup;

/*
 * Preload libomp.so.5 as well.  Refused in `findings` when it is not there, or
 * lacks a function that the program calls (which would then be
 * libgomp's, whose threads know nothing of libomp's).
 */
void adapter_openmp_replace(const struct inspection *inspection, struct tracer_setup *setup,
			    struct arena *arena, struct findings *findings);

#endif
