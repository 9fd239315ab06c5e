/*
 * code_places: names of DAG nodes and runs that hold a place of the program's code.
 *
 * An adapter that knows a task by nothing but its code names the node
 * "task {prog+0x1326}": a module's file name and an address in it; or, where a
 * function is meant, "codelet {prog@0x1300}".  Here these become "task
 * prog.c:42" and "codelet scale"; what can't be told stays as "task
 * prog+0x1326".  The dataset calls it when a profile is imported.
 */
#ifndef DAGMEM_ANALYZER_CODE_PLACES_H
#define DAGMEM_ANALYZER_CODE_PLACES_H

#include "analyzer/reader.h"
#include "analyzer/resolve.h"

struct error;

/* Write the names in `data` anew, in `arena`.  Only want of memory fails. */
int code_places_name(struct profile_data *data, const struct resolve_options *options,
		     struct arena *arena, struct error *err);

#endif
