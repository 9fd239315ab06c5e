/*
 * cfi: reads call frame information: the .eh_frame section of a loaded module,
 * through its .eh_frame_hdr search table, as the Linux Standard Base and DWARF
 * 5, section 6.4, describe them.
 *
 * Pure functions of mapped memory: no allocation, no lock, signal-safe.  Only
 * the registers that walks need are followed: the CFA, the return address and
 * the frame pointer.
 */
#ifndef DAGMEM_TRACER_CFI_H
#define DAGMEM_TRACER_CFI_H

#include <stdbool.h>
#include <stdint.h>

enum cfa_rule { CFA_UNKNOWN, CFA_SP, CFA_FP, CFA_FP_DEREF, CFA_OTHER };

enum save_rule {
	SAVE_SAME,      /* the caller's value is still in the register */
	SAVE_OFFSET,    /* it stands at CFA + offset */
	SAVE_UNDEFINED, /* there is none: for the return address, no caller */
	SAVE_OTHER,     /* an expression, or another register */
};

struct cfi_rules {
	enum cfa_rule cfa;
	int64_t cfa_offset;
	enum save_rule ra, fp;
	int64_t ra_offset, fp_offset;
	bool signal_frame;
};

/*
 * Fill `rules` for the instruction at `pc`, by the search table at `hdr`.
 * False: no entry covers `pc`, or it is of a form unknown here.
 */
bool cfi_find(const uint8_t *hdr, uintptr_t pc, struct cfi_rules *rules);

#endif
