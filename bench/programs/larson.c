/*
 * larson: like the Larson and Krishnan benchmark.  Each thread replaces random
 * blocks of its array; now and then it exchanges the array for one that
 * another thread has filled, and so frees what others allocated.
 *
 * usage: larson PAIRS THREADS            PAIRS in all, split among the threads
 */
#include "micro.h"

#define USAGE "larson PAIRS THREADS"

enum { BLOCKS = 1000, ROUND = 4000 };

struct array {
	void *block[BLOCKS];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct array *offered;   /* by whoever came last */
static unsigned long pairs_each;

/* Leave `mine` for the next thread, take what the one before left. */
static struct array *exchange(struct array *mine)
{
	struct array *theirs;

	pthread_mutex_lock(&lock);
	theirs = offered;
	offered = mine;
	pthread_mutex_unlock(&lock);
	return theirs;
}

static void replace(struct array *array, unsigned long times, uint64_t *random)
{
	for (unsigned long i = 0; i < times; i++) {
		void **block = &array->block[draw(random, BLOCKS)];

		free(*block);
		*block = malloc(16 + draw(random, 32) * 16);
		*(volatile char *)*block = 1;
	}
}

static void empty(struct array *array)
{
	for (unsigned i = 0; i < BLOCKS; i++)
		free(array->block[i]);
	free(array);
}

static void *work(void *number)
{
	struct array *array = calloc(1, sizeof *array);
	uint64_t random = (uintptr_t)number + 1;

	for (unsigned long done = 0; done < pairs_each; done += ROUND) {
		replace(array, ROUND, &random);
		array = exchange(array);
	}
	empty(array);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned threads = (unsigned)argument(argv, 2, USAGE);

	(void)argc;
	pairs_each = argument(argv, 1, USAGE) / threads;
	offered = calloc(1, sizeof *offered);
	run_threads(threads, work);
	empty(offered);
	return 0;
}
