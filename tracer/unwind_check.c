#include "tracer/unwind_check.h"

#include "tracer/guard.h"
#include "tracer/mapping.h"
#include "tracer/unwind_libunwind.h"

uint32_t unwind_check_every;

static void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Whether the stack that ends in `node` has just the oracle's frames. */
static bool same_frames(const struct walk *oracle, uint32_t node)
{
	uint32_t at = 0;

	for (; node != NODE_ROOT; at++) {
		const struct tree_node *frame = call_tree_node(&profile.tree, node);

		if (at >= oracle->length || frame->place != oracle->place[at])
			return false;
		node = frame->parent;
	}
	return at == oracle->length;
}

static uint32_t node_of(const struct walk *walk)
{
	int folded = 0;

	return call_tree_of_stack(&profile.tree, walk->place, walk->length, &folded);
}

void unwind_check(struct thread *thread, const struct frame *caller, uint32_t node)
{
	struct quality *quality = &profile_header()->quality;
	struct walk *oracle = &thread->check_walk;

	if (!libunwind_walk(oracle, caller) || oracle->truncated)
		return;
	count(&quality->check_stacks);
	if (!same_frames(oracle, node))
		count(&quality->check_frames_differ);
	else if (node_of(oracle) != node)
		count(&quality->check_ids_differ);
}
