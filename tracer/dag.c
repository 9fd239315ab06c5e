#include "tracer/dag.h"

#include <string.h>

#include "tracer/guard.h"
#include "tracer/journal.h"
#include "tracer/mapping.h"

/* --- Declaring ------------------------------------------------------------------ */

/* What follows struct record in a struct dag_node_record: id, count, dependencies; then the name. */
enum { FIRST_DEPENDENCY = 2 };

static void append(uint32_t node, const uint32_t *dependencies, uint32_t count, const char *name,
		   uint32_t name_bytes)
{
	uint32_t head[FIRST_DEPENDENCY + DAG_DEPENDENCIES_PER_RECORD] = { node, count };
	char text[DAG_NAME_MAX];

	if (count)
		memcpy(head + FIRST_DEPENDENCY, dependencies, count * sizeof *dependencies);
	memcpy(text, name, name_bytes);
	text[name_bytes] = '\0';
	journal_append(RECORD_DAG_NODE, head, (FIRST_DEPENDENCY + count) * (uint32_t)sizeof *head,
		       text, name_bytes + 1);
}

void dag_misused(void)
{
	__atomic_fetch_add(&profile_header()->quality.nodes_misused, 1, __ATOMIC_RELAXED);
}

static bool is_declared(uint32_t node)
{
	return node && node <= __atomic_load_n(&profile_header()->dag_nodes, __ATOMIC_RELAXED);
}

/* The next dependencies that `node` can have, as many as a record takes. */
static uint32_t take(uint32_t node, const uint32_t *from, size_t count, size_t *taken, uint32_t *to)
{
	uint32_t kept = 0;

	while (*taken < count && kept < DAG_DEPENDENCIES_PER_RECORD) {
		uint32_t dependency = from[(*taken)++];

		if (dependency && dependency < node)
			to[kept++] = dependency;
		else
			dag_misused();
	}
	return kept;
}

uint32_t dag_declare(const char *name, const uint32_t *dependencies, size_t count)
{
	uint32_t node = __atomic_add_fetch(&profile_header()->dag_nodes, 1, __ATOMIC_RELAXED);
	uint32_t some[DAG_DEPENDENCIES_PER_RECORD], kept;
	size_t taken = 0;

	kept = take(node, dependencies, count, &taken, some);
	append(node, some, kept, name, (uint32_t)strnlen(name, DAG_NAME_MAX - 1));
	while (taken < count) {
		kept = take(node, dependencies, count, &taken, some);
		append(node, some, kept, "", 0);
	}
	return node;
}

/* --- Running --------------------------------------------------------------------- */

void dag_begin(struct thread *thread, uint32_t node)
{
	struct dag_state *dag = &thread->dag;

	if (!is_declared(node)) {
		dag_misused();
		return;
	}
	if (dag->depth < DAG_DEPTH_MAX) {
		dag->level[dag->depth] = (struct dag_level){ node, thread->dag_node };
		thread->dag_node = node;
	} else {
		dag_misused();
	}
	dag->depth++;
}

/* The innermost level at which `node` was begun, or -1. */
static int find_level(const struct dag_state *dag, uint32_t node)
{
	int at = (int)dag->depth - 1;

	while (at >= 0 && dag->level[at].node != node)
		at--;
	return at;
}

void dag_end(struct thread *thread, uint32_t node)
{
	struct dag_state *dag = &thread->dag;
	int at;

	if (dag->depth > DAG_DEPTH_MAX) {
		dag->depth--;
		return;
	}
	at = find_level(dag, node);
	if (at != (int)dag->depth - 1 || at < 0)
		dag_misused();
	if (at < 0)
		return;
	thread->dag_node = dag->level[at].outer;
	dag->depth = (uint32_t)at;      /* what was begun inside ends with it */
}

uint32_t dag_switch(struct thread *thread, uint32_t node)
{
	uint32_t before = thread->dag_node;

	if (!node || is_declared(node))
		thread->dag_node = node;
	else
		dag_misused();
	return before;
}

void dag_forget(struct thread *thread)
{
	thread->dag_node = 0;
	thread->dag.depth = 0;
}

/* --- Charging --------------------------------------------------------------------- */

uint32_t dag_account_interrupted(const struct thread *thread, uint32_t own)
{
	uint32_t stack = call_tree_account(&profile.tree, own)->stack;
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
