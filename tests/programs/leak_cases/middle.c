/* Blocks that are held at a check in the middle of the program, and by what grows or sleeps. */
#include "leak_cases/case.h"

#include <dagmem.h>

#include <stdint.h>
#include <ucontext.h>

SITE void *reachable_stack__middle(void)
{
	return here(calloc(1, 600));
}

SITE void case_middle(void)
{
	void *volatile held = reachable_stack__middle();

	scrub();
	dagmem_leak_check("middle");
	free(held);
}

#ifdef __x86_64__
SITE void *reachable_register__own(void)
{
	return here(calloc(1, 601));
}

/* Only in a register that functions must leave alone, when the check is called. */
SITE void case_own_register(void)
{
	uintptr_t mask = 0x3333333333333333, secret = (uintptr_t)reachable_register__own() ^ mask;

	scrub();
	__asm__ volatile("movq %0, %%rbx\n\t"
			 "xorq %1, %%rbx\n\t"
			 "movq %%rsp, %%r12\n\t"
			 "andq $-16, %%rsp\n\t"
			 "movq %2, %%rax\n\t"
			 "leaq %3, %%rdi\n\t"
			 "xorl %%ecx, %%ecx\n\t"
			 "call *%%rax\n\t"
			 "movq %%r12, %%rsp"
			 : : "r"(secret), "r"(mask),
			 "r"(dagmem_api_() ? (void (*)(const char *))dagmem_api_()->leak_check : 0),
			 "m"(*"middle")
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "memory",
			 "cc");
	free((void *)(secret ^ mask));
}
#else
SITE void case_own_register(void)
{
	dagmem_leak_check("middle");
}
#endif

static ucontext_t outside[RUNNERS_MAX], coroutine[RUNNERS_MAX];

SITE void *reachable_global__coroutine_local(void)
{
	return here(calloc(1, 700));
}

KEPT void *coroutine_stack[RUNNERS_MAX];

static void run_coroutine(void)
{
	void *volatile local = reachable_global__coroutine_local();

	swapcontext(&coroutine[me], &outside[me]);
	free(local);
}

SITE void *reachable_global__coroutine_stack(void)
{
	return here(calloc(1, 65536));
}

SITE void case_coroutine(void)
{
	ucontext_t *context = &coroutine[me];

	coroutine_stack[me] = reachable_global__coroutine_stack();
	getcontext(context);
	context->uc_stack.ss_sp = coroutine_stack[me];
	context->uc_stack.ss_size = 65536;
	context->uc_link = &outside[me];
	makecontext(context, run_coroutine, 0);
	swapcontext(&outside[me], context);
}

KEPT struct node *growing[RUNNERS_MAX];

SITE struct node *reachable_global__growing(void)
{
	return here(calloc(1, sizeof(struct node)));
}

SITE void case_growing(void)
{
	for (int i = 0; i < 1000; i++) {
		struct node *fresh = reachable_global__growing();

		fresh->next = growing[me];
		growing[me] = fresh;
	}
}

const struct leak_case cases_middle[] = {
	{ "middle", case_middle, 1 }, { "own_register", case_own_register, 1 },
	{ "coroutine", case_coroutine, 0 }, { "growing", case_growing, 0 }, { NULL, NULL, 0 },
};
