/*
 * machine: what differs from one processor to the next: registers and their
 * numbers in call frame information, how the kernel is called, what it leaves
 * on the stack for a signal's handler.
 *
 * Each processor has a header of its own, included here alone, which defines
 * all that is said below; porting the tracer is writing one more of them.
 */
#ifndef DAGMEM_TRACER_MACHINE_H
#define DAGMEM_TRACER_MACHINE_H

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

/* What a signal interrupted. */
struct machine_state {
	uintptr_t pc, sp;
	uintptr_t fp;           /* the frame pointer: rbp, x29 */
	uintptr_t link;         /* where a leaf function keeps its return address; else 0 */
};

/*
 * enum {
 *      MACHINE_ELF             its EM_ number
 *      MACHINE_ADDRESS_BITS    of a program's addresses
 *      MACHINE_DWARF_FP        the frame pointer, ...
 *      MACHINE_DWARF_SP        ... the stack pointer and ...
 *      MACHINE_DWARF_RA        ... the return address in call frame information
 * };
 * enum { MACHINE_REGISTERS }   how many a struct machine_registers holds
 * enum { MACHINE_SAVED_FP }    where machine_save() puts the frame pointer
 * enum { MACHINE_RED_ZONE }    bytes below the stack pointer that are in use
 * MACHINE_RESTORER             assembler text that defines dagmem_signal_return, or not defined
 * MACHINE_RA_SLOT_VARIES       defined: calls don't leave the return address just below the CFA
 */
struct machine_registers;               /* those that may hold a program's pointers */

#if defined(__x86_64__)
#include "tracer/machine_x86_64.h"
#elif defined(__aarch64__)
#include "tracer/machine_aarch64.h"
#else
#error "dagmem: the tracer does not know this machine; see tracer/machine.h"
#endif

/* A system call; the kernel's value, or -errno. */
static inline long machine_call(long number, long a, long b, long c, long d, long e, long f);

/*
 * About to read a word of fresh memory and then write it: where that can be
 * done, take the one page fault of the write instead of two.
 */
static inline void machine_touch(uint32_t *word);

/* The address that a return address stands for: some machines sign them. */
static inline uintptr_t machine_code_address(uintptr_t return_address);

/*
 * Whether `code`, eight bytes at a return address, is where a signal's handler
 * returns to; for trampolines that have no call frame information.
 */
static inline int machine_is_trampoline(uint64_t code);

/*
 * Bytes of stack that a linkage stub has taken when it comes to `pc`, its
 * return address being in the link register still; -1: there is no stub, or
 * stubs have call frame information.
 */
static inline int machine_stub_depth(uintptr_t pc);

/* What the signal interrupted whose handler returns with stack pointer `sp`. */
static inline struct machine_state machine_interrupted(uintptr_t sp);

/* The registers that a caller may count on when this function's function returns to it. */
static inline void machine_save(struct machine_registers *registers);

/* All of them as a signal found them, and where it did. */
static inline struct machine_state machine_context(const ucontext_t *context,
						   struct machine_registers *registers);

/*
 * A signal that nobody is to notice made a system call return EINTR: have it
 * made again, if it is one that this does not harm.  Code may be looked at down
 * to `readable_from`.
 */
static inline int machine_restart(ucontext_t *context, uintptr_t readable_from);
static inline void machine_restart_undo(ucontext_t *context);

static inline uintptr_t machine_thread_pointer(void);

/* Whether `address`, readable, is a thread pointer by what stands there; 0 where nothing tells. */
static inline int machine_is_descriptor(uintptr_t address);

/* The C library's vector of a thread's TLS blocks, which begins two words before this. */
static inline uintptr_t machine_tls_vector(uintptr_t thread_pointer);

/* Where a module's block of the static TLS is, whose offset the loader has noted. */
static inline uintptr_t machine_tls_static(uintptr_t thread_pointer, uintptr_t offset);

#endif
