/*
 * xmalloc: like xmalloc-test.  Each thread allocates batches, puts them on a
 * common list, takes one from there and frees it: with several threads most
 * blocks are freed by another thread than allocated them.
 *
 * usage: xmalloc PAIRS THREADS           PAIRS in all, split among the threads
 */
#include "micro.h"

#define USAGE "xmalloc PAIRS THREADS"

enum { BATCH = 119, WAITING_MAX = 64 };

struct batch {                  /* itself a block: 120 pairs a batch */
	struct batch *next;
	void *block[BATCH];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct batch *first, **last = &first;
static unsigned waiting;
static unsigned long pairs_each;

static struct batch *allocate(uint64_t *random)
{
	struct batch *batch = malloc(sizeof *batch);

	batch->next = NULL;
	for (unsigned i = 0; i < BATCH; i++) {
		batch->block[i] = malloc(8 + draw(random, 16) * 16);
		*(volatile char *)batch->block[i] = 1;
	}
	return batch;
}

static void release(struct batch *batch)
{
	if (!batch)
		return;
	for (unsigned i = 0; i < BATCH; i++)
		free(batch->block[i]);
	free(batch);
}

/* Append `batch`, or nothing, and take the oldest once more than `keep` wait. */
static struct batch *exchange(struct batch *batch, unsigned keep)
{
	struct batch *oldest = NULL;

	pthread_mutex_lock(&lock);
	if (batch) {
		*last = batch;
		last = &batch->next;
		waiting++;
	}
	if (waiting > keep) {
		oldest = first;
		first = oldest->next;
		if (!first)
			last = &first;
		waiting--;
	}
	pthread_mutex_unlock(&lock);
	return oldest;
}

static void *work(void *number)
{
	uint64_t random = (uintptr_t)number + 1;

	for (unsigned long done = 0; done < pairs_each; done += BATCH + 1)
		release(exchange(allocate(&random), WAITING_MAX));
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned threads = (unsigned)argument(argv, 2, USAGE);

	(void)argc;
	pairs_each = argument(argv, 1, USAGE) / threads;
	run_threads(threads, work);
	while (waiting > 0)
		release(exchange(NULL, 0));
	return 0;
}
