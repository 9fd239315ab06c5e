/*
 * stack: the same stack again and again, DEPTH calls below the thread's start.
 *
 * usage: stack DEPTH PAIRS THREADS       PAIRS in all, split among the threads
 */
#include "micro.h"

#define USAGE "stack DEPTH PAIRS THREADS"

static unsigned long depth, pairs_each;

static FRAME void churn(void)
{
	for (unsigned long i = 0; i < pairs_each; i++) {
		char *block = malloc(16 + (i & 7) * 16);

		*(volatile char *)block = 1;
		free(block);
	}
}

static FRAME void descend(unsigned long levels)
{
	if (levels > 1)
		descend(levels - 1);
	else
		churn();
	KEEP_FRAME();
}

static void *work(void *number)
{
	(void)number;
	descend(depth);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned threads = (unsigned)argument(argv, 3, USAGE);

	(void)argc;
	depth = argument(argv, 1, USAGE);
	pairs_each = argument(argv, 2, USAGE) / threads;
	run_threads(threads, work);
	return 0;
}
