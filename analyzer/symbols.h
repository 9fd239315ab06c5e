/*
 * symbols: from an address in a module's file to the frames that stand there.
 *
 * One interface, one implementation: symbols_elfutils.c (libdw and libelf;
 * separate debug files by build-id and .gnu_debuglink under /usr/lib/debug,
 * debuginfod when asked for).  A module is opened once, for all its addresses;
 * its units are read when an address falls into them.  The importer calls it.
 */
#ifndef DAGMEM_ANALYZER_SYMBOLS_H
#define DAGMEM_ANALYZER_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;

struct symbols_request {
	const char *path;               /* as the program had it mapped; "... (deleted)" is understood */
	const uint8_t *build_id;        /* of the module that ran; may be empty */
	size_t build_id_bytes;
	bool debuginfod;                /* may ask the servers in DEBUGINFOD_URLS */
};

enum symbols_quality {
	SYMBOLS_LINES,          /* debug information was found */
	SYMBOLS_NAMES,          /* only a symbol table */
	SYMBOLS_MISSING,        /* no such file, or not ELF: only offsets */
	SYMBOLS_REBUILT,        /* the file is of another build: not used */
};

struct symbols_frame {
	const char *function;   /* demangled; NULL: unknown */
	const char *file;       /* full path as the compiler had it; NULL: unknown */
	uint32_t line;          /* 0: unknown */
	bool inlined;           /* into the next frame */
};

struct symbols_variable {
	const char *name;               /* demangled */
	const char *file;               /* full path; NULL: unknown */
	uint32_t line;                  /* 0: unknown */
	uint64_t offset;                /* of the address in the variable ... */
	uint64_t bytes;                 /* ... which has so many */
	const char *member;             /* what of it stands there: ".table", "[3].next"; NULL: not known, or all */
};

/* NULL only without memory.  The caller gives it to symbols_close(). */
struct symbols *symbols_open(const struct symbols_request *request);
void symbols_close(struct symbols *symbols);

enum symbols_quality symbols_quality(const struct symbols *symbols);

/*
 * The frames at `address` (as in the file: address in memory less the module's
 * bias), innermost first: functions inlined there, then the function itself.
 * Returns how many, at least 1: what is unknown is NULL in the only frame.  For
 * a return address ask for the byte before it.  `frames` lives until the next
 * call, its texts until symbols_close().
 */
size_t symbols_frames(struct symbols *symbols, uint64_t address,
		      const struct symbols_frame **frames);

/* The global or static variable at `address`, as in the file; false: none is known. */
bool symbols_variable(struct symbols *symbols, uint64_t address, struct symbols_variable *variable);

/* The thread-local variable at `offset` of the module's TLS segment. */
bool symbols_thread_local(struct symbols *symbols, uint64_t offset, struct symbols_variable *variable);

#endif
