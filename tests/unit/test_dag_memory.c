/*
 * No memory, anywhere: each allocation of a DAG's way from text to the end of
 * its run fails in turn, until all is well.  Every failure is said, and none
 * leaves anything behind.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "runner/bound.h"
#include "runner/execute.h"
#include "runner/graph_build.h"
#include "runner/order.h"
#include "runner/parse.h"
#include "runner/payload.h"
#include "runner/plan.h"
#include "runner/policy.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

/* The sanitizers have an allocator of their own. */
static void every_allocation_may_fail(void **state)
{
	(void)state;
	skip();
}

#else

/* The C library's own, under the names that it keeps for such as us. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static long allocations_left = -1;      /* before one fails; -1 = none fails */
static long blocks;                     /* allocated and not freed while counting */

static int fails(void)
{
	if (allocations_left < 0)
		return 0;
	if (allocations_left > 0) {
		allocations_left--;
		return 0;
	}
	errno = ENOMEM;
	return 1;
}

static void *counted(void *block)
{
	blocks += block != NULL;
	return block;
}

void *malloc(size_t size)
{
	return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
	if (fails())
		return NULL;
	return block ? __libc_realloc(block, size) : counted(__libc_realloc(NULL, size));
}

void *reallocarray(void *block, size_t count, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(count, size, &bytes) ? NULL : realloc(block, bytes);
}

void free(void *block)
{
	blocks -= block != NULL;
	__libc_free(block);
}

static const char TEXT[] =
	"input config\n"
	"node load 100 transient 10 < config\n"
	"node clean 90 in-place < load\n"
	"map each 3 < clean\n"
	"  node a 8 < item\n"
	"  node b 5 in-place < a\n"
	"end\n"
	"node report 7 < each clean load\n"
	"node other 5 < clean\n"
	"output report other\n";

static int parse(struct graph **graph, struct error *err)
{
	struct graph_builder *builder = graph_builder_new("text", NULL);

	if (!builder)
		return error_set(err, ERROR_NO_MEMORY, "no memory");
	int code = parse_text(TEXT, strlen(TEXT), builder, err);
	if (code == 0)
		code = graph_builder_finish(builder, graph, err);
	graph_builder_free(builder);
	return code;
}

static int run(const struct plan *plan, const uint32_t *sequence, const struct policy *policy,
	       struct error *err)
{
	struct execution_options options = { .policy = policy, .order = sequence, .workers = 1 };
	struct execution_report report;
	struct dagrun_value outputs[2];
	struct payload *payload;
	int code = payload_new("transform", plan->graph, &payload, err);

	if (code != 0)
		return code;
	code = execute(plan, &payload_ops, payload, NULL, &options, outputs, &report, err);
	if (code == 0) {
		payload_destroy(payload, graph_find(plan->graph, "report"), outputs[0]);
		payload_destroy(payload, graph_find(plan->graph, "other"), outputs[1]);
	}
	payload_free(payload);
	return code;
}

/* From text to results. */
static int all_the_way(const struct order *order, const struct policy *policy, struct error *err)
{
	struct graph *graph = NULL;
	struct plan plan = { .graph = NULL };
	uint32_t *sequence = NULL;
	struct bound bound;
	int code = parse(&graph, err);

	if (code == 0)
		code = plan_init(&plan, graph, err);
	if (code == 0)
		code = bound_compute(&plan, NULL, &bound, err);
	if (code == 0)
		code = order_make(order, &plan, &sequence, err);
	if (code == 0)
		code = run(&plan, sequence, policy, err);
	free(sequence);
	plan_release(&plan);
	graph_free(graph);
	return code;
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	for (const struct order *const *order = orders; *order; order++)
		for (const struct policy *const *policy = policies; *policy; policy++) {
			int code = -1;
			long n;

			for (n = 0; code != 0; n++) {
				struct error err = ERROR_INIT;
				long before = blocks;

				allocations_left = n;
				code = all_the_way(*order, *policy, &err);
				allocations_left = -1;
				assert_int_equal(blocks, before);
				assert_int_equal(code, err.code);
				if (code != 0 && code != ERROR_NO_MEMORY && code != ERROR_FAILED)
					fail_msg("allocation %ld: %s", n, err.message);
				assert_true(n < 10000);
			}
			assert_true(n > 100);
		}
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
