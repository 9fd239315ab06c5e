/*
 * inspect: what an executable file says about itself before it runs, as far as
 * it matters to a preloaded tracer.  `run` looks before it starts a program,
 * `doctor` tells all of it.
 *
 * Reads the file with libelf and believes none of it: a file that is no ELF or
 * a broken one is just "not elf".
 */
#ifndef DAGMEM_CLI_INSPECT_H
#define DAGMEM_CLI_INSPECT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum { INSPECT_NAMES_MAX = 16 };

/* Texts live in the arena; NULL = none. */
struct inspection {
	const char *path;               /* what would be executed */
	const char *script;             /* the script that names `path` as its interpreter */
	bool elf;
	bool foreign;                   /* other word size or machine than ours */
	bool static_linked;             /* no program interpreter: nothing preloads */
	bool privileged;                /* setuid, setgid or capabilities that we lack */
	bool own_malloc;                /* defines malloc itself */
	bool exports_malloc;            /* ... and for its libraries too */
	bool debug_info;                /* in the file, or installed apart by build-id */
	bool symbols;                   /* has a symbol table beside the exported ones */
	const char *interpreter;        /* the dynamic loader */
	const char *sanitizer;          /* "AddressSanitizer", ... */
	const char *allocators[INSPECT_NAMES_MAX];      /* linked in: "jemalloc", ... */
	size_t allocator_count;
	const char *foreign_new;        /* the library whose operator new does not call malloc */
	const char *needed[INSPECT_NAMES_MAX * 4];      /* libraries, as it names them */
	size_t needed_count;
};

/*
 * Look at what `command` would execute; a script leads to its interpreter.
 * False when there is no such program.
 */
bool inspect_command(const char *command, struct arena *arena, struct inspection *result);

/* musl's loader starts no program for which it can't load all of LD_PRELOAD, as glibc's does. */
bool inspect_is_musl(const struct inspection *inspection);

#endif
