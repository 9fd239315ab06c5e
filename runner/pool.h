/*
 * pool: threads that work on one thing together.
 */
#ifndef DAGMEM_RUNNER_POOL_H
#define DAGMEM_RUNNER_POOL_H

enum { POOL_WORKERS_MAX = 1024 };

/*
 * Call `work(context, 0)` ... `work(context, workers - 1)` at the same time, 0
 * on the calling thread, and return when all have returned.  When not all
 * threads can be started the others do the work and that is no error: `work`
 * must finish with any number of workers from 1.
 */
void pool_run(unsigned workers, void (*work)(void *context, unsigned worker), void *context);

#endif
