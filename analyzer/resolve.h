/*
 * resolve: a profile's addresses become frames.
 *
 * Every distinct address is looked up once, module by module, so that the time
 * follows the number of places, not of stacks.  The importer calls it for a
 * profile as it is; who looks at one that grows (live) keeps a resolver and
 * gives it what is new: numbers of nodes, places and symbols stay.
 */
#ifndef DAGMEM_ANALYZER_RESOLVE_H
#define DAGMEM_ANALYZER_RESOLVE_H

#include <stdbool.h>

#include "analyzer/call_frames.h"
#include "analyzer/reader.h"
#include "analyzer/symbols.h"

struct error;

struct resolve_options {
	bool debuginfod;
	bool keep_open;         /* modules stay open until the resolver goes: more will be asked */
	void (*progress)(void *context, const char *what, size_t done, size_t total);
	void *context;
};

/* A distinct address; number i is place i + 1 of the frames. */
struct resolved_place {
	uint64_t address;       /* in the module's file; in memory for no module */
	uint32_t module;        /* id; 0: none */
	bool exact;             /* an interrupted instruction, not a return address */
};

/* What holds a leak; its module is the row's. */
struct resolved_variable {
	const char *name;       /* NULL: not known */
	const char *file;
	uint32_t line;
	uint64_t offset;        /* of the pointer in the variable; without name in the module's file,
	                           or its TLS segment */
	const char *member;     /* as symbols_variable has it */
};

struct resolved {
	struct call_frames frames;
	struct resolved_place *places;
	size_t place_count;
	/* By leak row, one check after the other: the frame that holds it, as a place of the frames. */
	uint32_t *holder_places;
	struct resolved_variable *variables;    /* ditto: the global that holds it */
	/* By module id: -1 when no stack goes there, else enum symbols_quality. */
	int *module_quality;
	const char **module_stamp;      /* debug_files_stamp(); NULL likewise */
};

/*
 * Resolve `data`; all parts of `resolved` live in `arena`.  Only want of memory
 * fails: what is not found stays unknown.
 */
int resolve_profile(const struct profile_data *data, const struct resolve_options *options,
		    struct arena *arena, struct resolved *resolved, struct error *err);

struct resolver;

/* NULL: no memory.  What it makes lives in `arena`; `options` are copied. */
struct resolver *resolver_new(const struct resolve_options *options, struct arena *arena);
void resolver_free(struct resolver *resolver);

/*
 * Resolve the nodes of `data` that were not there the last time; those before
 * have not changed.  Arrays may move.  After a failure only free it.
 */
int resolver_extend(struct resolver *resolver, const struct profile_data *data, struct error *err);

/* What is resolved so far; valid until the next call. */
const struct resolved *resolver_result(const struct resolver *resolver);

/* "lines", "names", "missing", "rebuilt"; NULL for -1. */
const char *resolve_quality_name(int quality);

#endif
