/* machine_x86_64: see machine.h, which alone includes this. */
#ifndef DAGMEM_TRACER_MACHINE_X86_64_H
#define DAGMEM_TRACER_MACHINE_X86_64_H

enum {
	MACHINE_ELF = 62,
	MACHINE_ADDRESS_BITS = 47,
	MACHINE_DWARF_FP = 6,
	MACHINE_DWARF_SP = 7,
	MACHINE_DWARF_RA = 16,
};

static inline long machine_call(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static inline uintptr_t machine_code_address(uintptr_t return_address)
{
	return return_address;
}

/* One instruction that reads and writes faults once, as a write. */
static inline void machine_touch(uint32_t *word)
{
	__asm__ volatile("orl $0, %0" : "+m"(*word));
}

/* mov $15, %rax; and the first byte of syscall */
static inline int machine_is_trampoline(uint64_t code)
{
	return code == UINT64_C(0x0f0000000fc0c748);
}

static inline int machine_stub_depth(uintptr_t pc)
{
	(void)pc;
	return -1;
}

/* struct rt_sigframe { char *pretcode; struct ucontext uc; ... }, its first word popped */
static inline struct machine_state machine_interrupted(uintptr_t sp)
{
	const greg_t *registers = ((const ucontext_t *)sp)->uc_mcontext.gregs;

	return (struct machine_state) {
		.pc = (uintptr_t)registers[REG_RIP],
		.sp = (uintptr_t)registers[REG_RSP],
		.fp = (uintptr_t)registers[REG_RBP],
	};
}

#endif
