/*
 * live: random blocks of a large heap are replaced, so that each event meets
 * cold memory.  Four call sites, 16 to 256 bytes a block.
 *
 * usage: live BLOCKS PAIRS               blocks live all the time, replacements
 */
#include "micro.h"

#define USAGE "live BLOCKS PAIRS"

static void *allocate(uint64_t *random)
{
	size_t size = 16 + draw(random, 16) * 16;
	char *block;

	switch (draw(random, 4)) {
	case 0:  CALL_SITE("0", block = malloc(size)); break;
	case 1:  CALL_SITE("1", block = malloc(size)); break;
	case 2:  CALL_SITE("2", block = malloc(size)); break;
	default: CALL_SITE("3", block = malloc(size)); break;
	}
	*(volatile char *)block = 1;
	return block;
}

int main(int argc, char **argv)
{
	unsigned blocks = (unsigned)argument(argv, 1, USAGE);
	unsigned long pairs = argument(argv, 2, USAGE);
	void **block = malloc(blocks * sizeof *block);
	uint64_t random = 1;

	(void)argc;
	for (unsigned i = 0; i < blocks; i++)
		block[i] = allocate(&random);
	for (unsigned long i = 0; i < pairs; i++) {
		unsigned victim = draw(&random, blocks);

		free(block[victim]);
		block[victim] = allocate(&random);
	}
	for (unsigned i = 0; i < blocks; i++)
		free(block[i]);
	free(block);
	return 0;
}
