#include "tracer/dag.h"

#include <string.h>
#include <time.h>

#include "tracer/dag_nodes.h"
#include "tracer/dag_runs.h"
#include "tracer/guard.h"
#include "tracer/mapping.h"
#include "tracer/total.h"

/* --- Turns ---------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void start_turn(struct thread *thread, uint32_t node, uint32_t flags)
{
	int64_t net = thread->page->net_bytes;

	thread->dag_node = node;
	thread->dag.turn = (struct dag_turn){
		.begin_ns = now_ns(), .heap_bytes = total_about(), .begin_net = net, .high_net = net,
		.run = dag_runs_current(), .flags = flags,
	};
	thread->page->dag_begin_ns = thread->dag.turn.begin_ns;
	thread->page->dag_node = node;
}

static void record_turn(struct thread *thread, int status, uint32_t flags)
{
	const struct dag_turn *turn = &thread->dag.turn;

	if (!thread->dag_node)          /* set aside by dagmem_context_set(0) */
		return;
	dag_log_add(thread, &(struct dag_execution){
		.dag_node = thread->dag_node, .run = turn->run, .status = status,
		.flags = turn->flags | flags, .begin_ns = turn->begin_ns, .end_ns = now_ns(),
		.heap_bytes = turn->heap_bytes,
		.transient_bytes = (uint64_t)(turn->high_net - turn->begin_net),
		.allocated_bytes = turn->allocated_bytes, .retained_bytes = turn->retained_bytes,
	});
}

/* --- Levels --------------------------------------------------------------------- */

static void push(struct thread *thread, uint32_t node, uint32_t flags)
{
	struct dag_state *dag = &thread->dag;
	struct dag_level *level = &dag->level[dag->depth++];

	level->node = node;
	level->outer = thread->dag_node;
	level->outer_turn = dag->turn;
	start_turn(thread, node, flags | (level->outer ? EXECUTION_NESTED : 0));
}

/* End the innermost level; what was highest in it was in those around it, too. */
static void pop(struct thread *thread, int status, uint32_t flags)
{
	struct dag_state *dag = &thread->dag;
	struct dag_level *level = &dag->level[--dag->depth];
	int64_t high = dag->turn.high_net;

	record_turn(thread, status, flags);
	thread->dag_node = level->outer;
	dag->turn = level->outer_turn;
	if (high > dag->turn.high_net)
		dag->turn.high_net = high;
	thread->page->dag_node = level->outer;
	thread->page->dag_begin_ns = dag->turn.begin_ns;
}

/* Whether the thread was handed the node that it runs. */
static bool helps(const struct dag_state *dag)
{
	return dag->depth && dag->turn.flags & EXECUTION_HELPER;
}

void dag_begin(struct thread *thread, uint32_t node)
{
	struct dag_state *dag = &thread->dag;

	if (!dag_nodes_known(node)) {
		dag_nodes_misused(MISUSE_UNKNOWN_NODE, node);
		return;
	}
	if (dag->depth < DAG_DEPTH_MAX) {
		push(thread, node, 0);
		return;
	}
	dag_nodes_misused(MISUSE_TOO_DEEP, node);
	dag->depth++;
}

/* The innermost level at which `node` was begun, or -1; `turn`: of the thread's level `depth` - 1. */
static int find_level(const struct dag_state *dag, uint32_t node)
{
	uint32_t flags = dag->turn.flags;

	for (int at = (int)dag->depth - 1; at >= 0; at--) {
		if (dag->level[at].node == node && !(flags & EXECUTION_HELPER))
			return at;
		flags = dag->level[at].outer_turn.flags;
	}
	return -1;
}

void dag_end(struct thread *thread, uint32_t node, int status)
{
	struct dag_state *dag = &thread->dag;
	int at;

	if (dag->depth > DAG_DEPTH_MAX) {
		dag->depth--;
		return;
	}
	at = find_level(dag, node);
	if (at < 0) {
		dag_nodes_misused(dag_nodes_known(node) ? MISUSE_END_WITHOUT_BEGIN : MISUSE_UNKNOWN_NODE,
				  node);
		return;
	}
	while (helps(dag))              /* a turn as a helper needs no end */
		pop(thread, 0, 0);
	if (at != (int)dag->depth - 1)
		dag_nodes_misused(MISUSE_ENDED_WITH_OUTER, dag->level[dag->depth - 1].node);
	while (dag->depth > (uint32_t)at + 1)
		pop(thread, 0, EXECUTION_CUT);
	pop(thread, status, 0);
}

uint32_t dag_switch(struct thread *thread, uint32_t node)
{
	struct dag_state *dag = &thread->dag;
	uint32_t before = thread->dag_node;

	if (node && !dag_nodes_known(node)) {
		dag_nodes_misused(MISUSE_UNKNOWN_NODE, node);
		return before;
	}
	if (dag->depth > DAG_DEPTH_MAX || node == before)
		return before;
	if (helps(dag))
		pop(thread, 0, 0);
	if (node == thread->dag_node)
		return before;
	if (dag->depth < DAG_DEPTH_MAX)
		push(thread, node, EXECUTION_HELPER);
	else
		dag_nodes_misused(MISUSE_TOO_DEEP, node);
	return before;
}

uint64_t dag_execution_of(const struct thread *thread, uint32_t node)
{
	const struct dag_state *dag = &thread->dag;
	uint32_t depth = dag->depth < DAG_DEPTH_MAX ? dag->depth : DAG_DEPTH_MAX;
	const struct dag_turn *turn = &dag->turn;

	for (uint32_t at = depth; at-- > 0; turn = &dag->level[at].outer_turn)
		if (dag->level[at].node == node && !(turn->flags & EXECUTION_HELPER))
			return turn->begin_ns;
	return 0;
}

void dag_leave(struct thread *thread)
{
	struct dag_state *dag = &thread->dag;

	if (dag->depth > DAG_DEPTH_MAX)
		dag->depth = DAG_DEPTH_MAX;
	while (dag->depth)
		pop(thread, 0, helps(dag) ? 0 : EXECUTION_CUT);
}

void dag_forget(struct thread *thread)
{
	thread->dag_node = 0;
	thread->dag.depth = 0;
	thread->dag.turn = (struct dag_turn){ 0 };
	thread->page->dag_node = 0;
	thread->page->dag_begin_ns = 0;
}

static void start_anew(struct dag_turn *turn)
{
	turn->begin_net = turn->high_net = turn->retained_bytes = 0;
	turn->allocated_bytes = 0;
}

void dag_fork(struct thread *thread)
{
	struct dag_state *dag = &thread->dag;

	start_anew(&dag->turn);
	for (uint32_t at = 0; at < dag->depth && at < DAG_DEPTH_MAX; at++)
		start_anew(&dag->level[at].outer_turn);
	thread->page->dag_node = thread->dag_node;
	thread->page->dag_begin_ns = dag->turn.begin_ns;
}

/* --- Charging --------------------------------------------------------------------- */

uint32_t dag_account_interrupted(const struct thread *thread, uint32_t own)
{
	uint32_t stack = subject_stack(call_tree_subject(&profile.tree, own));
	uint32_t account = call_tree_account_of(&profile.tree, stack, thread->dag_node, ACCOUNT_HEAP);

	if (likely(account))
		return account;
	__atomic_fetch_add(&profile_header()->quality.stacks_folded, 1, __ATOMIC_RELAXED);
	return own;
}

uint32_t dag_account(struct thread *thread, uint32_t own)
{
	uint32_t node = thread->dag_node;
	struct dag_cached *cached = &thread->dag.cache[(own ^ node * 0x9e3779b1u >> 24) %
						       DAG_CACHE_SLOTS];

	if (unlikely(cached->own != own || cached->node != node))
		*cached = (struct dag_cached){ own, node, dag_account_interrupted(thread, own) };
	return cached->account;
}

void dag_allocates(struct thread *thread, uint64_t bytes)
{
	struct dag_turn *turn = &thread->dag.turn;
	int64_t net = thread->page->net_bytes + (int64_t)bytes;

	turn->allocated_bytes += bytes;
	turn->retained_bytes += (int64_t)bytes;
	if (net > turn->high_net)
		turn->high_net = net;
}

void dag_freed(struct thread *thread, uint32_t account, uint64_t bytes)
{
	if (subject_dag_node(call_tree_subject(&profile.tree, account)) == thread->dag_node)
		thread->dag.turn.retained_bytes -= (int64_t)bytes;
}
