/*
 * late: allocations and frees in atexit handlers, destructors, thread-specific
 * data destructors (all four rounds) and thread_local destructors, of threads
 * and at the end of the program.
 */
#include "truth.h"

extern int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *dso);
extern void *__dso_handle;

static pthread_key_t key;
static __thread int rounds;
static void *from_main;

/* Sets its key again, so that it runs PTHREAD_DESTRUCTOR_ITERATIONS times. */
static void destroy_key(void *block)
{
	truth_delete(block);
	if (++rounds < 4)
		pthread_setspecific(key, TRUTH_NEW(100));
	else
		(void)TRUTH_NEW(111);           /* the last one leaks */
}

/* As a C++ thread_local's destructor. */
static void destroy_object(void *block)
{
	truth_delete(block);
	truth_delete(TRUTH_NEW(222));
	(void)TRUTH_NEW(333);
}

/* The registration allocates for itself: on a line of its own. */
static void register_object(void *block)
{
	__cxa_thread_atexit_impl(destroy_object, block, &__dso_handle);
}

static void *thread(void *unused)
{
	void *object = TRUTH_NEW(80);

	pthread_setspecific(key, TRUTH_NEW(90));
	register_object(object);
	return unused;
}

static void at_exit(void)
{
	truth_delete(from_main);
	(void)TRUTH_NEW(444);
}

__attribute__((destructor(1000))) static void destructor(void)
{
	(void)TRUTH_NEW(555);
}

/* After all other destructors of the program. */
__attribute__((destructor(101))) static void last_destructor(void)
{
	(void)TRUTH_NEW(666);
	truth_write();
}

int main(void)
{
	pthread_t threads[8];

	TRUTH_REQUIRE(pthread_key_create(&key, destroy_key) == 0);
	atexit(at_exit);
	from_main = TRUTH_NEW(70);
	register_object(TRUTH_NEW(60));
	for (int i = 0; i < 8; i++)
		TRUTH_REQUIRE(pthread_create(&threads[i], NULL, thread, NULL) == 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
