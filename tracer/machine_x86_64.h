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

enum { MACHINE_REGISTERS = 16, MACHINE_SAVED_FP = 1, MACHINE_RED_ZONE = 128 };

struct machine_registers { uintptr_t value[MACHINE_REGISTERS]; };

/* The C library's own, by whose bytes debuggers and unwinders know it. */
#define MACHINE_RESTORER                                                                        \
	".text\n.hidden dagmem_signal_return\n.globl dagmem_signal_return\n"                     \
	".type dagmem_signal_return, @function\n.p2align 4\nnop\n"                              \
	"dagmem_signal_return:\n\tmovq $15, %rax\n\tsyscall\n"                                  \
	".size dagmem_signal_return, .-dagmem_signal_return\n"

static inline __attribute__((always_inline)) void machine_save(struct machine_registers *registers)
{
	__asm__ volatile("movq %%rbx, 0(%0)\n\tmovq %%rbp, 8(%0)\n\tmovq %%r12, 16(%0)\n\t"
			 "movq %%r13, 24(%0)\n\tmovq %%r14, 32(%0)\n\tmovq %%r15, 40(%0)"
			 : : "r"(registers->value) : "memory");
	for (int i = 6; i < MACHINE_REGISTERS; i++)
		registers->value[i] = 0;
}

static inline struct machine_state machine_context(const ucontext_t *context,
						   struct machine_registers *registers)
{
	const greg_t *all = context->uc_mcontext.gregs;

	for (int i = 0; i < MACHINE_REGISTERS; i++)     /* REG_R8 is 0, REG_RSP 15 */
		registers->value[i] = (uintptr_t)all[i];
	return (struct machine_state) {
		.pc = (uintptr_t)all[REG_RIP],
		.sp = (uintptr_t)all[REG_RSP],
		.fp = (uintptr_t)all[REG_RBP],
	};
}

/*
 * Calls that the kernel ends with EINTR whatever SA_RESTART says, and that can
 * be made again as they were: poll, select, pause, nanosleep, recvfrom, sendto,
 * recvmsg, sendmsg, accept, semop, msgsnd, msgrcv, rt_sigtimedwait,
 * rt_sigsuspend, futex, io_getevents, semtimedop, clock_nanosleep, epoll_wait,
 * pselect6, ppoll, epoll_pwait, accept4, recvmmsg, epoll_pwait2.  Not close().
 */
static inline int machine_may_restart(uint32_t number)
{
	switch (number) {
	case 7: case 23: case 34: case 35: case 43: case 44: case 45: case 46: case 47: case 65:
	case 69: case 70: case 128: case 130: case 202: case 208: case 220: case 230: case 232:
	case 270: case 271: case 281: case 288: case 299: case 441:
		return 1;
	default:
		return 0;
	}
}

/*
 * "mov $number, %eax" stands before "syscall", with at most a few moves between.
 * Returns 1 when the call will be made again.
 */
static inline int machine_restart(ucontext_t *context, uintptr_t readable_from)
{
	greg_t *all = context->uc_mcontext.gregs;
	const uint8_t *after = (const uint8_t *)all[REG_RIP];
	const long interrupted = -4;

	if (all[REG_RAX] != interrupted || after[-2] != 0x0f || after[-1] != 0x05)
		return 0;
	for (uintptr_t back = 7; back < 24 && (uintptr_t)after - back > readable_from; back++) {
		const uint8_t *code = after - back;
		uint32_t number = (uint32_t)code[1] | (uint32_t)code[2] << 8;

		if (code[0] != 0xb8 || code[3] || code[4] || code[-1] == 0x41)
			continue;
		if (!machine_may_restart(number))
			return 0;
		all[REG_RAX] = number;
		all[REG_RIP] -= 2;
		return 1;
	}
	return 0;
}

/* It won't, after all. */
static inline void machine_restart_undo(ucontext_t *context)
{
	context->uc_mcontext.gregs[REG_RAX] = -4;
	context->uc_mcontext.gregs[REG_RIP] += 2;
}

static inline uintptr_t machine_thread_pointer(void)
{
	uintptr_t pointer;

	__asm__("movq %%fs:0, %0" : "=r"(pointer));
	return pointer;
}

/* tcbhead_t: { tcb = itself, dtv, self = itself, ... } */
static inline int machine_is_descriptor(uintptr_t address)
{
	const uintptr_t *word = (const uintptr_t *)address;

	return word[0] == address && word[2] == address;
}

static inline uintptr_t machine_tls_vector(uintptr_t thread_pointer)
{
	return ((const uintptr_t *)thread_pointer)[1];
}

static inline uintptr_t machine_tls_static(uintptr_t thread_pointer, uintptr_t offset)
{
	return thread_pointer - offset;
}

#endif
