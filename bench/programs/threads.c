/*
 * threads: threads that come and go, each with a hundred pairs of its own.
 *
 * usage: threads TOTAL AT_ONCE           threads in all, threads at a time
 */
#include "micro.h"

#define USAGE "threads TOTAL AT_ONCE"

enum { PAIRS = 100 };

static void *work(void *number)
{
	void *block[PAIRS];

	(void)number;
	for (unsigned i = 0; i < PAIRS; i++) {
		block[i] = malloc(16 + i * 8);
		*(volatile char *)block[i] = 1;
	}
	for (unsigned i = 0; i < PAIRS; i++)
		free(block[i]);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long total = argument(argv, 1, USAGE);
	unsigned at_once = (unsigned)argument(argv, 2, USAGE);

	(void)argc;
	for (unsigned long started = 0; started < total; started += at_once)
		run_threads(at_once + 1, work);         /* and this one */
	return 0;
}
