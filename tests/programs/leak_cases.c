/*
 * leak_cases: blocks that are lost or held in one way each, for leak checks.
 *
 * usage: leak_cases CASE... [return|exit|_exit|quick_exit|term|kill]
 *
 * A block's site is the function that allocated it, and its name says what a
 * check must find:  VERDICT[_HOLDER]__CASE.  `middle` and the cases of threads
 * check by dagmem_leak_check("middle") themselves, since what they hold is gone at
 * the end; what they allocate says what holds then.  Without a tracer it does
 * the same and finds nothing.
 */
#include <dagmem.h>

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* Each a function of its own, whatever is like another one. */
#ifdef __clang__
#define SITE __attribute__((noinline)) static
#else
#define SITE __attribute__((noinline, no_icf)) static
#endif
/* Written and not read: there all the same. */
#define KEPT static __attribute__((used))
#define FORGET(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

/* Keeps the call before it from becoming a jump: then its caller would be the site. */
static inline __attribute__((always_inline)) void *here(void *block)
{
	__asm__ volatile("" : "+r"(block));
	return block;
}

struct node { struct node *next, *previous; char *payload; };

/* Overwrite what earlier calls left below here on the stack. */
SITE void scrub(void)
{
	volatile char old[16384];

	memset((char *)old, 0, sizeof old);
	__asm__ volatile("" : : "r"(old) : "memory");
}

/* --- Lost ---------------------------------------------------------------------- */

SITE void definite__dead_frame(void)
{
	char *volatile pointer = malloc(100);

	FORGET(pointer);
}

SITE void *definite__freed_block(void)
{
	return here(calloc(1, 200));
}

SITE void case_freed_block(void)
{
	void **holder = malloc(4096);

	holder[100] = definite__freed_block();
	FORGET(holder);
	free(holder);
}

SITE struct node *definite_cycle__two(void)
{
	return here(calloc(1, sizeof(struct node)));
}

SITE char *indirect_lost_block__of_two(void)
{
	return here(calloc(1, 33));
}

SITE void case_two_cycle(void)
{
	struct node *a = definite_cycle__two(), *b = definite_cycle__two();

	a->next = b;
	b->next = a;
	a->payload = indirect_lost_block__of_two();
	FORGET(a);
}

SITE struct node *definite__self(void)
{
	return here(calloc(1, sizeof(struct node)));
}

SITE void case_self(void)
{
	struct node *a = definite__self();

	a->next = a;
	FORGET(a);
}

SITE struct node *definite__head(void)
{
	return here(calloc(1, sizeof(struct node)));
}

SITE struct node *indirect_lost_block__tail(void)
{
	return here(calloc(1, sizeof(struct node)));
}

/* A list, and at its end a cycle that it leads to. */
SITE void case_list(void)
{
	struct node *head = definite__head(), *last = head;

	for (int i = 0; i < 10; i++)
		last = last->next = indirect_lost_block__tail();
	last->next = head->next;
	FORGET(head);
}

KEPT char *overwritten;

SITE char *definite__overwritten(void)
{
	return here(calloc(1, 77));
}

SITE char *reachable_global__overwritten(void)
{
	return here(calloc(1, 78));
}

SITE void case_overwritten(void)
{
	overwritten = definite__overwritten();
	overwritten = reachable_global__overwritten();
}

SITE char *definite__strdup(void)
{
	return here(strdup("a copy that nobody frees"));
}

SITE void case_strdup(void)
{
	char *volatile copy = definite__strdup();

	FORGET(copy);
}

SITE void *definite__unloaded(void)
{
	return here(calloc(1, 99));
}

static const char *program;

SITE void case_unloaded(void)
{
	char path[4096];
	void *library;
	void **global;

	snprintf(path, sizeof path, "%.*s/libholder.so",
		 (int)(strrchr(program, '/') - program), program);
	library = dlopen(path, RTLD_NOW);
	global = library ? dlsym(library, "holder_global") : NULL;
	if (!global) {
		fprintf(stderr, "leak_cases: %s\n", dlerror());
		_exit(99);
	}
	*global = definite__unloaded();
	dlclose(library);
}

/* --- Held ------------------------------------------------------------------------ */

KEPT struct { char *table[4]; } cache;

SITE void *reachable_global__table(void)
{
	return here(calloc(16, sizeof(void *)));
}

SITE void *reachable_global__bucket(void)
{
	return here(calloc(16, sizeof(void *)));
}

SITE void *reachable_global__entry(void)
{
	return here(calloc(1, 500));
}

SITE void case_path(void)
{
	void **table = reachable_global__table(), **bucket = reachable_global__bucket();

	cache.table[2] = (char *)table;
	table[7] = bucket;
	bucket[3] = reachable_global__entry();
}

KEPT __thread char *thread_local_pointer;

SITE void *reachable_TLS__static(void)
{
	return here(calloc(1, 64));
}

SITE void case_tls(void)
{
	thread_local_pointer = reachable_TLS__static();
}

SITE void *reachable_TLS__dynamic(void)
{
	return here(calloc(1, 65));
}

SITE void case_dynamic_tls(void)
{
	char path[4096];
	void *library;
	void (*keep)(void *);

	snprintf(path, sizeof path, "%.*s/libholder.so",
		 (int)(strrchr(program, '/') - program), program);
	library = dlopen(path, RTLD_NOW);
	*(void **)&keep = library ? dlsym(library, "holder_keep_in_tls") : NULL;
	if (!keep)
		_exit(99);
	keep(reachable_TLS__dynamic());
}

KEPT char *inside;

SITE char *possible_global__inside(void)
{
	return here(calloc(1, 1000));
}

SITE void case_inside(void)
{
	inside = possible_global__inside() + 100;
}

KEPT char *one_past;

SITE char *possible_global__one_past(void)
{
	return here(calloc(1, 1000));    /* usable: 1000, so that this is its very end */
}

SITE void case_one_past(void)
{
	one_past = possible_global__one_past() + 1000;
}

KEPT char *text;

/* The old std::string: length, capacity, count, and then the text that pointers are to. */
SITE size_t *reachable_global__stdstring(void)
{
	return here(calloc(1, 3 * sizeof(size_t) + 20 + 1));
}

SITE void case_stdstring(void)
{
	size_t *string = reachable_global__stdstring();

	string[0] = 10;
	string[1] = 20;
	string[2] = 0;
	text = (char *)(string + 3);
}

KEPT char *counted, *array;

SITE uint64_t *reachable_global__length64(void)
{
	return here(calloc(1, 8 + 300));
}

SITE uint64_t *reachable_global__newarray(void)
{
	return here(calloc(1, 8 + 12 * 24));
}

SITE void case_counted(void)
{
	uint64_t *block = reachable_global__length64();

	block[0] = 300;
	counted = (char *)(block + 1);
	block = reachable_global__newarray();
	block[0] = 12;
	array = (char *)(block + 1);
}

KEPT void **pages;

SITE void *reachable_mapping__private(void)
{
	return here(calloc(1, 70));
}

SITE void case_mapping(void)
{
	void **mapped = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mapped[50000] = reachable_mapping__private();
	pages = mapped;
}

SITE void *reachable_mapping__shared(void)
{
	return here(calloc(1, 71));
}

SITE void case_shared(void)
{
	void **mapped = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	mapped[50000] = reachable_mapping__shared();
}

KEPT uintptr_t hidden;

SITE void *definite__tagged(void)
{
	return here(calloc(1, 80));
}

SITE void case_tagged(void)
{
	hidden = (uintptr_t)definite__tagged() | (uintptr_t)0x5a << 56 | 3;
}

/* --- Ended and other threads ------------------------------------------------------- */

SITE void *definite__ended_thread(void)
{
	return here(calloc(1, 300));
}

static void *thread_that_ends(void *unused)
{
	void *volatile local[64];

	(void)unused;
	for (int i = 0; i < 64; i++)
		local[i] = NULL;
	local[32] = definite__ended_thread();
	FORGET(local);
	return NULL;
}

SITE void case_ended_thread(void)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++) {
		pthread_create(&thread, NULL, thread_that_ends, NULL);
		pthread_join(thread, NULL);
	}
}

static int ready, done;

static void wait_until(const int *flag, int value)
{
	while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) < value)
		sched_yield();
}

SITE void *reachable_register__running(void)
{
	return here(calloc(1, 400));
}

SITE void *reachable_register__sleeping(void)
{
	return here(calloc(1, 401));
}

#ifdef __x86_64__
/* Until `done`, the pointer is nowhere but in r12: nor on the stack, since its xor is. */
static void *thread_that_runs(void *unused)
{
	uintptr_t mask = 0x5555555555555555, secret = (uintptr_t)reachable_register__running() ^ mask;

	(void)unused;
	scrub();
	__asm__ volatile("xorq %1, %0\n\t"
			 "movq %0, %%r12\n\t"
			 "xorq %1, %0\n\t"
			 "lock incl %2\n"
			 "1:\tpause\n\t"
			 "cmpl $0, %3\n\t"
			 "je 1b\n\t"
			 "xorl %%r12d, %%r12d"
			 : "+r"(secret) : "r"(mask), "m"(ready), "m"(done) : "r12", "memory", "cc");
	free((void *)(secret ^ mask));
	return NULL;
}

static const struct timespec long_time = { 0, 20 * 1000 * 1000 };

/* The same in nanosleep(), which is not to end early: it must not be noticed. */
static void *thread_that_sleeps(void *interrupted)
{
	uintptr_t mask = 0x5555555555555555, secret = (uintptr_t)reachable_register__sleeping() ^ mask;
	long result;

	scrub();
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		__asm__ volatile("movq %1, %%r12\n\t"
				 "xorq %2, %%r12\n\t"
				 "lock incl %3\n\t"
				 "movq %4, %%rdi\n\t"
				 "xorl %%esi, %%esi\n\t"
				 "movl $35, %%eax\n\t"
				 "syscall\n\t"
				 "xorl %%r12d, %%r12d"
				 : "=&a"(result)
				 : "r"(secret), "r"(mask), "m"(ready), "r"(&long_time)
				 : "rcx", "r11", "rdi", "rsi", "r12", "memory", "cc");
		if (result)
			++*(int *)interrupted;
	}
	free((void *)(secret ^ mask));
	return NULL;
}

SITE void case_registers(void)
{
	pthread_t running, sleeping;
	int interrupted = 0;

	ready = done = 0;
	pthread_create(&running, NULL, thread_that_runs, NULL);
	pthread_create(&sleeping, NULL, thread_that_sleeps, &interrupted);
	wait_until(&ready, 2);
	usleep(1000);
	scrub();
	dagmem_leak_check("middle");
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	pthread_join(running, NULL);
	pthread_join(sleeping, NULL);
	if (interrupted) {
		fprintf(stderr, "leak_cases: nanosleep was interrupted\n");
		_exit(99);
	}
}
#else
SITE void case_registers(void)
{
	dagmem_leak_check("middle");
	free(reachable_register__running());
	free(reachable_register__sleeping());
}
#endif

enum { THREADS = 16 };

SITE void *reachable_stack__thread(void)
{
	return here(calloc(1, 500));
}

SITE void *definite__thread(void)
{
	return here(calloc(1, 501));
}

static void *thread_that_holds(void *unused)
{
	void *volatile held = reachable_stack__thread();
	void *volatile lost = definite__thread();

	(void)unused;
	lost = NULL;
	FORGET(lost);
	scrub();
	__atomic_fetch_add(&ready, 1, __ATOMIC_RELEASE);
	wait_until(&done, 1);
	free(held);
	return NULL;
}

SITE void case_threads(void)
{
	pthread_t thread[THREADS];

	ready = done = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, thread_that_holds, NULL);
	wait_until(&ready, THREADS);
	scrub();
	dagmem_leak_check("middle");
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

/* --- In the middle ------------------------------------------------------------------- */

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

static ucontext_t outside, coroutine;

SITE void *reachable_global__coroutine_local(void)
{
	return here(calloc(1, 700));
}

KEPT void *coroutine_stack;

static void run_coroutine(void)
{
	void *volatile local = reachable_global__coroutine_local();

	swapcontext(&coroutine, &outside);
	free(local);
}

SITE void *reachable_global__coroutine_stack(void)
{
	return here(calloc(1, 65536));
}

SITE void case_coroutine(void)
{
	coroutine_stack = reachable_global__coroutine_stack();
	getcontext(&coroutine);
	coroutine.uc_stack.ss_sp = coroutine_stack;
	coroutine.uc_stack.ss_size = 65536;
	coroutine.uc_link = &outside;
	makecontext(&coroutine, run_coroutine, 0);
	swapcontext(&outside, &coroutine);
}

KEPT struct node *growing;

SITE struct node *reachable_global__growing(void)
{
	return here(calloc(1, sizeof(struct node)));
}

SITE void case_growing(void)
{
	for (int i = 0; i < 1000; i++) {
		struct node *fresh = reachable_global__growing();

		fresh->next = growing;
		growing = fresh;
	}
}

/* --- The end ---------------------------------------------------------------------------- */

SITE void *reachable_exit_stack__local(void)
{
	return here(calloc(1, 800));
}

SITE void *definite__local(void)
{
	return here(calloc(1, 801));
}

static char *freed_at_exit;

/* Memory that exit handlers free is no leak, and not even there. */
SITE void *freed__at_exit(void)
{
	return here(calloc(1, 900));
}

static void free_at_exit(void)
{
	free(freed_at_exit);
	freed_at_exit = NULL;
}

/* main's frame is dead when it returns, and alive when it calls exit(). */
static int end(const char *how)
{
	void *volatile local = strcmp(how, "exit") && strcmp(how, "_exit") ? definite__local() :
		reachable_exit_stack__local();

	scrub();
	if (!strcmp(how, "exit"))
		exit(3);
	if (!strcmp(how, "_exit"))
		_exit(3);
	if (!strcmp(how, "quick_exit"))
		quick_exit(3);
	if (!strcmp(how, "term"))
		raise(SIGTERM);
	if (!strcmp(how, "kill"))
		raise(SIGKILL);
	FORGET(local);
	return 3;
}

static const struct { const char *name; void (*run)(void); } cases[] = {
	{ "dead_frame", definite__dead_frame }, { "freed_block", case_freed_block },
	{ "two_cycle", case_two_cycle }, { "self", case_self }, { "list", case_list },
	{ "overwritten", case_overwritten }, { "strdup", case_strdup }, { "unloaded", case_unloaded },
	{ "path", case_path }, { "tls", case_tls }, { "dynamic_tls", case_dynamic_tls },
	{ "inside", case_inside }, { "one_past", case_one_past }, { "stdstring", case_stdstring },
	{ "counted", case_counted }, { "mapping", case_mapping }, { "shared", case_shared },
	{ "tagged", case_tagged }, { "ended_thread", case_ended_thread },
	{ "registers", case_registers }, { "threads", case_threads }, { "middle", case_middle },
	{ "own_register", case_own_register }, { "coroutine", case_coroutine },
	{ "growing", case_growing },
};

static void run_case(const char *name)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (strcmp(name, cases[i].name) == 0) {
			cases[i].run();
			scrub();
			return;
		}
	}
	fprintf(stderr, "leak_cases: no case %s\n", name);
	_exit(99);
}

int main(int argc, char **argv)
{
	static char path[4096];

	program = path;
	if (readlink("/proc/self/exe", path, sizeof path - 1) < 0)
		return 99;
	freed_at_exit = freed__at_exit();
	atexit(free_at_exit);
	for (int i = 1; i + 1 < argc; i++)
		run_case(argv[i]);
	return end(argc > 1 ? argv[argc - 1] : "return");
}
