#include "tracer/cfi.h"

#include <stddef.h>

#include "tracer/machine.h"

enum { REG_FP = MACHINE_DWARF_FP, REG_SP = MACHINE_DWARF_SP, REG_RA = MACHINE_DWARF_RA };

enum { PE_UDATA4 = 0x03, PE_SDATA4 = 0x0b, PE_SDATA8 = 0x0c, PE_UDATA8 = 0x04, PE_PCREL = 0x10,
       PE_SEARCH_TABLE = 0x3b /* datarel | sdata4 */, REMEMBERED_MAX = 8 };

struct cie {
	const uint8_t *program, *end;
	uint64_t code_align;
	int64_t data_align;
	uint8_t pc_encoding;
	bool has_augmentation;
	bool signal_frame;
};

struct state {
	struct cfi_rules rules;
	uint64_t cfa_register;
};

static uint32_t read4(const uint8_t *at)
{
	uint32_t value;

	__builtin_memcpy(&value, at, sizeof value);
	return value;
}

static int64_t read8(const uint8_t *at)
{
	int64_t value;

	__builtin_memcpy(&value, at, sizeof value);
	return value;
}

/* The bits of a LEB128 number; *shift: how many, *last: its last byte. */
static uint64_t read_leb(const uint8_t **at, unsigned *shift, uint8_t *last)
{
	uint64_t value = 0;

	*shift = 0;
	do {
		*last = *(*at)++;
		if (*shift < 64)
			value |= (uint64_t)(*last & 0x7f) << *shift;
		*shift += 7;
	} while (*last & 0x80);
	return value;
}

static uint64_t read_long_uleb(const uint8_t **at)
{
	unsigned shift;
	uint8_t last;

	return read_leb(at, &shift, &last);
}

/* Nearly all are of one byte. */
static inline uint64_t read_uleb(const uint8_t **at)
{
	return **at & 0x80 ? read_long_uleb(at) : *(*at)++;
}

static int64_t read_sleb(const uint8_t **at)
{
	unsigned shift;
	uint8_t last;
	uint64_t value = read_leb(at, &shift, &last);

	if (last & 0x40 && shift < 64)
		value |= ~UINT64_C(0) << shift;
	return (int64_t)value;
}

/* An encoded pointer of the forms that compilers emit in .eh_frame. */
static bool read_pointer(const uint8_t **at, uint8_t encoding, uintptr_t *value)
{
	uintptr_t base = (encoding & 0x70) == PE_PCREL ? (uintptr_t)*at : 0;

	if ((encoding & 0x70) && (encoding & 0x70) != PE_PCREL)
		return false;
	switch (encoding & 0x0f) {
	case PE_SDATA4:
		*value = base + (uintptr_t)(int64_t)(int32_t)read4(*at);
		*at += 4;
		return true;
	case PE_UDATA4:
		*value = base + read4(*at);
		*at += 4;
		return true;
	case 0:
	case PE_SDATA8:
	case PE_UDATA8:
		*value = base + (uintptr_t)read8(*at);
		*at += 8;
		return true;
	default:
		return false;
	}
}

static bool read_augmentation(struct cie *cie, const char *text, const uint8_t **at)
{
	uintptr_t personality;
	uint8_t encoding;

	for (; *text; text++) {
		switch (*text) {
		case 'z':
			cie->has_augmentation = true;
			read_uleb(at);
			break;
		case 'R':
			cie->pc_encoding = *(*at)++;
			break;
		case 'P':
			encoding = *(*at)++;
			if (!read_pointer(at, encoding & 0x7f, &personality))
				return false;
			break;
		case 'L':
			(*at)++;
			break;
		case 'S':
			cie->signal_frame = true;
			break;
		case 'B':       /* aarch64: return addresses are signed with key B */
			break;
		default:
			return false;
		}
	}
	return true;
}

static bool read_cie(const uint8_t *start, struct cie *cie)
{
	uint32_t length = read4(start);
	const uint8_t *at = start + 8;
	uint8_t version = *at++;
	const char *augmentation = (const char *)at;

	*cie = (struct cie) { .end = start + 4 + length };
	if (length == UINT32_MAX || (version != 1 && version != 3))
		return false;
	while (*at++)
		;
	cie->code_align = read_uleb(&at);
	cie->data_align = read_sleb(&at);
	if (version == 1)
		at++;
	else
		read_uleb(&at);
	const uint8_t *data = at;

	if (!read_augmentation(cie, augmentation, &data))
		return false;
	if (cie->has_augmentation) {
		uint64_t bytes = read_uleb(&at);

		data = at + bytes;
	}
	cie->program = data;
	return true;
}

static void set_save(struct state *state, uint64_t reg, enum save_rule rule, int64_t offset)
{
	if (reg == REG_RA) {
		state->rules.ra = rule;
		state->rules.ra_offset = offset;
	} else if (reg == REG_FP) {
		state->rules.fp = rule;
		state->rules.fp_offset = offset;
	}
}

static void set_cfa(struct state *state, uint64_t reg, int64_t offset)
{
	state->cfa_register = reg;
	state->rules.cfa_offset = offset;
	state->rules.cfa = reg == REG_SP ? CFA_SP : reg == REG_FP ? CFA_FP : CFA_OTHER;
}

/*
 * gcc's prologue of a function that realigns its stack: the CFA is the word at
 * (frame pointer + n): DW_OP_breg<fp> n; DW_OP_deref.
 */
static void set_cfa_expression(struct state *state, const uint8_t *at, uint64_t length)
{
	const uint8_t *end = at + length;

	state->rules.cfa = CFA_OTHER;
	if (length < 3 || *at++ != 0x70 + REG_FP)
		return;
	int64_t offset = read_sleb(&at);

	if (at + 1 == end && *at == 0x06 /* DW_OP_deref */) {
		state->rules.cfa = CFA_FP_DEREF;
		state->rules.cfa_offset = offset;
	}
}

static void restore(struct state *state, const struct state *initial, uint64_t reg)
{
	if (reg == REG_RA)
		set_save(state, reg, initial->rules.ra, initial->rules.ra_offset);
	else if (reg == REG_FP)
		set_save(state, reg, initial->rules.fp, initial->rules.fp_offset);
}

/* What DW_CFA_* leaves to its operands, in the order of their numbers. */
static bool run_extended(uint8_t op, const uint8_t **at, const struct cie *cie,
			 struct state *state, const struct state *initial)
{
	uint64_t reg, length;
	int64_t offset;

	switch (op) {
	case 0x00:              /* nop */
	case 0x2d:              /* GNU_window_save; aarch64: negate_ra_state */
		return true;
	case 0x05:              /* offset_extended */
		reg = read_uleb(at);
		set_save(state, reg, SAVE_OFFSET, (int64_t)read_uleb(at) * cie->data_align);
		return true;
	case 0x06:              /* restore_extended */
		restore(state, initial, read_uleb(at));
		return true;
	case 0x07:              /* undefined */
		set_save(state, read_uleb(at), SAVE_UNDEFINED, 0);
		return true;
	case 0x08:              /* same_value */
		set_save(state, read_uleb(at), SAVE_SAME, 0);
		return true;
	case 0x09:              /* register */
		set_save(state, read_uleb(at), SAVE_OTHER, 0);
		read_uleb(at);
		return true;
	case 0x0c:              /* def_cfa */
		reg = read_uleb(at);
		set_cfa(state, reg, (int64_t)read_uleb(at));
		return true;
	case 0x0d:              /* def_cfa_register */
		set_cfa(state, read_uleb(at), state->rules.cfa_offset);
		return true;
	case 0x0e:              /* def_cfa_offset */
		state->rules.cfa_offset = (int64_t)read_uleb(at);
		return true;
	case 0x0f:              /* def_cfa_expression */
		length = read_uleb(at);
		set_cfa_expression(state, *at, length);
		*at += length;
		return true;
	case 0x10:              /* expression */
	case 0x16:              /* val_expression */
		set_save(state, read_uleb(at), SAVE_OTHER, 0);
		length = read_uleb(at);
		*at += length;
		return true;
	case 0x11:              /* offset_extended_sf */
		reg = read_uleb(at);
		set_save(state, reg, SAVE_OFFSET, read_sleb(at) * cie->data_align);
		return true;
	case 0x12:              /* def_cfa_sf */
		reg = read_uleb(at);
		set_cfa(state, reg, read_sleb(at) * cie->data_align);
		return true;
	case 0x13:              /* def_cfa_offset_sf */
		state->rules.cfa_offset = read_sleb(at) * cie->data_align;
		return true;
	case 0x14:              /* val_offset */
	case 0x15:              /* val_offset_sf */
		set_save(state, read_uleb(at), SAVE_OTHER, 0);
		read_uleb(at);
		return true;
	case 0x2e:              /* GNU_args_size */
		read_uleb(at);
		return true;
	case 0x2f:              /* GNU_negative_offset_extended */
		reg = read_uleb(at);
		offset = (int64_t)read_uleb(at) * cie->data_align;
		set_save(state, reg, SAVE_OFFSET, -offset);
		return true;
	default:
		return false;
	}
}

/* The longer forms of DW_CFA_advance_loc: how far; false when `op` is none of them. */
static bool is_long_advance(uint8_t op, const uint8_t **at, uint64_t *delta)
{
	uint16_t two;

	switch (op) {
	case 0x02:
		*delta = *(*at)++;
		return true;
	case 0x03:
		__builtin_memcpy(&two, *at, sizeof two);
		*delta = two;
		*at += 2;
		return true;
	case 0x04:
		*delta = read4(*at);
		*at += 4;
		return true;
	default:
		return false;
	}
}

/* A CFA program that is run. */
struct run {
	const struct cie *cie;
	const struct state *initial;    /* what DW_CFA_restore goes back to */
	struct state *state;
	struct state remembered[REMEMBERED_MAX];
	unsigned depth;
};

/* One instruction whose operands begin at *at, and which is no advance. */
static bool run_one(struct run *run, uint8_t op, const uint8_t **at)
{
	if (op >> 6 == 2) {
		set_save(run->state, op & 0x3f, SAVE_OFFSET,
			 (int64_t)read_uleb(at) * run->cie->data_align);
	} else if (op >> 6 == 3) {
		restore(run->state, run->initial, op & 0x3f);
	} else if (op == 0x0a) {        /* remember_state */
		if (run->depth == REMEMBERED_MAX)
			return false;
		run->remembered[run->depth++] = *run->state;
	} else if (op == 0x0b) {        /* restore_state */
		if (!run->depth)
			return false;
		*run->state = run->remembered[--run->depth];
	} else {
		return run_extended(op, at, run->cie, run->state, run->initial);
	}
	return true;
}

/*
 * Run a program up to `pc`, from `location` on.  Nearly all of it are short
 * advances, and how far the CFA is after each: those are not worth a call.
 */
static bool run_until(struct run *run, const uint8_t *at, const uint8_t *end, uintptr_t location,
		      uintptr_t pc)
{
	const uint64_t code_align = run->cie->code_align;

	while (at < end && location <= pc) {
		uint8_t op = *at++;
		const uint8_t *operands = at;
		uint64_t delta;

		if (op >> 6 == 1) {                             /* advance_loc */
			location += (op & 0x3f) * code_align;
			continue;
		}
		if (op == 0x0e && !(*at & 0x80)) {              /* def_cfa_offset */
			run->state->rules.cfa_offset = *at++;
			continue;
		}
		if (is_long_advance(op, &operands, &delta))
			location += delta * code_align;
		else if (!run_one(run, op, &operands))
			return false;
		at = operands;
	}
	return true;
}

/* The FDE whose range may hold `pc`: the last one that begins at or before it. */
static const uint8_t *search(const uint8_t *hdr, uintptr_t pc)
{
	const uint8_t *table = hdr + 12;
	uint32_t low = 0, high;

	if (hdr[0] != 1 || hdr[2] != PE_UDATA4 || hdr[3] != PE_SEARCH_TABLE ||
	    (hdr[1] & 0x0f) != PE_SDATA4)
		return NULL;
	high = read4(hdr + 8);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		intptr_t start = (int32_t)read4(table + (size_t)middle * 8);

		if ((uintptr_t)hdr + (uintptr_t)start <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	return hdr + (int32_t)read4(table + (size_t)(low - 1) * 8 + 4);
}

bool cfi_find(const uint8_t *hdr, uintptr_t pc, struct cfi_rules *rules)
{
	const uint8_t *fde = search(hdr, pc), *at, *end;
	struct state state = { .rules.cfa = CFA_UNKNOWN }, initial;
	struct run run;
	struct cie cie;
	uintptr_t start, range;

	if (!fde || read4(fde) == UINT32_MAX)
		return false;
	end = fde + 4 + read4(fde);
	if (!read_cie(fde + 4 - read4(fde + 4), &cie))
		return false;
	at = fde + 8;
	if (!read_pointer(&at, cie.pc_encoding, &start) ||
	    !read_pointer(&at, cie.pc_encoding & 0x0f, &range) || pc < start || pc >= start + range)
		return false;
	if (cie.has_augmentation) {
		uint64_t bytes = read_uleb(&at);

		at += bytes;
	}
	run.cie = &cie;
	run.state = &state;
	run.initial = &state;
	run.depth = 0;
	if (!run_until(&run, cie.program, cie.end, 0, UINTPTR_MAX))
		return false;
	initial = state;
	run.initial = &initial;
	if (!run_until(&run, at, end, start, pc))
		return false;
	state.rules.signal_frame = cie.signal_frame;
	*rules = state.rules;
	return true;
}
