/*
 * openmp: OpenMP tasks of many kinds, which allocate known numbers of bytes.
 *
 * usage: openmp THREADS [RUNS]
 *
 * Nodes are named after the line of their task directive, as "task openmp.c:42";
 * here they have the names in the comments behind the directives.  Prints how
 * many tasks ran; see tasks.h for the rest.
 */
#include <omp.h>

#include "tasks.h"

enum { TILES = 4, UNTIED = 32, DEPTH = 100, LOOPS = 16 };

static long ran;

static void count(const char *name)
{
#pragma omp atomic
	ran++;
	task_ran(name);
}

/* --- Dependences ------------------------------------------------------------- */

static void *tile[TILES], *sum, *result;

/* load -> 2 × scale -> join -> load of the next ... */
static void pipeline(void)
{
	for (int i = 0; i < TILES; i++) {
#pragma omp task depend(out : tile[i])   // load
		tile[i] = task_new("load", 1000 + i), count("load");
#pragma omp task depend(inout : tile[i])   // scale
		task_free(task_new("scale", 200)), count("scale");
		task_edge("load", "scale");
#pragma omp task depend(in : tile[i]) depend(mutexinoutset : sum)   // join
		task_free(task_new("join", 30)), count("join");
		task_edge("scale", "join");
#pragma omp task depend(in : tile[i]) depend(mutexinoutset : sum)   // join too
		task_free(task_new("join too", 31)), count("join too");
		task_edge("scale", "join too");
	}
#pragma omp task depend(in : sum)   // result
	result = task_new("result", 5000), count("result");
	for (int i = 0; i < TILES; i++) {
		task_edge("join", "result");
		task_edge("join too", "result");
	}
	for (int i = 0; i < TILES; i++) {
#pragma omp task depend(out : tile[i])   // free
		task_free(tile[i]), count("free");
		task_edge("scale", "free");     /* to the runtime out is inout */
		task_edge("join", "free");
		task_edge("join too", "free");
	}
}

/* --- Nesting ----------------------------------------------------------------- */

/* What is allocated around the children's is the outer task's. */
static void nest(void)
{
#pragma omp task   // outer
	{
		void *before = task_new("outer", 400), *inner = NULL;

#pragma omp task shared(inner) depend(out : inner)   // inner
		inner = task_new("inner", 50), count("inner");
#pragma omp task shared(inner) depend(in : inner)   // reader
		task_free(inner), task_free(task_new("reader", 60)), count("reader");
		task_edge("inner", "reader");
		task_free(task_new("outer", 401));
#pragma omp taskwait
		task_free(task_new("outer", 402));
		task_free(before);
		count("outer");
	}
}

/* A thread that waits runs others meanwhile: tasks lie inside tasks, deeper than nodes may. */
static void dive(int depth)
{
	void *held = task_new(depth ? "dive" : "diver", 16 + (size_t)depth);

	count(depth ? "dive" : "diver");
	if (depth < DEPTH) {
#pragma omp task   // dive
		dive(depth + 1);
#pragma omp taskwait
	}
	task_free(task_new(depth ? "dive" : "diver", 32));
	task_free(held);
}

/* --- Migration --------------------------------------------------------------- */

/* An untied task may go on on another thread after each scheduling point. */
static void migrate(void)
{
	for (int i = 0; i < UNTIED; i++) {
#pragma omp task untied   // untied
		{
			void *first = task_new("untied", 100);

#pragma omp taskyield
			void *second = task_new("untied", 101);

#pragma omp task   // untied's child
			task_free(task_new("untied's child", 10)), count("untied's child");
#pragma omp taskwait
			task_free(first);
			task_free(second);
			task_free(task_new("untied", 102));
			count("untied");
		}
	}
}

/* --- Others ------------------------------------------------------------------ */

static void others(void)
{
	/* Run at once, by the thread that creates it. */
#pragma omp task if (0)   // undeferred
	task_free(task_new("undeferred", 70)), count("undeferred");

	/* Ditto, but what it needs comes first. */
	static int chain __attribute__((unused));       /* gcc sees no use in the clauses */

#pragma omp task depend(out : chain)   // before
	task_free(task_new("before", 71)), count("before");
#pragma omp task if (0) depend(inout : chain)   // at once
	task_free(task_new("at once", 72)), count("at once");
#pragma omp task depend(in : chain)   // after
	task_free(task_new("after", 73)), count("after");
	task_edge("before", "at once");
	task_edge("at once", "after");

	/* A region inside a task: its threads work for the task. */
#pragma omp task   // helped
	{
#pragma omp parallel num_threads(2)
		task_free(task_new("helped", 90));
		count("helped");
	}

#pragma omp taskloop num_tasks(LOOPS)   // loop
	for (int i = 0; i < LOOPS; i++)
		task_free(task_new("loop", 20)), count("loop");
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 2, runs = argc > 2 ? atoi(argv[2]) : 1;

	omp_set_max_active_levels(2);
	for (int run = 0; run < runs; run++) {
#pragma omp parallel num_threads(threads)
#pragma omp single
		{
			pipeline();
			nest();
			migrate();
			others();
#pragma omp task   // diver
			dive(0);
		}
		if (run < runs - 1)
			task_free(result);
		tasks_edges_known = 1;
	}
	printf("%ld tasks\n", ran);
	tasks_write();
	return 0;
}
