/*
 * zero_return: two stacks that are alike but for their outermost word: first it
 * is a return address of 0, where a walk ends, then one of a caller.
 *
 * On x86-64; elsewhere it has nothing to say and ends with 77.
 */
#include <stdint.h>
#include <stdlib.h>

#ifdef __x86_64__

enum { STACK_BYTES = 65536, TURNS = 10 };

static void *volatile block;
static char stack[STACK_BYTES] __attribute__((aligned(64)));

void enter_without_caller(void *top);
void enter_with_caller(void *top);
void leave(void);
void on_own_stack(void);

/* Both go to on_own_stack() at the same stack pointer; it never returns, but leaves. */
__asm__(
"	.text\n"
"	.macro enter\n"
"	push %rbp\n	push %rbx\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
"	mov %rsp, saved_stack(%rip)\n"
"	mov %rdi, %rsp\n"
"	xor %ebp, %ebp\n"
"	.endm\n"
"	.globl enter_without_caller\n"
"	.type enter_without_caller, @function\n"
"enter_without_caller:\n"
"	enter\n"
"	push $0\n"
"	jmp on_own_stack\n"
"	.globl enter_with_caller\n"
"	.type enter_with_caller, @function\n"
"enter_with_caller:\n"
"	.cfi_startproc\n"
"	enter\n"
"	.cfi_undefined rip\n"
"	call on_own_stack\n"
"	nop\n"
"	.cfi_endproc\n"
"	.globl leave\n"
"	.type leave, @function\n"
"leave:\n"
"	mov saved_stack(%rip), %rsp\n"
"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbx\n	pop %rbp\n"
"	ret\n"
"	.local saved_stack\n"
"	.comm saved_stack, 8, 8\n");

void on_own_stack(void)
{
	block = malloc(48);
	leave();
}

int main(void)
{
	void *top = stack + sizeof stack - 64;

	for (unsigned i = 0; i < TURNS; i++)
		enter_without_caller(top);
	for (unsigned i = 0; i < TURNS; i++)
		enter_with_caller(top);
	return 0;
}

#else

int main(void)
{
	return 77;
}

#endif
