/*
 * attribute: which frame of a stack owns what was allocated there.
 *
 * The innermost frame with a source line that is neither in a C or C++ runtime
 * nor in an allocation wrapper: `strdup` and `xmalloc` hide nobody.  When no
 * frame has such a line: the innermost frame outside those at all, shown as
 * `function (module)`; where a stripped module has no name for it, the nearest
 * caller in the same module that has one.  When there is none either: the
 * innermost.
 *
 * Runtimes are known by module (libc, libstdc++, ld.so, sanitizers ...) and by
 * the path of the source (/usr/include/c++, glibc's own tree ...), since
 * headers of libstdc++ are compiled into the program.  attribute.c has both
 * tables and that of the wrappers, with the reason for each group.
 */
#ifndef DAGMEM_ANALYZER_ATTRIBUTE_H
#define DAGMEM_ANALYZER_ATTRIBUTE_H

#include <stdbool.h>

#include "analyzer/call_frames.h"
#include "analyzer/query.h"

enum frame_trait {
	FRAME_HAS_LINE = 1,
	FRAME_IN_RUNTIME = 2,
	FRAME_IN_WRAPPER = 4,   /* of the table, or of `skip` */
};

/* The traits of one symbol; `skip` are globs on functions that are wrappers too. */
unsigned attribute_traits(const struct frame_symbol *symbol, const struct patterns *skip);

/*
 * Fill owners[node] with the owning symbol of the stack that ends at each node.
 * `leaf`: simply the innermost frame.  -1: no memory.  Linear.
 */
int attribute_owners(const struct call_frames *frames, const struct patterns *skip, bool leaf,
		     uint32_t *owners);

/*
 * The same for a tree that grows: what was found for earlier nodes stays.
 * `struct attribution a = { .skip = &patterns }` is an empty one.
 */
struct attribution {
	const struct patterns *skip;    /* may be NULL */
	bool leaf;
	uint32_t *owners;       /* by node */
	uint8_t *traits;        /* by symbol: enum frame_trait */
	size_t node_count, symbol_count;
	struct candidates *of_node;
};

/* For the nodes and symbols that are new in `frames`.  -1: no memory. */
int attribution_extend(struct attribution *attribution, const struct call_frames *frames);
void attribution_release(struct attribution *attribution);

#endif
