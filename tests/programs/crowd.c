/*
 * crowd: threads that find no counters of their own.
 *
 * usage: crowd many      more of them at one time than a profile has counters for
 *        crowd starved   a few that begin when there is no address space left
 */
#include "truth.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { THREADS_MAX = 1100, BLOCKS = 100, ROOM = 4000 };

static pthread_barrier_t all_there, no_space;

/* The first event of a thread is an allocation, while all others are still there. */
static void *allocate(void *unused)
{
	void *block[BLOCKS];

	(void)unused;
	pthread_barrier_wait(&no_space);
	for (int i = 0; i < BLOCKS; i++)
		block[i] = TRUTH_NEW(100);
	pthread_barrier_wait(&all_there);
	for (int i = 1; i < BLOCKS; i++)
		truth_delete(block[i]);
	return NULL;
}

/* Room in the heap that malloc hands out again without asking for more. */
static void make_room(void)
{
	static void *block[ROOM];

	for (int i = 0; i < ROOM; i++)
		block[i] = TRUTH_NEW(100);
	for (int i = 0; i < ROOM; i += 2)
		truth_delete(block[i]);
}

static void use_up_address_space(void)
{
	struct rlimit limit;

	TRUTH_REQUIRE(getrlimit(RLIMIT_AS, &limit) == 0);
	limit.rlim_cur = 1 << 20;       /* below what is mapped already */
	TRUTH_REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
	TRUTH_REQUIRE(mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
}

int main(int argc, char **argv)
{
	int starved = argc > 1 && !strcmp(argv[1], "starved");
	int count = starved ? 4 : THREADS_MAX;
	static pthread_t thread[THREADS_MAX];
	pthread_attr_t small;

	TRUTH_REQUIRE(mallopt(M_ARENA_MAX, 1));
	TRUTH_REQUIRE(!pthread_attr_init(&small) && !pthread_attr_setstacksize(&small, 64 << 10));
	pthread_barrier_init(&no_space, NULL, (unsigned)count + 1);
	pthread_barrier_init(&all_there, NULL, (unsigned)count);
	make_room();
	for (int i = 0; i < count; i++)
		TRUTH_REQUIRE(!pthread_create(&thread[i], &small, allocate, NULL));
	if (starved)
		use_up_address_space();
	pthread_barrier_wait(&no_space);
	for (int i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	truth_write();
	return 0;
}
