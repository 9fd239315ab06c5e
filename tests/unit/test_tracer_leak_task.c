/* leak_task: of threads that sleep, run, block a signal or wait for it, which will answer it. */
#include "tracer/leak_task.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

enum { LOOKS = 10000000 };

struct task {
	pthread_t thread;
	uint32_t tid;
	int stop;
	uintptr_t frame;
	sem_t begun, may_end;
};

/* A thread that does `run`, with SIGUSR1 blocked as in this one. */
static void start(struct task *task, void *(*run)(void *))
{
	task->stop = 0;
	sem_init(&task->begun, 0, 0);
	sem_init(&task->may_end, 0, 0);
	assert_int_equal(pthread_create(&task->thread, NULL, run, task), 0);
	sem_wait(&task->begun);
}

static void begin(struct task *task)
{
	task->frame = (uintptr_t)__builtin_frame_address(0);
	task->tid = (uint32_t)syscall(SYS_gettid);
	sem_post(&task->begun);
}

static void *sleeps(void *argument)
{
	struct task *task = argument;

	begin(task);
	while (sem_wait(&task->may_end))
		;
	return NULL;
}

static void *runs(void *argument)
{
	struct task *task = argument;

	begin(task);
	while (!__atomic_load_n(&task->stop, __ATOMIC_ACQUIRE))
		;
	return NULL;
}

static void *waits(void *argument)
{
	struct task *task = argument;
	sigset_t mine;
	int number;

	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR1);
	begin(task);
	sigwait(&mine, &number);
	return NULL;
}

/* Looks until it is so, since a thread takes its time to fall asleep. */
static bool comes_to(const struct task *task, bool answers)
{
	for (int i = 0; i < LOOKS; i++) {
		if (leak_task_answers(task->tid, SIGUSR1) == answers)
			return true;
		sched_yield();
	}
	return false;
}

static void who_sleeps_without_blocking_it_answers(void **state)
{
	struct task task;

	(void)state;
	start(&task, sleeps);
	assert_true(leak_task_answers(task.tid, SIGUSR2));
	sem_post(&task.may_end);
	pthread_join(task.thread, NULL);
}

static void who_sleeps_and_blocks_it_does_not(void **state)
{
	struct task task;

	(void)state;
	start(&task, sleeps);
	pthread_kill(task.thread, SIGUSR1);
	assert_true(comes_to(&task, false));
	sem_post(&task.may_end);
	pthread_join(task.thread, NULL);
}

static void who_blocks_it_but_runs_may_yet(void **state)
{
	struct task task;

	(void)state;
	start(&task, runs);
	pthread_kill(task.thread, SIGUSR1);
	assert_true(comes_to(&task, true));
	__atomic_store_n(&task.stop, 1, __ATOMIC_RELEASE);
	pthread_join(task.thread, NULL);
}

static void who_takes_it_by_waiting_does_not(void **state)
{
	struct task task;

	(void)state;
	start(&task, waits);
	assert_true(comes_to(&task, false));
	pthread_kill(task.thread, SIGUSR1);
	pthread_join(task.thread, NULL);
}

static void the_stack_of_who_sleeps_is_known(void **state)
{
	uintptr_t sp = 0, pc = 0;
	struct task task;

	(void)state;
	start(&task, sleeps);
	for (int i = 0; i < LOOKS && !leak_task_stack(task.tid, &sp, &pc); i++)
		sched_yield();
	assert_true(sp && pc && sp < task.frame + 4096 && task.frame - sp < 1 << 16);
	sem_post(&task.may_end);
	pthread_join(task.thread, NULL);
}

static void of_who_runs_or_is_gone_it_is_not(void **state)
{
	uintptr_t sp, pc;
	struct task task;

	(void)state;
	start(&task, runs);
	assert_false(leak_task_stack(task.tid, &sp, &pc));
	__atomic_store_n(&task.stop, 1, __ATOMIC_RELEASE);
	pthread_join(task.thread, NULL);
	assert_false(leak_task_stack(UINT32_MAX, &sp, &pc));
}

static int block(void **state)
{
	sigset_t mine;

	(void)state;
	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR1);
	return pthread_sigmask(SIG_BLOCK, &mine, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_sleeps_without_blocking_it_answers),
		cmocka_unit_test(who_sleeps_and_blocks_it_does_not),
		cmocka_unit_test(who_blocks_it_but_runs_may_yet),
		cmocka_unit_test(who_takes_it_by_waiting_does_not),
		cmocka_unit_test(the_stack_of_who_sleeps_is_known),
		cmocka_unit_test(of_who_runs_or_is_gone_it_is_not),
	};

	return cmocka_run_group_tests(tests, block, NULL);
}
