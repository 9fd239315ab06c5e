#include "tracer/lock.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 4, TURNS = 20000 };

struct counted { struct lock lock; uint64_t value; };

static void *count_up(void *argument)
{
	struct counted *counted = argument;

	for (int i = 0; i < TURNS; i++) {
		uint64_t signals = lock_take(&counted->lock);

		counted->value++;
		lock_release(&counted->lock, signals);
	}
	return NULL;
}

static void one_thread_at_a_time_holds_it(void **state)
{
	struct counted counted = { { 0 }, 0 };
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, count_up, &counted);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counted.value, THREADS * TURNS);
	assert_int_equal(counted.lock.holder, 0);
}

static void signals_wait_until_it_is_released(void **state)
{
	struct lock lock = { 0 };
	sigset_t before, pending, after;        /* of which the kernel fills the first word */
	uint64_t signals;

	(void)state;
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR1, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	signals = lock_take(&lock);
	assert_int_equal(lock.holder, gettid());
	raise(SIGUSR1);         /* would end the test if it came now */
	sigpending(&pending);
	assert_true(sigismember(&pending, SIGUSR1));
	signal(SIGUSR1, SIG_IGN);
	lock_release(&lock, signals);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_memory_equal(&before, &after, sizeof(uint64_t));
	signal(SIGUSR1, SIG_DFL);
}

static void *die_holding(void *argument)
{
	lock_take(argument);
	return NULL;
}

static void a_lock_whose_holder_is_gone_is_taken_over(void **state)
{
	struct lock lock = { 0 };
	pthread_t thread;
	uint64_t signals;

	(void)state;
	pthread_create(&thread, NULL, die_holding, &lock);
	pthread_join(thread, NULL);
	assert_int_not_equal(lock.holder, 0);
	assert_int_not_equal(lock.holder, gettid());
	signals = lock_take(&lock);
	assert_int_equal(lock.holder, gettid());
	lock_release(&lock, signals);
}

/* The holder lives on in the parent: for the child it is gone. */
static void a_forked_child_does_not_wait_for_its_parents_threads(void **state)
{
	struct lock lock = { 0 };
	uint64_t signals = lock_take(&lock);
	int status;
	pid_t child;

	(void)state;
	child = fork();
	if (!child) {
		lock_take(&lock);
		_exit(lock.holder == (uint32_t)gettid() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(lock.holder, gettid());
	lock_release(&lock, signals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_at_a_time_holds_it),
		cmocka_unit_test(signals_wait_until_it_is_released),
		cmocka_unit_test(a_lock_whose_holder_is_gone_is_taken_over),
		cmocka_unit_test(a_forked_child_does_not_wait_for_its_parents_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
