/*
 * tree: recursion that allocates on each level, as parsers and compilers do:
 * stacks vary with every call, and each comes back once in 2047 pairs.
 *
 * usage: tree PAIRS THREADS              PAIRS in all, split among the threads
 */
#include "micro.h"

#define USAGE "tree PAIRS THREADS"

enum { LEVELS = 10, TREE_NODES = (2 << LEVELS) - 1 };

static unsigned long trees_each;

static FRAME void visit(unsigned levels)
{
	char *block = malloc(24 + levels * 8);

	*(volatile char *)block = 1;
	if (levels > 0) {
		visit(levels - 1);      /* two call sites: each path is a stack of its own */
		visit(levels - 1);
	}
	free(block);
	KEEP_FRAME();
}

static void *work(void *number)
{
	(void)number;
	for (unsigned long i = 0; i < trees_each; i++)
		visit(LEVELS);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned threads = (unsigned)argument(argv, 2, USAGE);

	(void)argc;
	trees_each = argument(argv, 1, USAGE) / TREE_NODES / threads + 1;
	run_threads(threads, work);
	return 0;
}
