/*
 * unwind_memo: a thread's last stack, so that the next one need only be walked
 * as far as it differs.
 *
 * A walk is a function of (pc, sp, bp), the rows, and the words it reads.  The
 * memo keeps all of them for each frame: a new walk steps outward until it is
 * in a state that the memo was in too, then verifies inner to outer that every
 * word further out is still the same.  If so the answer is the memo's; else
 * the walk goes on.  Nothing is read that a plain walk would not have read.
 *
 *   index 0 = outermost                                        innermost = length - 1
 *   +----------------+----------------+------ ... ------+----------------+
 *   | pc sp bp node  | pc sp bp node  |                 | pc sp bp node  |
 *   +----------------+----------------+------ ... ------+----------------+
 */
#ifndef DAGMEM_TRACER_UNWIND_MEMO_H
#define DAGMEM_TRACER_UNWIND_MEMO_H

#include "tracer/unwind.h"

/* One cache line. */
struct memo_frame {
	uintptr_t pc, sp;               /* the state of the walk in this frame */
	uintptr_t ra_slot;              /* where pc was read */
	uintptr_t bp;
	uintptr_t verify_slot;          /* where bp was read if it matters, else ra_slot ... */
	uintptr_t verify_value;         /* ... and what must stand there */
	uint32_t node;                  /* call-tree node of the stack that ends here */
	uint32_t account;               /* its account once known, else 0 */
	uint16_t module;                /* that holds pc */
	uint8_t row_says;               /* what pc's row does with bp, while fresh */
	bool bp_matters;                /* an outer frame's CFA depends on bp here */
	uint32_t reserved;
};

struct memo {
	struct memo_frame *frame;       /* capacity frames, then as many fresh ones */
	struct memo_frame *fresh;       /* of the walk in progress: innermost first */
	uint32_t length;
	uint32_t capacity;
};

void memo_clear(struct memo *memo);

#endif
