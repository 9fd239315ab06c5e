/*
 * annotate: the tracer's end of include/dagmem.h.
 */
#include "include/dagmem.h"

#include "tracer/dag.h"
#include "tracer/guard.h"
#include "tracer/lifecycle.h"
#include "tracer/mapping.h"
#include "tracer/request.h"
#include "tracer/snapshot.h"
#include "tracer/total.h"

static void snapshot(const char *label)
{
	if (lifecycle_ready())
		snapshot_take(label);
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
static struct thread *enter(uintptr_t frame)
{
	struct thread *thread;

	if (!records())
		return NULL;
	thread = guard_enter(frame);
	if (!thread)
		dag_misused();  /* from a signal handler */
	return thread;
}

static uint32_t node_declare(const char *name, const uint32_t *dependencies, size_t count)
{
	return records() ? dag_declare(name, dependencies, count) : 0;
}

static void node_begin(uint32_t node)
{
	struct thread *thread = enter((uintptr_t)__builtin_dwarf_cfa());

	if (!thread)
		return;
	request_look();
	dag_begin(thread, node);
	guard_leave(thread);
}

static void node_end(uint32_t node, int status)
{
	struct thread *thread = enter((uintptr_t)__builtin_dwarf_cfa());

	(void)status;
	if (!thread)
		return;
	dag_end(thread, node);
	guard_leave(thread);
}

static uint32_t context_get(void)
{
	struct thread *thread = enter((uintptr_t)__builtin_dwarf_cfa());
	uint32_t node = thread ? thread->dag_node : 0;

	if (thread)
		guard_leave(thread);
	return node;
}

static uint32_t context_set(uint32_t node)
{
	struct thread *thread = enter((uintptr_t)__builtin_dwarf_cfa());
	uint32_t before = thread ? dag_switch(thread, node) : 0;

	if (thread)
		guard_leave(thread);
	return before;
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
};
