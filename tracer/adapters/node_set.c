#include "tracer/adapters/node_set.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "tracer/sys.h"

void node_set_init(struct node_set *set)
{
	set->node = set->own;
	set->count = 0;
	set->room = NODE_SET_SMALL;
}

void node_set_release(struct node_set *set)
{
	if (set->node != set->own)
		sys_munmap(set->node, set->room * sizeof *set->node);
	node_set_init(set);
}

static bool grow(struct node_set *set)
{
	size_t room = set->room < 1024 ? 1024 : set->room * 2;
	uint32_t *larger = sys_mmap(NULL, room * sizeof *larger, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t count = set->count;

	if (!larger)
		return false;
	memcpy(larger, set->node, count * sizeof *larger);
	node_set_release(set);
	set->node = larger;
	set->count = count;
	set->room = room;
	return true;
}

void node_set_add(struct node_set *set, uint32_t node)
{
	if (!node || (set->count && set->node[set->count - 1] == node))
		return;
	if (set->count < set->room || grow(set))
		set->node[set->count++] = node;
}

/* Let node[at] down to its place in the heap node[0..count). */
static void sift(uint32_t *node, size_t at, size_t count)
{
	uint32_t moved = node[at];

	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && node[child + 1] > node[child])
			child++;
		if (node[child] <= moved)
			break;
		node[at] = node[child];
	}
	node[at] = moved;
}

/* Not qsort(): it may allocate. */
static void sort(uint32_t *node, size_t count)
{
	for (size_t i = count / 2; i-- > 0;)
		sift(node, i, count);
	for (size_t end = count; end-- > 1;) {
		uint32_t largest = node[0];

		node[0] = node[end];
		node[end] = largest;
		sift(node, 0, end);
	}
}

void node_set_finish(struct node_set *set)
{
	size_t kept = 0;

	if (set->count > 1)
		sort(set->node, set->count);
	for (size_t i = 0; i < set->count; i++)
		if (!kept || set->node[i] != set->node[kept - 1])
			set->node[kept++] = set->node[i];
	set->count = kept;
}
