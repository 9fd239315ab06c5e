#include "tracer/cfi.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/random.h"
#include "tracer/machine.h"
#include "tracer/unwind_rows.h"

/*
 * The oracle is libdw, which reads the same files in its own way: for every
 * row of a module, what it says of the CFA, the return address and the frame
 * pointer must be what cfi_find() says.
 */
struct module {
	const char *path;
	uintptr_t bias;
	const uint8_t *eh_frame_hdr;
	unsigned rows, simple, gaps;
};

struct oracle {
	Elf *elf;
	Dwarf_CFI *cfi;
	int fd;
};

static struct oracle open_oracle(const char *path)
{
	struct oracle oracle;

	elf_version(EV_CURRENT);
	oracle.fd = open(path, O_RDONLY);
	assert_true(oracle.fd >= 0);
	oracle.elf = elf_begin(oracle.fd, ELF_C_READ_MMAP, NULL);
	assert_non_null(oracle.elf);
	oracle.cfi = dwarf_getcfi_elf(oracle.elf);
	assert_non_null(oracle.cfi);
	return oracle;
}

static void close_oracle(struct oracle *oracle)
{
	dwarf_cfi_end(oracle->cfi);
	elf_end(oracle->elf);
	close(oracle->fd);
}

/* --- One row ---------------------------------------------------------------- */

static void check_cfa(Dwarf_Frame *frame, const struct cfi_rules *rules)
{
	Dwarf_Op *ops;
	size_t count;

	assert_int_equal(dwarf_frame_cfa(frame, &ops, &count), 0);
	if (count == 1 && ops[0].atom == DW_OP_bregx) {
		assert_int_equal(rules->cfa_offset, (int64_t)ops[0].number2);
		assert_int_equal(rules->cfa, ops[0].number == MACHINE_DWARF_SP ? CFA_SP :
					     ops[0].number == MACHINE_DWARF_FP ? CFA_FP : CFA_OTHER);
	} else if (count == 2 && ops[0].atom == DW_OP_breg0 + MACHINE_DWARF_FP &&
		   ops[1].atom == DW_OP_deref) {
		assert_int_equal(rules->cfa, CFA_FP_DEREF);
		assert_int_equal(rules->cfa_offset, (int64_t)ops[0].number);
	} else {
		assert_int_equal(rules->cfa, CFA_OTHER);
	}
}

static void check_register(Dwarf_Frame *frame, int reg, enum save_rule rule, int64_t offset)
{
	Dwarf_Op memory[3], *ops;
	size_t count;

	assert_int_equal(dwarf_frame_register(frame, reg, memory, &ops, &count), 0);
	if (!count && !ops)
		assert_int_equal(rule, SAVE_SAME);
	else if (!count)
		assert_int_equal(rule, SAVE_UNDEFINED);
	else if (ops == memory && ops[0].atom == DW_OP_call_frame_cfa && count <= 2) {
		assert_int_equal(rule, SAVE_OFFSET);
		assert_int_equal(offset, count == 2 ? (int64_t)ops[1].number : 0);
	} else {
		assert_int_equal(rule, SAVE_OTHER);
	}
}

static void check_row(struct module *module, Dwarf_Frame *frame, Dwarf_Addr address,
		      bool signal_frame)
{
	struct cfi_rules rules;

	assert_true(cfi_find(module->eh_frame_hdr, module->bias + address, &rules));
	check_cfa(frame, &rules);
	check_register(frame, MACHINE_DWARF_RA, rules.ra, rules.ra_offset);
	check_register(frame, MACHINE_DWARF_FP, rules.fp, rules.fp_offset);
	assert_int_equal(rules.signal_frame, signal_frame);
	module->simple += rules.cfa != CFA_OTHER && rules.ra == SAVE_OFFSET;
}

/* The row at `address`; returns where the next may begin. */
static Dwarf_Addr check_address(struct module *module, struct oracle *oracle, Dwarf_Addr address)
{
	Dwarf_Frame *frame;
	Dwarf_Addr end;
	struct cfi_rules rules;
	bool signal_frame;

	if (dwarf_cfi_addrframe(oracle->cfi, address, &frame)) {
		assert_false(cfi_find(module->eh_frame_hdr, module->bias + address, &rules));
		module->gaps++;
		return address + 1;
	}
	/* Its start is not asked for: after a restored state libdw tells that state's. */
	dwarf_frame_info(frame, NULL, &end, &signal_frame);
	assert_true(address < end);
	check_row(module, frame, address, signal_frame);
	check_row(module, frame, end - 1, signal_frame);
	check_row(module, frame, address + (end - address) / 2, signal_frame);
	module->rows++;
	free(frame);
	return end;
}

/* --- All rows of a module ------------------------------------------------------ */

static Dwarf_Addr entry_address(const struct module *module, uint32_t entry)
{
	int32_t offset;

	memcpy(&offset, module->eh_frame_hdr + 12 + (size_t)entry * 8, sizeof offset);
	return (uintptr_t)module->eh_frame_hdr + (uintptr_t)(intptr_t)offset - module->bias;
}

/*
 * Every row of every function, or of one in `step`; and one address after each
 * function, where there may be a gap.
 */
static void check_module(struct module *module, uint32_t step)
{
	struct oracle oracle = open_oracle(module->path);
	uint32_t entries;

	memcpy(&entries, module->eh_frame_hdr + 8, sizeof entries);
	for (uint32_t entry = 0; entry < entries; entry += step) {
		Dwarf_Addr at = entry_address(module, entry);
		Dwarf_Addr next = entry + 1 < entries ? entry_address(module, entry + 1) : at + 1;
		unsigned gaps = module->gaps;

		while (at < next && module->gaps == gaps)
			at = check_address(module, &oracle, at);
	}
	close_oracle(&oracle);
}

static int find_module(struct dl_phdr_info *info, size_t bytes, void *context)
{
	struct module *module = context;
	bool main_program = !info->dlpi_name[0];

	(void)bytes;
	if (strcmp(module->path, "/proc/self/exe") == 0 ? !main_program :
	    !strstr(info->dlpi_name, module->path))
		return 0;
	for (unsigned i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME)
			module->eh_frame_hdr = (const uint8_t *)info->dlpi_addr +
					       info->dlpi_phdr[i].p_vaddr;
	module->bias = info->dlpi_addr;
	if (!main_program)
		module->path = strdup(info->dlpi_name);
	return 1;
}

static struct module loaded(const char *name)
{
	struct module module = { .path = name };

	dl_iterate_phdr(find_module, &module);
	assert_non_null(module.eh_frame_hdr);
	return module;
}

static void check_loaded(const char *name, unsigned rows_at_least, uint32_t step)
{
	struct module module = loaded(name);

	check_module(&module, step);
	assert_true(module.rows >= rows_at_least);
	/* An oracle that agrees on nothing but exceptions would be none. */
	assert_true(module.simple > module.rows);
	if (module.path != name)
		free((char *)module.path);
}

static void the_test_itself_is_read_as_libdw_reads_it(void **state)
{
	(void)state;
	check_loaded("/proc/self/exe", 100, 1);
}

static void the_c_library_is_read_as_libdw_reads_it(void **state)
{
	(void)state;
	check_loaded("libc.so", 2000, 7);
}

static void libraries_are_read_as_libdw_reads_them(void **state)
{
	(void)state;
	assert_non_null(dlopen("libstdc++.so.6", RTLD_NOW));
	check_loaded("libstdc++", 2000, 5);
	check_loaded("libdw", 2000, 3);
	check_loaded("ld-linux", 500, 1);
}

static void no_rule_is_found_outside_any_function(void **state)
{
	struct module module = loaded("libc.so");
	struct cfi_rules rules;
	struct random random = { 1 };

	(void)state;
	assert_false(cfi_find(module.eh_frame_hdr, 0, &rules));
	assert_false(cfi_find(module.eh_frame_hdr, module.bias, &rules));
	assert_false(cfi_find(module.eh_frame_hdr, UINTPTR_MAX, &rules));
	for (int i = 0; i < 1000; i++) {
		uintptr_t below = random_below(&random, module.bias);

		assert_false(cfi_find(module.eh_frame_hdr, below, &rules));
	}
	free((char *)module.path);
}

/* --- Rows ------------------------------------------------------------------------ */

static void a_packed_row_says_what_was_packed(void **state)
{
	struct random random = { 5 };

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t cfa = ((int64_t)random_below(&random, 1 << 21) - (1 << 20)) * 8;
		int64_t ra = -(int64_t)random_below(&random, 1 << 16) * 8;
		int64_t from_ra = ((int64_t)random_below(&random, 1 << 8) - (1 << 7)) * 8;
		uint32_t module = (uint32_t)random_below(&random, 1 << 16);
		enum row_kind kind = ROW_SP + (enum row_kind)random_below(&random, 3);
		bool saved = from_ra != ROW_NOT_SAVED * 8;
		row r;

		assert_true(row_pack(&r, kind, cfa, saved, ra + 8 + from_ra, ra, module));
		assert_int_equal(row_kind(r), kind);
		assert_int_equal(row_cfa(r), cfa);
		assert_int_equal(row_saves_bp(r), saved);
		if (saved)
			assert_int_equal(row_bp(r) * 8, from_ra);
		assert_int_equal(row_ra(r), ra);
		assert_int_equal(row_module(r), module);
	}
}

static void offsets_that_do_not_fit_a_row_are_refused(void **state)
{
	row r;

	(void)state;
	assert_true(row_pack(&r, ROW_SP, 8 * ((1 << 20) - 1), true, -8, -8, 1));
	assert_false(row_pack(&r, ROW_SP, 8 * (1 << 20), true, -8, -8, 1));
	assert_true(row_pack(&r, ROW_SP, -8 * (1 << 20), true, -8, -8, 1));
	assert_false(row_pack(&r, ROW_SP, -8 * (1 << 20) - 8, true, -8, -8, 1));
	assert_true(row_pack(&r, ROW_SP, 16, true, -8 * 127, -8, 1));
	assert_false(row_pack(&r, ROW_SP, 16, true, 8 * ROW_NOT_SAVED, -8, 1));
	assert_false(row_pack(&r, ROW_SP, 16, true, 8 * 128, -8, 1));
	assert_true(row_pack(&r, ROW_SP, 16, true, -8 * 65535, -8 * 65535, 1));
	assert_false(row_pack(&r, ROW_SP, 16, true, -8 * 65536, -8 * 65536, 1));
	assert_false(row_pack(&r, ROW_SP, 16, true, 8, 8, 1));
	assert_false(row_pack(&r, ROW_SP, 17, true, -16, -8, 1));
	assert_false(row_pack(&r, ROW_SP, 16, true, -12, -8, 1));
	assert_false(row_pack(&r, ROW_SP, 16, true, -16, -4, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_test_itself_is_read_as_libdw_reads_it),
		cmocka_unit_test(the_c_library_is_read_as_libdw_reads_it),
		cmocka_unit_test(libraries_are_read_as_libdw_reads_them),
		cmocka_unit_test(no_rule_is_found_outside_any_function),
		cmocka_unit_test(a_packed_row_says_what_was_packed),
		cmocka_unit_test(offsets_that_do_not_fit_a_row_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
