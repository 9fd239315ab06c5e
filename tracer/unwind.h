/*
 * unwind: from a hook's caller to the account of its call stack.
 *
 * The ladder, fastest first; each rung falls to the next, and all give the
 * answer of a plain walk:
 *
 *   unwind_site       finished answers by (pc, sp), verified word by word
 *   unwind_memo       the thread's last stack, verified as far as it goes
 *   unwind_rows       rows made lazily from .eh_frame, kept by return address
 *   unwind_libunwind  what rows can't say; and the oracle of check=N
 *
 * A walk goes to the thread's start and is never cut at the root.
 */
#ifndef DAGMEM_TRACER_UNWIND_H
#define DAGMEM_TRACER_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

/* The registers that rows speak of, in one frame of a stack. */
struct frame {
	uintptr_t pc;           /* return address into this frame's function, as it was found */
	uintptr_t sp;           /* stack pointer there, after the call returned */
	uintptr_t bp;           /* rbp, or x29 */
};

/*
 * The frame that called the function this stands in, which must be built with
 * frame pointers.
 */
#define UNWIND_CALLER() ((struct frame) {                                       \
	.pc = (uintptr_t)__builtin_return_address(0),                           \
	.sp = (uintptr_t)__builtin_dwarf_cfa(),                                 \
	.bp = *(uintptr_t *)__builtin_frame_address(0) })

struct thread;

/* Once at start: opens libunwind privately. Not having it is no failure. */
void unwind_init(void);

/*
 * The account of the stack of a signal handler that interrupted a hook of
 * `thread`; for all others see unwind_account.h.
 */
uint32_t unwind_account_interrupted(struct thread *thread, const struct frame *caller);

/* The node of the stack instead of its account. */
uint32_t unwind_node(struct thread *thread, const struct frame *caller);

#endif
