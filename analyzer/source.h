/*
 * source: the text of a line of source code, if its file can be found.
 */
#ifndef DAGMEM_ANALYZER_SOURCE_H
#define DAGMEM_ANALYZER_SOURCE_H

#include <stdint.h>

#include "base/arena.h"

/*
 * Line `line` (from 1) of `file` without the space around it, in `arena`.
 * Looked for under its full path, then (sources that moved with the profile)
 * under ever shorter ends of it in the folder of `profile_path`.  NULL: not
 * found, or not text of reasonable length; with errno ENOMEM: no memory.
 */
const char *source_line(const char *file, uint32_t line, const char *profile_path,
			struct arena *arena);

#endif
