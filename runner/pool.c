#include "runner/pool.h"

#include <pthread.h>

struct worker {
	void (*work)(void *context, unsigned worker);
	void *context;
	unsigned number;
	pthread_t thread;
};

static void *start(void *argument)
{
	struct worker *worker = argument;

	worker->work(worker->context, worker->number);
	return NULL;
}

void pool_run(unsigned workers, void (*work)(void *context, unsigned worker), void *context)
{
	struct worker threads[POOL_WORKERS_MAX];
	unsigned started = 1;

	if (workers > POOL_WORKERS_MAX)
		workers = POOL_WORKERS_MAX;
	for (; started < workers; started++) {
		struct worker *worker = &threads[started];

		*worker = (struct worker){ .work = work, .context = context, .number = started };
		if (pthread_create(&worker->thread, NULL, start, worker) != 0)
			break;
	}
	work(context, 0);
	for (unsigned i = 1; i < started; i++)
		pthread_join(threads[i].thread, NULL);
}
