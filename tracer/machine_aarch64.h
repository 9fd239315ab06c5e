/* machine_aarch64: see machine.h, which alone includes this. */
#ifndef DAGMEM_TRACER_MACHINE_AARCH64_H
#define DAGMEM_TRACER_MACHINE_AARCH64_H

#ifdef __clang__
#error "dagmem: on aarch64 clang's __builtin_dwarf_cfa() is not the CFA; build the tracer with gcc"
#endif

#define MACHINE_RA_SLOT_VARIES

enum {
	MACHINE_ELF = 183,
	MACHINE_ADDRESS_BITS = 48,
	MACHINE_DWARF_FP = 29,
	MACHINE_DWARF_SP = 31,
	MACHINE_DWARF_RA = 30,
};

static inline long machine_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

/* Pointer authentication signs return addresses in bits that addresses don't use. */
static inline void machine_touch(uint32_t *word)
{
	(void)word;
}

static inline uintptr_t machine_code_address(uintptr_t return_address)
{
	register uintptr_t x30 __asm__("x30") = return_address;

	__asm__("hint 7" /* xpaclri; does nothing on older processors */ : "+r"(x30));
	return x30;
}

/* mov x8, 139; svc 0 */
static inline int machine_is_trampoline(uint64_t code)
{
	return code == UINT64_C(0xd4000001d2801168);
}

/* adrp x16, _; ldr x17, [x16, _]; add x16, x16, _; br x17; and br x16 of veneers */
static inline int machine_is_stub(uint32_t instruction)
{
	return (instruction & 0x9f00001f) == 0x90000010 ||
	       (instruction & 0xffc003ff) == 0xf9400211 ||
	       (instruction & 0xffc003ff) == 0x91000210 ||
	       instruction == 0xd61f0220 || instruction == 0xd61f0200;
}

/* The stub that the others end in to have a symbol bound begins: stp x16, x30, [sp, -16]! */
static inline int machine_stub_depth(uintptr_t pc)
{
	const uint32_t *at = (const uint32_t *)pc;

	if (pc & 3 || !machine_is_stub(*at))
		return -1;
	for (int before = 1; before <= 4; before++)
		if (!machine_is_stub(at[-before]))
			return at[-before] == 0xa9bf7bf0 ? 16 : 0;
	return 0;
}

/* struct rt_sigframe { struct siginfo info; struct ucontext uc; } */
static inline struct machine_state machine_interrupted(uintptr_t sp)
{
	const mcontext_t *registers = &((const ucontext_t *)(sp + sizeof(siginfo_t)))->uc_mcontext;

	return (struct machine_state) {
		.pc = registers->pc,
		.sp = registers->sp,
		.fp = registers->regs[29],
		.link = registers->regs[30],
	};
}

enum { MACHINE_REGISTERS = 31, MACHINE_SAVED_FP = 10, MACHINE_RED_ZONE = 0 };

struct machine_registers { uintptr_t value[MACHINE_REGISTERS]; };

static inline __attribute__((always_inline)) void machine_save(struct machine_registers *registers)
{
	__asm__ volatile("stp x19, x20, [%0]\n\tstp x21, x22, [%0, 16]\n\tstp x23, x24, [%0, 32]\n\t"
			 "stp x25, x26, [%0, 48]\n\tstp x27, x28, [%0, 64]\n\tstr x29, [%0, 80]"
			 : : "r"(registers->value) : "memory");
	for (int i = 11; i < MACHINE_REGISTERS; i++)
		registers->value[i] = 0;
}

static inline struct machine_state machine_context(const ucontext_t *context,
						   struct machine_registers *registers)
{
	const mcontext_t *all = &context->uc_mcontext;

	for (int i = 0; i < MACHINE_REGISTERS; i++)
		registers->value[i] = all->regs[i];
	return (struct machine_state) {
		.pc = all->pc, .sp = all->sp, .fp = all->regs[29], .link = all->regs[30],
	};
}

/* The first argument was in the register that holds the result: it is lost. */
static inline int machine_restart(ucontext_t *context, uintptr_t readable_from)
{
	(void)context;
	(void)readable_from;
	return 0;
}

static inline void machine_restart_undo(ucontext_t *context)
{
	(void)context;
}

static inline uintptr_t machine_thread_pointer(void)
{
	uintptr_t pointer;

	__asm__("mrs %0, tpidr_el0" : "=r"(pointer));
	return pointer;
}

/* tcbhead_t { dtv, private } says nothing of itself. */
static inline int machine_is_descriptor(uintptr_t address)
{
	(void)address;
	return 0;
}

static inline uintptr_t machine_tls_vector(uintptr_t thread_pointer)
{
	return ((const uintptr_t *)thread_pointer)[0];
}

static inline uintptr_t machine_tls_static(uintptr_t thread_pointer, uintptr_t offset)
{
	return thread_pointer + offset;
}

#endif
