/* Blocks that something still leads to, in one way each. */
#include "leak_cases/case.h"

#include <stdint.h>
#include <sys/mman.h>

KEPT struct { char *table[4]; } cache[RUNNERS_MAX];

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

	cache[me].table[2] = (char *)table;
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
	void *library;
	void (*keep)(void *);

	*(void **)&keep = of_holder("holder_keep_in_tls", &library);
	keep(reachable_TLS__dynamic());
}

KEPT char *inside[RUNNERS_MAX];

SITE char *possible_global__inside(void)
{
	return here(calloc(1, 1000));
}

SITE void case_inside(void)
{
	inside[me] = possible_global__inside() + 100;
}

KEPT char *one_past[RUNNERS_MAX];

SITE char *possible_global__one_past(void)
{
	return here(calloc(1, 1000));    /* usable: 1000, so that this is its very end */
}

SITE void case_one_past(void)
{
	one_past[me] = possible_global__one_past() + 1000;
}

KEPT char *text[RUNNERS_MAX];

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
	text[me] = (char *)(string + 3);
}

KEPT char *counted[RUNNERS_MAX], *array[RUNNERS_MAX];

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
	counted[me] = (char *)(block + 1);
	block = reachable_global__newarray();
	block[0] = 12;
	array[me] = (char *)(block + 1);
}

KEPT void **pages[RUNNERS_MAX];

SITE void *reachable_mapping__private(void)
{
	return here(calloc(1, 70));
}

SITE void case_mapping(void)
{
	void **mapped = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mapped[50000] = reachable_mapping__private();
	pages[me] = mapped;
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

KEPT uintptr_t hidden[RUNNERS_MAX];

SITE void *definite__tagged(void)
{
	return here(calloc(1, 80));
}

SITE void case_tagged(void)
{
	hidden[me] = (uintptr_t)definite__tagged() | (uintptr_t)0x5a << 56 | 3;
}

const struct leak_case cases_held[] = {
	{ "path", case_path, 0 }, { "tls", case_tls, 0 }, { "dynamic_tls", case_dynamic_tls, 0 },
	{ "inside", case_inside, 0 }, { "one_past", case_one_past, 0 }, { "stdstring", case_stdstring, 0 },
	{ "counted", case_counted, 0 }, { "mapping", case_mapping, 0 }, { "shared", case_shared, 0 },
	{ "tagged", case_tagged, 0 }, { NULL, NULL, 0 },
};
