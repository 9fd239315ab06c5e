/*
 * unwind_rows: how to get from a frame to its caller's, by the rules that the
 * compiler left in .eh_frame.
 *
 * A row is made when an address is first met (0.1-0.5 us) and kept in a table
 * that all threads share; reading it takes no lock and never calls the loader:
 * modules are found with _dl_find_object(), which is lock-free and signal-safe.
 *
 *   63        48 47       40 39       24 23              3 2    0
 *   | module 16 | bp 8      | ra 16     | CFA offset 21   | kind |
 *
 * Offsets are in words of 8 bytes: of the CFA from its register (so bits 0..23
 * are that offset in bytes, but for the kind), of the return address down from
 * the CFA, of the saved bp from just above the return address, beside which
 * compilers put it.  What does not fit is ROW_COMPLEX.
 */
#ifndef DAGMEM_TRACER_UNWIND_ROWS_H
#define DAGMEM_TRACER_UNWIND_ROWS_H

#include "tracer/hint.h"
#include "tracer/machine.h"
#include "tracer/unwind.h"

enum row_kind {
	ROW_MISSING = 0,        /* no rule is known for this address */
	ROW_SP = 1,             /* CFA = sp + offset */
	ROW_BP = 2,             /* CFA = bp + offset */
	ROW_BP_DEREF = 3,       /* CFA = word at (bp + offset): realigned frames of gcc */
	ROW_END = 4,            /* the thread starts here */
	ROW_SIGNAL = 5,         /* a signal frame: registers are in the ucontext */
	ROW_COMPLEX = 6,        /* only libunwind can tell */
	ROW_LEAF = 7,           /* CFA as ROW_SP; the return address is in the link register */
};

typedef uint64_t row;

enum { ROW_NOT_SAVED = -128 };          /* bp: the caller's is the same */

static inline enum row_kind row_kind(row r) { return (enum row_kind)(r & 7); }
static inline intptr_t row_cfa(row r) { return (int32_t)((uint32_t)r << 8) >> 8 & ~7; }
static inline intptr_t row_ra(row r) { return -(intptr_t)(r >> 24 & 0xffff) * 8; }
static inline intptr_t row_bp(row r) { return (int64_t)(r << 16) >> 56; }
static inline uint32_t row_module(row r) { return (uint32_t)(r >> 48); }
static inline bool row_uses_bp(row r) { return row_kind(r) == ROW_BP || row_kind(r) == ROW_BP_DEREF; }
static inline bool row_saves_bp(row r) { return row_bp(r) != ROW_NOT_SAVED; }

/* Offsets of bp and ra are from the CFA.  False when one does not fit. */
bool row_pack(row *r, enum row_kind kind, int64_t cfa_bytes, bool bp_saved, int64_t bp_bytes,
	      int64_t ra_bytes, uint32_t module);

/*
 * An entry of the table is one word: a pc and which of the row_rules it has. Code
 * has many addresses and few rules, so the table is dense and the rules are near.
 *
 *      63           16 15          0
 *      |  pc 48       | rule 16    |      0: empty; rule 0 is none
 */
enum { ROW_TABLE_SETS = 1 << 13, ROW_TABLE_WAYS = 8, ROW_RULE_BITS = 16 };

extern uint64_t row_table[ROW_TABLE_SETS][ROW_TABLE_WAYS] HIDDEN;
extern row row_rules[1 << ROW_RULE_BITS] HIDDEN;

void unwind_rows_init(void);

/* Forget all rows: code was unloaded, or may be replaced. */
void unwind_rows_flush(void);

row unwind_rows_make(uintptr_t pc);

/* Whether `pc` is in the kernel's trampoline, by which a signal's handler returns. */
bool unwind_at_trampoline(uintptr_t pc);

/* A set is a line: 256 bytes of code, which often run together, have their rows in one. */
static inline uint64_t *row_set(uintptr_t pc)
{
	return row_table[(pc >> 8 ^ pc >> 20) % ROW_TABLE_SETS];
}

/* The row that the table has for `pc`, or 0. */
static inline row row_kept(uintptr_t pc)
{
	const uint64_t *set = row_set(pc);

#pragma GCC unroll 8
	for (unsigned way = 0; way < ROW_TABLE_WAYS; way++) {
		uint64_t entry = __atomic_load_n(&set[way], __ATOMIC_ACQUIRE);

		if (entry >> ROW_RULE_BITS == pc)
			return row_rules[entry % (1 << ROW_RULE_BITS)];
	}
	return 0;
}

/* The row for return address `pc`, a plain address (machine_code_address()). */
static inline row unwind_row(uintptr_t pc)
{
	row r = row_kept(pc);

	return likely(r) ? r : unwind_rows_make(pc);
}

/* Whether unwind_step() can follow the row. */
static inline bool row_steps(row r)
{
	return row_kind(r) - ROW_SP <= ROW_BP_DEREF - ROW_SP;
}

/* The state of a walk in one frame, and where it was read from. */
struct walk_state {
	uintptr_t sp, pc;
	uintptr_t bp_slot;              /* 0: bp is what it was in the frame before */
	uintptr_t bp;
#ifdef MACHINE_RA_SLOT_VARIES
	uintptr_t ra_slot;
#endif
};

/* Where the pc of a frame that was stepped to has been read. */
static inline uintptr_t walk_ra_slot(const struct walk_state *state)
{
#ifdef MACHINE_RA_SLOT_VARIES
	return state->ra_slot;
#else
	return state->sp - sizeof(uintptr_t);   /* the call pushed it */
#endif
}

/*
 * Step to the caller's frame by `r`, for which row_steps() holds.  False when
 * the row can't be right here: the CFA is not above the stack pointer, or out
 * of reach.
 */
static inline bool unwind_step(struct walk_state *state, row r)
{
	const uintptr_t reach = (uintptr_t)1 << 26;
	uintptr_t cfa = (row_kind(r) == ROW_SP ? state->sp : state->bp) + (uintptr_t)row_cfa(r);

	if (unlikely(row_kind(r) == ROW_BP_DEREF)) {
		if (cfa & 7 || cfa - state->sp > reach)
			return false;
		cfa = *(uintptr_t *)cfa;
	}
	if (unlikely(cfa - state->sp - 1 >= reach || cfa & 7))
		return false;
	uintptr_t saved = cfa;          /* just above the return address */

#ifdef MACHINE_RA_SLOT_VARIES
	state->ra_slot = cfa + (uintptr_t)row_ra(r);
	saved = state->ra_slot + sizeof(uintptr_t);
#endif
	state->bp_slot = 0;
	if (row_saves_bp(r)) {
		state->bp_slot = saved + (uintptr_t)row_bp(r) * 8;
		state->bp = *(uintptr_t *)state->bp_slot;
	}
	state->sp = cfa;
	state->pc = *(uintptr_t *)walk_ra_slot(state);
	return true;
}

#endif
