/*
 * cancel: threads cancelled asynchronously, in the middle of malloc and free
 * loops.  Each cancellation may cost the event that was under way; what comes
 * after is counted as ever.
 *
 * The loop's size is served from glibc's per-thread cache, where there is no
 * lock that a cancelled thread could leave held.
 */
#include "truth.h"

#include <time.h>

enum { THREADS = 200, BLOCK_BYTES = 100 };

static int looping;

static void *allocate_forever(void *unused)
{
	int old;

	(void)unused;
	truth_delete(TRUTH_NEW(BLOCK_BYTES));   /* the cache is there, and has one */
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	__atomic_store_n(&looping, 1, __ATOMIC_RELEASE);
	for (;;)
		truth_delete(TRUTH_NEW(BLOCK_BYTES));
	return NULL;
}

int main(void)
{
	struct timespec pause = { 0, 0 };
	void *kept[THREADS], *result;

	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;

		__atomic_store_n(&looping, 0, __ATOMIC_RELAXED);
		TRUTH_REQUIRE(pthread_create(&thread, NULL, allocate_forever, NULL) == 0);
		while (!__atomic_load_n(&looping, __ATOMIC_ACQUIRE))
			;
		pause.tv_nsec = (i * 7919) % 300000;
		nanosleep(&pause, NULL);
		pthread_cancel(thread);
		TRUTH_REQUIRE(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
		kept[i] = TRUTH_NEW(BLOCK_BYTES);
	}
	TRUTH_REQUIRE(kept[0] != kept[1]);
	truth_write();
	return 0;
}
