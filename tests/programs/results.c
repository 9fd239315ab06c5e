/*
 * results: a program whose DAG nodes have results with known lives.
 *
 * usage: results lives           used, dragged, void, requested, in parts, in place, moved
 *        results pools           blocks of pools, and a pool as a result
 *        results misuse          calls about results that make no sense
 *        results transients N    known peaks of executions on N threads, with helpers
 *        results many N          N short executions of 8 nodes, each with a result
 *        results names N         N nodes of 3 names
 *        results open            killed in a node, with a result held
 *        results fork            a child frees what its parent produced
 *
 * Exits with 99 when a call does what it should not.
 */
#include "truth.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include <dagmem.h>

static uint32_t declare(const char *name, uint32_t dependency)
{
	return dagmem_node_declare(name, &dependency, dependency != 0);
}

static void *produce(uint32_t node, size_t size_bytes)
{
	void *block = malloc(size_bytes);

	dagmem_result_produced(node, block, 0);
	return block;
}

/* A node that only reads. */
static void read_in(uint32_t node)
{
	dagmem_node_begin(node);
	dagmem_node_end(node, 0);
}

/* --- Lives ----------------------------------------------------------------------------- */

static void two_parts(void)
{
	uint32_t table = declare("table", 0), reader = declare("reader", table);
	uint32_t sweeper = declare("sweeper", 0);
	void *column[2];

	dagmem_node_begin(table);
	column[0] = produce(table, 60000);
	column[1] = produce(table, 40000);
	dagmem_node_end(table, 0);
	read_in(reader);
	dagmem_node_begin(sweeper);
	free(column[1]);
	free(column[0]);
	dagmem_node_end(sweeper, 0);
}

static void nobody_reads(void)
{
	uint32_t unread = declare("unread", 0);
	void *block;

	dagmem_node_begin(unread);
	block = produce(unread, 7000);
	dagmem_node_end(unread, 0);
	dagmem_result_released(unread, block);
	free(block);
}

static void *wanted;

static void requested(void)
{
	uint32_t output = declare("output", 0);

	dagmem_output_requested(output);
	dagmem_node_begin(output);
	wanted = produce(output, 9000);
	dagmem_node_end(output, 0);
}

static void in_place(void)
{
	uint32_t giver = declare("giver", 0), taker = declare("taker", giver);
	void *block;

	dagmem_node_begin(giver);
	block = produce(giver, 5000);
	dagmem_node_end(giver, 0);
	dagmem_node_begin(taker);
	dagmem_result_produced(taker, block, 0);
	dagmem_node_end(taker, 0);
	free(block);
}

/* realloc ends it, also where it stands; one that fails does not. */
static void moved(void)
{
	uint32_t grown = declare("grown", 0), keeper = declare("keeper", 0);
	void *block, *kept;

	dagmem_node_begin(grown);
	block = produce(grown, 100);
	dagmem_node_end(grown, 0);
	block = realloc(block, 1 << 20);
	dagmem_node_begin(keeper);
	kept = produce(keeper, 3000);
	dagmem_node_end(keeper, 0);
	TRUTH_REQUIRE(realloc(kept, PTRDIFF_MAX) == NULL && errno == ENOMEM);
	read_in(declare("after", keeper));
	free(kept);
	free(block);
}

/* Of every size that a block's slack is kept in another way for. */
static void sizes(void)
{
	uint32_t node = declare("sizes", 0);
	void *block[64];

	dagmem_node_begin(node);
	for (size_t i = 0; i < 64; i++) {
		TRUTH_REQUIRE(posix_memalign(&block[i], i % 3 ? 16 : 4096, 1 + i * 37) == 0);
		dagmem_result_produced(node, block[i], 0);
	}
	dagmem_node_end(node, 0);
	for (size_t i = 0; i < 64; i++)
		free(block[i]);
}

/* What is no block ends when it is released; the middle of one is none. */
static void elsewhere(void)
{
	static char memory[300];
	uint32_t node = declare("device", 0);
	char *block = malloc(5000);

	dagmem_node_begin(node);
	dagmem_result_produced(node, memory, 300);
	dagmem_result_produced(node, block + 64, 200);
	dagmem_node_end(node, 0);
	dagmem_result_released(node, NULL);
	free(block);
}

/* --- Pools ------------------------------------------------------------------------------- */

static void pools(void)
{
	static char arena[2][1000];
	uint32_t filler = declare("filler", 0), reader = declare("reader", filler);

	dagmem_pool_created(&arena[0], "first");
	dagmem_pool_created(&arena[1], "second");
	dagmem_node_begin(filler);
	for (int i = 0; i < 10; i++)
		dagmem_pool_allocated(&arena[0], arena[0] + 50 * i, 50);
	dagmem_pool_allocated(&arena[1], arena[1], 400);
	dagmem_pool_freed(&arena[0], arena[0] + 100);
	dagmem_result_produced(filler, &arena[1], 0);
	dagmem_node_end(filler, 0);
	read_in(reader);
	dagmem_pool_destroyed(&arena[1]);
	dagmem_pool_freed(&arena[1], arena[1]);                 /* misuse: it is gone */
	dagmem_pool_allocated(&arena[0], arena[0] + 50, 50);    /* misuse: it is there */
	dagmem_pool_destroyed(arena);                           /* that is the first */
	dagmem_pool_destroyed(arena);                           /* misuse */
	dagmem_pool_created(arena, NULL);
	dagmem_pool_allocated(arena, arena[0], 123);
}

/* --- Misuse ------------------------------------------------------------------------------ */

static void misuse(void)
{
	uint32_t twice = declare("twice", 0), never = declare("never", 0), freed = declare("freed", 0);
	void *block;

	dagmem_node_begin(twice);
	block = produce(twice, 100);
	dagmem_result_produced(twice, block, 0);        /* 1 */
	dagmem_node_end(twice, 0);
	dagmem_result_released(twice, block);
	dagmem_result_released(twice, block);           /* 2 */
	free(block);
	dagmem_result_released(never, &block);          /* 3 */
	dagmem_result_released(never, NULL);            /* 4 */
	dagmem_node_begin(freed);
	free(produce(freed, 100));
	dagmem_node_end(freed, 0);
	dagmem_result_released(freed, block);           /* 5 */
	dagmem_result_produced(freed + 1000, &block, 1);/* 6 */
	dagmem_result_released(freed + 1000, &block);   /* 7 */
	dagmem_output_requested(freed + 1000);          /* 8 */
	dagmem_run_end(77, 0);                          /* 9 */
	dagmem_result_produced(freed, NULL, 5);         /* nothing is no result */
}

/* --- Transients ---------------------------------------------------------------------------- */

static uint32_t outer, inner, helped;

static void *execute(void *number)
{
	size_t n = (size_t)(uintptr_t)number;
	void *before = malloc(100000), *kept;

	dagmem_node_begin(outer);
	free(malloc(1000 + n));                 /* outer: 1000 + n above its begin */
	kept = malloc(500);
	dagmem_node_begin(inner);
	free(malloc(200000));                   /* inner: 200000; outer: 200500 */
	free(before);                           /* 100000 below, and no more of inner's */
	free(malloc(99000));
	dagmem_node_end(inner, 0);
	dagmem_node_end(outer, n % 2 != 0);
	free(kept);
	dagmem_context_set(helped);
	free(malloc(30000 + n));
	dagmem_context_set(0);
	return NULL;
}

static void transients(unsigned threads)
{
	pthread_t thread[64];

	outer = declare("outer", 0);
	inner = declare("inner", outer);
	helped = declare("helped", 0);
	for (uintptr_t i = 0; i < threads; i++)
		TRUTH_REQUIRE(pthread_create(&thread[i], NULL, execute, (void *)i) == 0);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

/* --- Very many ----------------------------------------------------------------------------- */

static void many(unsigned long executions)
{
	uint32_t node[8];
	char name[16];

	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "short%d", i);
		node[i] = declare(name, i ? node[i - 1] : 0);
	}
	for (unsigned long i = 0; i < executions; i++) {
		dagmem_node_begin(node[i % 8]);
		free(produce(node[i % 8], 64));
		dagmem_node_end(node[i % 8], 0);
	}
}

static void names(unsigned long nodes)
{
	static const char *const NAMES[] = { "gemm", "trsm", "syrk" };
	uint32_t before = 0;

	for (unsigned long i = 0; i < nodes; i++) {
		uint32_t node = declare(NAMES[i % 3], before);

		TRUTH_REQUIRE(!dagmem_traced() || node);
		dagmem_node_begin(node);
		dagmem_node_end(node, 0);
		before = node;
	}
}

static void leave_open(void)
{
	uint32_t maker = declare("maker", 0), endless = declare("endless", maker);

	dagmem_node_begin(maker);
	produce(maker, 12345);
	dagmem_node_end(maker, 0);
	dagmem_node_begin(endless);
	kill(getpid(), SIGKILL);
}

static void divide(void)
{
	uint32_t maker = declare("maker", 0);
	void *block, *other;
	int status;
	pid_t child;

	dagmem_node_begin(maker);
	block = produce(maker, 50000);
	other = produce(maker, 60000);
	child = fork();
	if (child == 0) {
		free(block);
		dagmem_result_produced(maker, other, 0);
		dagmem_node_end(maker, 0);
		free(other);
		_exit(0);
	}
	dagmem_node_end(maker, 0);
	TRUTH_REQUIRE(waitpid(child, &status, 0) == child && status == 0);
	free(block);
	free(other);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned long number = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (strcmp(what, "lives") == 0) {
		two_parts();
		nobody_reads();
		requested();
		in_place();
		moved();
		sizes();
		elsewhere();
	} else if (strcmp(what, "pools") == 0) {
		pools();
	} else if (strcmp(what, "misuse") == 0) {
		misuse();
	} else if (strcmp(what, "transients") == 0) {
		transients((unsigned)number);
	} else if (strcmp(what, "many") == 0) {
		many(number);
	} else if (strcmp(what, "names") == 0) {
		names(number);
	} else if (strcmp(what, "open") == 0) {
		leave_open();
	} else if (strcmp(what, "fork") == 0) {
		divide();
	} else {
		return 2;
	}
	return 0;
}
