/*
 * leak_holders: blocks that are held in one known way each, for who holds what,
 * by which words, and how much of it alone.
 *
 * usage: leak_holders
 *
 * It ends while a thread of its own, "keeper", is asleep.  Sizes are all different,
 * so that sums tell what was added up; what is where stands in hold_all().
 */
#include <dagmem.h>

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SITE __attribute__((noinline, noclone, used))

/* Without a tail call, so that the site is in the stack. */
static inline void *here(void *block)
{
	__asm__ volatile("" : "+r"(block) : : "memory");
	return block;
}

struct entry { struct entry *next; void *value; };
struct table { long count; struct entry **bucket; };
struct pair { int key; struct table *table; };

/* Written only: `used` keeps the compiler from leaving them out. */
static __attribute__((used)) struct { long hits; struct table *table; struct pair pair[3]; } cache;
static __attribute__((used)) void *left[2], *right;
static __attribute__((used)) __thread struct { long uses; void *slot[4]; } of_thread;
static void **mapped;

SITE struct table *make_table(void)
{
	return here(calloc(1, sizeof(struct table)));
}

SITE void *make_buckets(void)
{
	return here(calloc(64, sizeof(void *)));
}

SITE struct entry *make_entry(struct entry *next)
{
	struct entry *entry = calloc(1, sizeof *entry);

	entry->next = next;
	return entry;
}

SITE void *make_value(void)
{
	return here(calloc(1, 1000));
}

SITE void *only_left(void)
{
	return here(calloc(1, 2000));
}

SITE void *shared(void)
{
	return here(calloc(1, 3000));
}

SITE void *in_mapping(void)
{
	return here(calloc(1, 4000));
}

SITE void *in_main_tls(void)
{
	return here(calloc(1, 5000));
}

SITE void *in_thread_tls(void)
{
	return here(calloc(1, 6000));
}

SITE void *in_library_tls(void)
{
	return here(calloc(1, 7000));
}

SITE void *inside(void)
{
	return here(calloc(1, 8000));
}

SITE void **ring_a(void)
{
	return here(calloc(1, 96));
}

SITE void **ring_b(void)
{
	return here(calloc(1, 104));
}

SITE void **ring_c(void)
{
	return here(calloc(1, 112));
}

/* A word of a slot is not to stay behind in a register or on the stack. */
SITE void lose_ring(void)
{
	void **a = ring_a(), **b = ring_b(), **c = ring_c();

	a[3] = b;
	b[5] = c;
	c[7] = a;
}

SITE void hold_all(void)
{
	uint32_t parse = dagmem_node_declare("parse", NULL, 0);
	struct entry *first;

	cache.table = make_table();
	cache.table->bucket = make_buckets();
	dagmem_node_begin(parse);
	first = make_entry(NULL);
	dagmem_node_end(parse, 0);
	first->value = make_value();
	for (int i = 0; i < 4; i++)
		first = make_entry(first);
	cache.table->bucket[17] = first;        /* the entry with the value is the fifth */
	cache.pair[1].table = make_table();
	left[0] = only_left();
	left[1] = right = shared();
	mapped[100] = in_mapping();
	of_thread.slot[1] = in_main_tls();
	cache.pair[2].table = (void *)((char *)inside() + 16);
	lose_ring();
}

static void keep_in_library(void *pointer)
{
	char path[4096];
	ssize_t bytes = readlink("/proc/self/exe", path, sizeof path - 32);
	void *library;
	void (*keep)(void *);

	if (bytes <= 0)
		_exit(99);
	path[bytes] = 0;
	strcpy(strrchr(path, '/') + 1, "libholder.so");
	library = dlopen(path, RTLD_NOW);
	keep = library ? (void (*)(void *))dlsym(library, "holder_keep_in_tls") : NULL;
	if (!keep)
		_exit(99);
	keep(pointer);
}

SITE void hold_in_thread(void)
{
	of_thread.slot[2] = in_thread_tls();
	keep_in_library(in_library_tls());
}

/* What the work left on the stack below here. */
SITE void scrub(void)
{
	volatile char old[16384];

	memset((char *)old, 0, sizeof old);
	__asm__ volatile("" : : "r"(old) : "memory");
}

static void *keeper(void *ready)
{
	pthread_setname_np(pthread_self(), "keeper");
	hold_in_thread();
	scrub();
	sem_post(ready);
	for (;;)
		pause();
	return NULL;
}

int main(void)
{
	pthread_t thread;
	sem_t ready;

	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapped == MAP_FAILED || sem_init(&ready, 0, 0) || pthread_create(&thread, NULL, keeper, &ready))
		return 99;
	sem_wait(&ready);
	hold_all();
	scrub();
	return 0;
}
