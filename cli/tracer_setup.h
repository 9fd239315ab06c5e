/*
 * tracer_setup: how a program is told to load the tracer: where libdagmem.so
 * is, and the environment that makes the loader and the tracer do their part.
 */
#ifndef DAGMEM_CLI_TRACER_SETUP_H
#define DAGMEM_CLI_TRACER_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

/* No profile is smaller, whatever the tracer is told: what it takes at its start. */
enum { TRACER_SETUP_PROFILE_MIN = 256 << 10 };

enum { TRACER_SETUP_PRELOADS_MAX = 8 };

struct tracer_setup {
	const char *library;            /* absolute path of libdagmem.so */
	const char *new_library;        /* that of libdagmem-new.so; NULL: not to be preloaded */
	const char *preload[TRACER_SETUP_PRELOADS_MAX];         /* further libraries, by path */
	size_t preload_count;
	const char *variable;           /* NAME=VALUE in the place of the user's NAME; NULL: none */
	const char *output;             /* absolute pattern; %p %h %e %% */
	uint64_t run_id;
	uint64_t max_profile_bytes;     /* 0 = the tracer's default */
	/*
	 * When the heap is checked for leaks: "exit", "snapshots" or
	 * "exit+snapshots"; NULL: only when the program or somebody else asks.
	 */
	const char *leak_checks;
	bool heap_graph;                /* checks leave the heap's graph beside the profile */
	bool tagged_pointers;           /* checks look for pointers with tags, and unaligned ones */
	bool follow;
	bool no_argv;
};

/*
 * The path of libdagmem.so in `arena`: $DAGMEM_LIBRARY, else beside this
 * executable, else in ../lib/dagmem or ../lib of it.  ERROR_NOT_FOUND.  Where
 * LD_PRELOAD could not hold the path, preload_link finds another.
 */
int tracer_setup_library(struct arena *arena, const char **path, struct error *err);

/*
 * The path of libdagmem-new.so in `arena`, which goes with `library` and hooks
 * operator new for allocators whose own does not call malloc; NULL: not there.
 */
const char *tracer_setup_new_library(struct arena *arena, const char *library);

/* Preload `path`, too, which lives as long as `setup`.  False: no room for it. */
bool tracer_setup_preload(struct tracer_setup *setup, const char *path);

/* Preload the library of that file name beside `setup->library`.  False: it is not there. */
bool tracer_setup_adapter(struct arena *arena, struct tracer_setup *setup, const char *name);

/*
 * The absolute output pattern in `arena` for what the user gave with -o: NULL
 * is the default name in the current folder, an existing folder gets the
 * default name in it.  ERROR_SYSTEM when its folder does not exist.
 */
int tracer_setup_output(struct arena *arena, const char *given, const char **pattern,
			struct error *err);

/*
 * The folder of an output pattern, with its %% single and a slash at its end,
 * in `arena`; NULL when another % leaves it open.
 */
const char *tracer_setup_folder(struct arena *arena, const char *pattern);

/*
 * A copy of `environment` in `arena` that preloads the tracer before whatever
 * the user preloads, with DAGMEM_OPTIONS for it: the user's own first, so that
 * ours win.  NULL: out of memory.
 */
char **tracer_setup_environment(struct arena *arena, const struct tracer_setup *setup,
				char *const *environment);

#endif
