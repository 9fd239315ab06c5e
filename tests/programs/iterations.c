/*
 * iterations: a DAG that runs again and again, declared anew each time.
 *
 * usage: iterations RUNS [FIRST]         from run FIRST (0) on `leaky` leaks
 *
 * Of 22 nodes one keeps three blocks of 4,096 bytes in all at each execution,
 * one fills a cache of 8 entries and then replaces them, the others free what
 * they allocate or have it freed.  Exits with 99 when ids are not what the
 * header promises.
 */
#include "truth.h"

#include <dagmem.h>

enum { CLEAN = 20, CACHED = 8, CACHED_BYTES = 20000 };

static void *cache[CACHED];
static void *kept;                      /* a list */

static void keep(void **block)
{
	*block = kept;
	kept = block;
}

static void leak(void)
{
	keep(malloc(1000));
	keep(malloc(1096));
	keep(malloc(2000));
}

static void fill_cache(unsigned run)
{
	unsigned at = run * 5 % CACHED;

	free(cache[at]);
	cache[at] = malloc(CACHED_BYTES);
}

static uint32_t declare(const char *name, uint32_t dependency, unsigned run, uint32_t *before)
{
	uint32_t id = dagmem_node_declare(name, &dependency, dependency != 0);

	if (run)
		TRUTH_REQUIRE(id == *before);
	*before = id;
	return id;
}

static void run_clean(uint32_t node, void **previous, unsigned number, unsigned run)
{
	void *result;

	dagmem_node_begin(node);
	free(malloc(50000));
	result = malloc(1000 + 100 * number + run % 7);
	dagmem_result_produced(node, result, 0);
	dagmem_node_end(node, 0);
	free(*previous);
	*previous = result;
}

static void run_all(unsigned run, unsigned first)
{
	static uint32_t before[CLEAN + 2];
	void *result = NULL;
	uint32_t dependency = 0, told = dagmem_run_begin("iterations", run);
	char name[16];

	TRUTH_REQUIRE(dagmem_traced() ? told == run + 1 : told == 0);
	for (unsigned i = 0; i < CLEAN; i++) {
		snprintf(name, sizeof name, "clean%u", i);
		dependency = declare(name, dependency, run, &before[i]);
		run_clean(dependency, &result, i, run);
	}
	uint32_t leaky = declare("leaky", dependency, run, &before[CLEAN]);
	uint32_t cached = declare("cache", dependency, run, &before[CLEAN + 1]);

	dagmem_node_begin(leaky);
	if (run >= first)
		leak();
	dagmem_node_end(leaky, 0);
	dagmem_node_begin(cached);
	fill_cache(run);
	dagmem_node_end(cached, 0);
	free(result);
	dagmem_run_end(told, 0);
}

int main(int argc, char **argv)
{
	unsigned runs = argc > 1 ? (unsigned)atoi(argv[1]) : 20;
	unsigned first = argc > 2 ? (unsigned)atoi(argv[2]) : 0;

	for (unsigned run = 0; run < runs; run++)
		run_all(run, first);
	return 0;
}
