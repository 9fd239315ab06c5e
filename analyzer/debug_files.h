/*
 * debug_files: the files that a module's symbols may be found in.
 *
 * Names and times of files only: whether one is of the right build, and what
 * it holds, is for symbols.h to say, which looks here.  cache compares stamps
 * to see when it pays to look again.
 */
#ifndef DAGMEM_ANALYZER_DEBUG_FILES_H
#define DAGMEM_ANALYZER_DEBUG_FILES_H

#include "base/arena.h"

struct symbols_request;

/* The module's path, without the kernel's " (deleted)"; NULL without memory. */
const char *debug_files_module(const struct symbols_request *request, struct arena *arena);

/* Its separate debug file under /usr/lib/debug; NULL: it has no build-id, or no memory. */
const char *debug_files_by_build_id(const struct symbols_request *request, struct arena *arena);

/*
 * Which of the files are there: a text, in `arena`, that differs when one has
 * come, gone or changed.  NULL without memory.
 */
const char *debug_files_stamp(const struct symbols_request *request, struct arena *arena);

#endif
