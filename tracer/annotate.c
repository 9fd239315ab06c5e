/*
 * annotate: the tracer's end of include/dagmem.h.
 */
#include "include/dagmem.h"

#include "tracer/dag.h"
#include "tracer/dag_nodes.h"
#include "tracer/dag_pools.h"
#include "tracer/dag_results.h"
#include "tracer/dag_runs.h"
#include "tracer/guard.h"
#include "tracer/leak.h"
#include "tracer/lifecycle.h"
#include "tracer/mapping.h"
#include "tracer/request.h"
#include "tracer/snapshot.h"
#include "tracer/total.h"
#include "tracer/unwind.h"

static __attribute__((noinline)) void take_snapshot(const char *label, const struct leak_caller *caller)
{
	if (!lifecycle_ready())
		return;
	snapshot_take(label);
	if (leak_at_snapshots())
		leak_check(LEAK_AT_SNAPSHOT, label, caller);
}

static void snapshot(const char *label)
{
	struct leak_caller caller = LEAK_CALLER();

	take_snapshot(label, &caller);
}

static uint64_t not_negative(int64_t value)
{
	return value < 0 ? 0 : (uint64_t)value;
}

static void totals(struct dagmem_totals *out)
{
	struct totals now;

	if (!lifecycle_ready())
		return;
	total_read(&now);
	out->live_bytes = not_negative(now.live_bytes);
	out->live_blocks = not_negative(now.live_blocks);
	out->allocations = now.allocations;
	out->allocated_bytes = now.allocated_bytes;
	out->peak_bytes = profile_header()->peak_bytes;
	if (out->peak_bytes < out->live_bytes)
		out->peak_bytes = out->live_bytes;
}

static void reset_peak(void)
{
	if (lifecycle_ready())
		total_reset_peak();
}

/* A child of fork is made one here if it has not allocated yet. */
static bool records(void)
{
	lifecycle_records(HOOK_FREE);
	return lifecycle_ready();
}

/* This thread's state, held until guard_leave(); NULL: not to be had, or not recording. */
static struct thread *enter(uintptr_t frame, uint32_t node)
{
	struct thread *thread;

	if (!records())
		return NULL;
	thread = guard_enter(frame);
	if (!thread)
		dag_nodes_misused(MISUSE_IN_HANDLER, node);
	return thread;
}

#define ENTER(node) enter((uintptr_t)__builtin_dwarf_cfa(), node)

/* --- Nodes ---------------------------------------------------------------------------- */

static uint32_t node_declare(const char *name, const uint32_t *dependencies, size_t count)
{
	return records() ? dag_nodes_declare(name, dependencies, count) : 0;
}

static void node_begin(uint32_t node)
{
	struct thread *thread = ENTER(node);

	if (!thread)
		return;
	request_look();
	dag_begin(thread, node);
	guard_leave(thread);
}

static void node_end(uint32_t node, int status)
{
	struct thread *thread = ENTER(node);

	if (!thread)
		return;
	dag_end(thread, node, status);
	guard_leave(thread);
}

static uint32_t context_get(void)
{
	struct thread *thread = ENTER(0);
	uint32_t node = thread ? thread->dag_node : 0;

	if (thread)
		guard_leave(thread);
	return node;
}

static uint32_t context_set(uint32_t node)
{
	struct thread *thread = ENTER(node);
	uint32_t before = thread ? dag_switch(thread, node) : 0;

	if (thread)
		guard_leave(thread);
	return before;
}

/* --- Runs and results ----------------------------------------------------------------- */

static uint32_t run_begin(const char *name, uint64_t iteration)
{
	return records() ? dag_runs_begin(name, iteration) : 0;
}

static void run_end(uint32_t run, int status)
{
	if (records())
		dag_runs_end(run, status);
}

static void output_requested(uint32_t node)
{
	if (records())
		dag_nodes_request(node);
}

static void result_produced(uint32_t node, const void *data, size_t bytes)
{
	struct thread *thread = ENTER(node);

	if (!thread)
		return;
	dag_results_produced(thread, node, (uintptr_t)data, bytes);
	guard_leave(thread);
}

static void result_released(uint32_t node, const void *data)
{
	if (records())
		dag_results_released(node, (uintptr_t)data);
}

/* --- Pools ---------------------------------------------------------------------------- */

static void pool_created(const void *pool, const char *name)
{
	if (records())
		dag_pools_created((uintptr_t)pool, name);
}

static void pool_allocated(const void *pool, const void *block, size_t bytes)
{
	struct frame caller = UNWIND_CALLER();
	struct thread *thread = enter(caller.sp, 0);

	if (!thread)
		return;
	dag_pools_allocated(thread, (uintptr_t)pool, (uintptr_t)block, bytes, &caller);
	guard_leave(thread);
}

static void pool_freed(const void *pool, const void *block)
{
	struct thread *thread = ENTER(0);

	if (!thread)
		return;
	dag_pools_freed(thread, (uintptr_t)pool, (uintptr_t)block);
	guard_leave(thread);
}

static void pool_destroyed(const void *pool)
{
	struct thread *thread = ENTER(0);

	if (!thread)
		return;
	dag_pools_destroyed(thread, (uintptr_t)pool);
	guard_leave(thread);
}

static __attribute__((noinline)) void check_called(const char *label, const struct leak_caller *caller)
{
	if (records())
		leak_check(LEAK_CALLED, label, caller);
}

static void leak_check_called(const char *label)
{
	struct leak_caller caller = LEAK_CALLER();

	check_called(label, &caller);
}

extern const struct dagmem_api dagmem_api;
__attribute__((visibility("default"))) const struct dagmem_api dagmem_api = {
	.version = DAGMEM_API_VERSION,
	.bytes = sizeof(struct dagmem_api),
	.snapshot = snapshot,
	.pause = lifecycle_pause,
	.resume = lifecycle_resume,
	.totals = totals,
	.reset_peak = reset_peak,
	.node_declare = node_declare,
	.node_begin = node_begin,
	.node_end = node_end,
	.context_get = context_get,
	.context_set = context_set,
	.run_begin = run_begin,
	.run_end = run_end,
	.output_requested = output_requested,
	.result_produced = result_produced,
	.result_released = result_released,
	.pool_created = pool_created,
	.pool_allocated = pool_allocated,
	.pool_freed = pool_freed,
	.pool_destroyed = pool_destroyed,
	.leak_check = leak_check_called,
};
