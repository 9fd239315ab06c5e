#include "tracer/unwind_rows.h"

#include <string.h>

#include "tracer/cfi.h"
#include "tracer/machine.h"
#include "tracer/memory.h"
#include "tracer/modules.h"
#include "tracer/sys.h"

enum { RULES = 1 << ROW_RULE_BITS, RULES_PER_MODULE = 64 };

_Alignas(4096) uint64_t row_table[ROW_TABLE_SETS][ROW_TABLE_WAYS];
_Alignas(4096) row row_rules[RULES];

void unwind_rows_init(void)
{
	memory_adopt(row_table, sizeof row_table);
	memory_adopt(row_rules, sizeof row_rules);
}

void unwind_rows_flush(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);        /* who keeps a row later sees what is new */
	for (unsigned set = 0; set < ROW_TABLE_SETS; set++)
		for (unsigned way = 0; way < ROW_TABLE_WAYS; way++)
			if (row_table[set][way])
				__atomic_store_n(&row_table[set][way], 0, __ATOMIC_SEQ_CST);
}

static bool fits(int64_t words, int bits)
{
	return words >= -((int64_t)1 << (bits - 1)) && words < (int64_t)1 << (bits - 1);
}

static uint64_t field(int64_t words, int bits, int shift)
{
	return ((uint64_t)words & ((UINT64_C(1) << bits) - 1)) << shift;
}

bool row_pack(row *r, enum row_kind kind, int64_t cfa_bytes, bool bp_saved, int64_t bp_bytes,
	      int64_t ra_bytes, uint32_t module)
{
	int64_t ra_down = -ra_bytes / 8;
	int64_t bp_words = bp_saved ? (bp_bytes - ra_bytes) / 8 - 1 : ROW_NOT_SAVED;

	*r = (uint64_t)module << 48 | kind;
	if ((cfa_bytes | ra_bytes | (bp_saved ? bp_bytes : 0)) & 7 || !fits(cfa_bytes / 8, 21) ||
	    ra_down < 0 || ra_down >= 1 << 16 || !fits(bp_words, 8) ||
	    (bp_saved && bp_words == ROW_NOT_SAVED))
		return false;
	*r |= field(cfa_bytes / 8, 21, 3) | field(ra_down, 16, 24) | field(bp_words, 8, 40);
	return true;
}

/* A row that says no more than its kind. */
static row bare_row(enum row_kind kind, uint32_t module)
{
	return (uint64_t)module << 48 | kind;
}

/* Whether a return address at CFA + `offset` is where walk_ra_slot() looks. */
static bool ra_is_found(int64_t offset)
{
#ifdef MACHINE_RA_SLOT_VARIES
	(void)offset;
	return true;
#else
	return offset == -(int64_t)sizeof(uintptr_t);
#endif
}

static row row_of_rules(const struct cfi_rules *rules, uint32_t module)
{
	static const enum row_kind kinds[] = {
		[CFA_UNKNOWN] = ROW_COMPLEX, [CFA_SP] = ROW_SP, [CFA_FP] = ROW_BP,
		[CFA_FP_DEREF] = ROW_BP_DEREF, [CFA_OTHER] = ROW_COMPLEX,
	};
	enum row_kind kind = kinds[rules->cfa];
	row r;

	if (rules->signal_frame)
		return bare_row(ROW_SIGNAL, module);
	if (rules->ra == SAVE_UNDEFINED)
		return bare_row(ROW_END, module);
	if (rules->ra == SAVE_SAME)
		kind = rules->cfa == CFA_SP ? ROW_LEAF : ROW_COMPLEX;
	if (kind == ROW_COMPLEX || rules->ra == SAVE_OTHER || rules->fp == SAVE_OTHER ||
	    !ra_is_found(rules->ra_offset) ||
	    !row_pack(&r, kind, rules->cfa_offset, rules->fp == SAVE_OFFSET, rules->fp_offset,
		      rules->ra_offset, module))
		return bare_row(ROW_COMPLEX, module);
	return r;
}

/*
 * Where `r` stands among the rules, entered if it is new; 0: there is no room. A
 * module's rules begin at its own place, by the offset that most of them have.
 */
static uint32_t rule_of(row r)
{
	uint32_t at = row_module(r) * RULES_PER_MODULE + (uint32_t)(row_cfa(r) / 8) % RULES_PER_MODULE;

	for (uint32_t probe = 0; probe < RULES; probe++, at++) {
		row there = 0;

		if (at % RULES == 0)
			continue;
		if (__atomic_compare_exchange_n(&row_rules[at % RULES], &there, r, 0,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) || there == r)
			return at % RULES;
	}
	return 0;
}

/*
 * Keep a row where a reader looks for it; an older one may have to give way.  It
 * was made when loaded code was of `generation`: one that a flush came too early
 * for is taken out again.
 */
static void keep(uintptr_t pc, row r, uint32_t generation)
{
	uint64_t *set = row_set(pc), entry = pc << ROW_RULE_BITS | rule_of(r);
	uint64_t *place = &set[pc * UINT64_C(0x9e3779b97f4a7c15) >> 61];

	if (entry % RULES == 0)
		return;
	for (unsigned way = 0; way < ROW_TABLE_WAYS; way++) {
		if (!__atomic_load_n(&set[way], __ATOMIC_RELAXED)) {
			place = &set[way];
			break;
		}
	}
	__atomic_store_n(place, entry, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&modules_generation, __ATOMIC_SEQ_CST) != generation)
		__atomic_compare_exchange_n(place, &entry, 0, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

bool unwind_at_trampoline(uintptr_t pc)
{
	uint64_t code;

	if (!sys_readable((const void *)pc))
		return false;
	memcpy(&code, (const void *)pc, sizeof code);
	return machine_is_trampoline(code);
}

/* The trampoline need not have rules; nor have linkage stubs, and the loader's entry point. */
static row row_without_rules(uintptr_t pc, const struct module_span *module)
{
	int depth = module->id ? machine_stub_depth(pc - 1) : -1;
	row r;

	if (unwind_at_trampoline(pc))
		return bare_row(ROW_SIGNAL, module->id);
	if (depth >= 0 && row_pack(&r, ROW_LEAF, depth, false, 0, 0, module->id))
		return r;
	return bare_row(module->is_loader ? ROW_END : ROW_MISSING, module->id);
}

COLD row unwind_rows_make(uintptr_t pc)
{
	uint32_t generation = __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);
	bool steady = !modules_unloading();
	struct module_span module = modules_find(pc - 1);
	struct cfi_rules rules;
	row r;

	if (module.eh_frame_hdr && cfi_find(module.eh_frame_hdr, pc - 1, &rules))
		r = row_of_rules(&rules, module.id);
	else
		r = row_without_rules(pc, &module);
	/* What lies in no module may be replaced unseen: generated code. */
	if (module.id && steady)
		keep(pc, r, generation);
	return r;
}
