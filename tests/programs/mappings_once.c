/*
 * mappings_once: maps memory by stacks that never come back, after a heap of
 * such stacks, and unmaps half of each piece: bytes go, and no piece does.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "paths.h"

enum { BLOCKS = 4096, MAPPINGS = 8, MAPPING_BYTES = 1 << 20 };

static void *volatile block[BLOCKS];
static char *mapping[MAPPINGS];

static void allocate(void *context)
{
	block[*(const unsigned long *)context] = malloc(100);
}

static void map(void *context)
{
	mapping[*(const unsigned long *)context] = mmap(NULL, MAPPING_BYTES, PROT_READ | PROT_WRITE,
							MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
	for (unsigned long i = 0; i < BLOCKS; i++)
		path_take(i, allocate, &i);
	for (unsigned long i = 0; i < MAPPINGS; i++)
		path_take(BLOCKS + i, map, &i);
	for (unsigned long i = 0; i < MAPPINGS; i++)
		if (mapping[i] == MAP_FAILED || munmap(mapping[i], MAPPING_BYTES / 2))
			return 1;
	return 0;
}
