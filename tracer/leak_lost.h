/*
 * leak_lost: how the blocks that nothing reaches hang together.
 *
 * A lost block that no other lost block points to is lost by itself
 * (definite); what these lead to is lost with them (indirect).  What is left
 * hangs on cycles: strongly connected components, by Tarjan's algorithm (SIAM
 * Journal on Computing 1, 1972).  All blocks of a component that nothing
 * outside it points to are definite, what they lead to is indirect.
 *
 * Afterwards mark[].holder of a lost block is the block that it is lost by: for
 * an indirect one the definite one that leads to it, for one of a cycle the
 * least of the cycle, for other definite ones itself.
 *
 * In the child alone.
 */
#ifndef DAGMEM_TRACER_LEAK_LOST_H
#define DAGMEM_TRACER_LEAK_LOST_H

#include "tracer/leak_mark.h"

/* A definite block that is one of a cycle. */
enum { STATE_CYCLE = 32 };

/* False: no memory. */
bool leak_lost_classify(struct leak_marker *marker);

/* Some thread's registers are not known: what looks lost may be held by one of them. */
void leak_lost_doubt(struct leak_marker *marker);

/*
 * A cycle through block `at`, which is of one: the blocks of a shortest way
 * from `at` back to it, the last first, at most `room`.  0: too far to look.
 */
uint32_t leak_lost_cycle(const struct leak_marker *marker, uint32_t at, uint32_t *way, uint32_t room);

#endif
