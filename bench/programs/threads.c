/*
 * threads: threads that come and go, each with a hundred pairs of its own; the
 * first waits for them and does nothing else.
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

static void run_at_once(unsigned threads)
{
	pthread_t thread[THREADS_MAX];

	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, NULL) != 0)
			abort();
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

int main(int argc, char **argv)
{
	unsigned long total = argument(argv, 1, USAGE);
	unsigned at_once = (unsigned)argument(argv, 2, USAGE);

	(void)argc;
	if (at_once > THREADS_MAX)
		at_once = THREADS_MAX;
	for (unsigned long started = 0; started < total; started += at_once)
		run_at_once(at_once);
	return 0;
}
