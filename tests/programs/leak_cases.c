/*
 * leak_cases: blocks that are lost or held in one way each, for leak checks.
 *
 * usage: leak_cases [-t THREADS] CASE... [return|exit|_exit|quick_exit|term|kill]
 *
 * A block's site is the function that allocated it, and its name says what a
 * check must find:  VERDICT[_HOLDER]__CASE.  `middle` and the cases of threads
 * check by dagmem_leak_check("middle") themselves, since what they hold is gone at
 * the end; what they allocate says what holds then.  Without a tracer it does
 * the same and finds nothing.
 *
 * With -t that many threads, the main one included, run each case at the same
 * time, but for those that count threads or check by themselves: the main thread
 * runs these while the others wait.  They are all there at the end.
 */
#include "leak_cases/case.h"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

__thread int me;

static char program[4096];

void *of_holder(const char *symbol, void **library)
{
	char path[8192];
	void *address;

	snprintf(path, sizeof path, "%.*s/libholder.so", (int)(strrchr(program, '/') - program), program);
	*library = dlopen(path, RTLD_NOW);
	address = *library ? dlsym(*library, symbol) : NULL;
	if (!address) {
		fprintf(stderr, "leak_cases: %s\n", dlerror());
		_exit(99);
	}
	return address;
}

/* --- The end ----------------------------------------------------------------------- */

SITE void *reachable_exit_stack__local(void)
{
	return here(calloc(1, 800));
}

SITE void *definite__local(void)
{
	return here(calloc(1, 801));
}

static char *freed_at_exit;

/* Memory that exit handlers free is no leak, and not even there. */
SITE void *freed__at_exit(void)
{
	return here(calloc(1, 900));
}

static void free_at_exit(void)
{
	free(freed_at_exit);
	freed_at_exit = NULL;
}

static int is_exit(const char *how)
{
	return !strcmp(how, "exit") || !strcmp(how, "_exit") || !strcmp(how, "quick_exit");
}

/* main's frame is dead when it returns, and alive when it calls exit(). */
static int end(const char *how)
{
	void *volatile local = is_exit(how) ? reachable_exit_stack__local() : definite__local();

	scrub();
	if (!strcmp(how, "exit"))
		exit(3);
	if (!strcmp(how, "_exit"))
		_exit(3);
	if (!strcmp(how, "quick_exit"))
		quick_exit(3);
	if (!strcmp(how, "term"))
		raise(SIGTERM);
	if (!strcmp(how, "kill"))
		raise(SIGKILL);
	FORGET(local);
	return 3;
}

/* --- The cases, on all threads ---------------------------------------------------------- */

static const struct leak_case *find_case(const char *name)
{
	static const struct leak_case *const parts[] = { cases_lost, cases_held, cases_threads, cases_middle };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (const struct leak_case *at = parts[i]; at->name; at++)
			if (strcmp(name, at->name) == 0)
				return at;
	fprintf(stderr, "leak_cases: no case %s\n", name);
	_exit(99);
}

static struct { char **name; int count; pthread_barrier_t next; } work;

static void run_cases(void)
{
	for (int i = 0; i < work.count; i++) {
		const struct leak_case *at = find_case(work.name[i]);

		if (me == 0 || !at->alone)
			at->run();
		scrub();
		pthread_barrier_wait(&work.next);
	}
}

SITE void *reachable_stack__runner(void)
{
	return here(calloc(1, 510));
}

SITE void *definite__runner(void)
{
	return here(calloc(1, 511));
}

/* As a thread pool's: it waits for ever, with its own local alive. */
static void *runner(void *number)
{
	void *volatile held = reachable_stack__runner();
	void *volatile lost = definite__runner();
	sem_t never;

	me = *(int *)number;
	lost = NULL;
	FORGET(lost);
	run_cases();
	sem_init(&never, 0, 0);
	pthread_barrier_wait(&work.next);
	for (;;)
		sem_wait(&never);
	FORGET(held);
	return NULL;
}

static void start_runners(int threads)
{
	static int number[RUNNERS_MAX];
	pthread_t thread;

	pthread_barrier_init(&work.next, NULL, (unsigned)threads);
	for (int i = 1; i < threads; i++) {
		number[i] = i;
		if (pthread_create(&thread, NULL, runner, &number[i]))
			_exit(99);
	}
}

int main(int argc, char **argv)
{
	int threads = 1;

	if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		return 99;
	if (argc > 2 && strcmp(argv[1], "-t") == 0) {
		threads = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (threads < 1 || threads > RUNNERS_MAX)
		return 99;
	freed_at_exit = freed__at_exit();
	atexit(free_at_exit);
	at_quick_exit(free_at_exit);
	work.name = argv + 1;
	work.count = argc > 2 ? argc - 2 : 0;
	start_runners(threads);
	run_cases();
	pthread_barrier_wait(&work.next);
	return end(argc > 1 ? argv[argc - 1] : "return");
}
