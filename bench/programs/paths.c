/*
 * paths: a random one of 1000 call paths, 5 to 40 calls long, for each pair.
 * Successive stacks have little in common.
 *
 * usage: paths PAIRS THREADS             PAIRS in all, split among the threads
 */
#include "micro.h"

#define USAGE "paths PAIRS THREADS"

enum { PATHS = 1000, SHORTEST = 5, LONGEST = 40 };

struct path {
	unsigned length;
	uint64_t turns;         /* bit i: which call site on level i */
};

static struct path paths[PATHS];
static unsigned long pairs_each;

static FRAME void follow(unsigned levels, uint64_t turns)
{
	if (levels == 0) {
		char *block = malloc(48);

		*(volatile char *)block = 1;
		free(block);
	} else if (turns & 1) {
		CALL_SITE("left", follow(levels - 1, turns >> 1));
	} else {
		CALL_SITE("right", follow(levels - 1, turns >> 1));
	}
}

static void *work(void *number)
{
	uint64_t random = (uintptr_t)number;

	for (unsigned long i = 0; i < pairs_each; i++) {
		const struct path *path = &paths[draw(&random, PATHS)];

		follow(path->length, path->turns);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned threads = (unsigned)argument(argv, 2, USAGE);
	uint64_t random = 42;

	(void)argc;
	pairs_each = argument(argv, 1, USAGE) / threads;
	for (unsigned i = 0; i < PATHS; i++) {
		paths[i].length = SHORTEST + draw(&random, LONGEST - SHORTEST + 1);
		paths[i].turns = (uint64_t)draw(&random, 1u << 30) << 30 | draw(&random, 1u << 30);
	}
	run_threads(threads, work);
	return 0;
}
