#include "tracer/adapters/task_graph.h"

#include "dagmem.h"
#include "tracer/adapters/spin.h"
#include "tracer/adapters/trie.h"

/* What a task or tag waits for, told before it was submitted. */
struct wait {
	struct wait *next;
	uint64_t key;                   /* of a task or tag */
};

struct task {
	struct trie trie;
	uint32_t node;
	struct wait *waits;
};

struct tag {
	struct trie trie;
	uint32_t node;
	struct wait *waits;
};

struct datum {
	struct trie trie;
	uint32_t node;                  /* whose result it is; 0: nobody's */
	uint32_t pending;               /* tasks that are submitted and have not ended */
	bool dropped;
	const void *data;
};

static struct {
	struct spin lock;
	struct store store;
	struct accesses accesses;
	struct trie *tasks, *tags, *data;
	struct wait *unused;
} graph;

static uint64_t key_of(const void *address)
{
	return (uintptr_t)address;
}

/* --- Waits ----------------------------------------------------------------- */

static void add_wait(struct wait **list, uint64_t key)
{
	struct wait *wait = graph.unused;

	if (wait)
		graph.unused = wait->next;
	else
		wait = store_take(&graph.store, sizeof *wait);
	if (!wait)
		return;
	*wait = (struct wait){ *list, key };
	*list = wait;
}

static void clear_waits(struct wait **list)
{
	while (*list) {
		struct wait *wait = *list;

		*list = wait->next;
		wait->next = graph.unused;
		graph.unused = wait;
	}
}

void task_graph_depend(const void *task, const void *const *before, size_t count)
{
	spin_take(&graph.lock);
	struct task *known = trie_add(&graph.tasks, key_of(task), &graph.store, sizeof *known);

	for (size_t i = 0; known && i < count; i++)
		add_wait(&known->waits, key_of(before[i]));
	spin_release(&graph.lock);
}

void task_graph_depend_tag(uint64_t tag, const uint64_t *before, size_t count)
{
	spin_take(&graph.lock);
	struct tag *known = trie_add(&graph.tags, tag, &graph.store, sizeof *known);

	for (size_t i = 0; known && i < count; i++)
		add_wait(&known->waits, before[i]);
	spin_release(&graph.lock);
}

void task_graph_forget_tag(uint64_t tag)
{
	spin_take(&graph.lock);
	struct tag *known = (struct tag *)*trie_place(&graph.tags, tag);

	if (known) {
		clear_waits(&known->waits);
		known->node = 0;
	}
	spin_release(&graph.lock);
}

/* --- Submitting ------------------------------------------------------------ */

static void add_tasks(struct node_set *nodes, const struct wait *wait)
{
	for (; wait; wait = wait->next) {
		const struct task *task = (const struct task *)*trie_place(&graph.tasks, wait->key);

		node_set_add(nodes, task ? task->node : 0);
	}
}

static void add_tags(struct node_set *nodes, const struct wait *wait)
{
	for (; wait; wait = wait->next) {
		const struct tag *tag = (const struct tag *)*trie_place(&graph.tags, wait->key);

		node_set_add(nodes, tag ? tag->node : 0);
	}
}

static void add_data(struct node_set *nodes, const struct task_request *request)
{
	for (size_t i = 0; i < request->uses; i++)
		if (request->use[i].ordered)
			accesses_before(&graph.accesses, key_of(request->use[i].datum),
					request->use[i].mode, nodes);
}

static void enter_data(const struct task_request *request, uint32_t node)
{
	for (size_t i = 0; i < request->uses; i++) {
		uint64_t key = key_of(request->use[i].datum);
		struct datum *datum = trie_add(&graph.data, key, &graph.store, sizeof *datum);

		if (request->use[i].ordered)
			accesses_enter(&graph.accesses, key, request->use[i].mode, node);
		if (datum)
			datum->pending++;
	}
}

static uint32_t declare(const struct task_request *request, const struct task *task,
			const struct tag *tag)
{
	struct node_set nodes;
	uint32_t node;

	node_set_init(&nodes);
	add_tasks(&nodes, task->waits);
	if (tag)
		add_tags(&nodes, tag->waits);
	add_data(&nodes, request);
	node_set_finish(&nodes);
	node = dagmem_node_declare(request->name, nodes.node, nodes.count);
	node_set_release(&nodes);
	return node;
}

void task_graph_submit(const struct task_request *request)
{
	spin_take(&graph.lock);
	struct task *task = trie_add(&graph.tasks, key_of(request->task), &graph.store, sizeof *task);
	struct tag *tag = !request->tagged ? NULL :
		trie_add(&graph.tags, request->tag, &graph.store, sizeof *tag);

	if (task) {
		task->node = declare(request, task, tag);
		clear_waits(&task->waits);
		if (tag)
			tag->node = task->node;
		enter_data(request, task->node);
	}
	spin_release(&graph.lock);
}

/* --- Running --------------------------------------------------------------- */

static uint32_t node_of(const void *task)
{
	const struct task *known = (const struct task *)*trie_place(&graph.tasks, key_of(task));

	return known ? known->node : 0;
}

static struct datum *find_datum(const void *datum)
{
	return (struct datum *)*trie_place(&graph.data, key_of(datum));
}

uint32_t task_graph_node(const void *task)
{
	spin_take(&graph.lock);
	uint32_t node = node_of(task);

	spin_release(&graph.lock);
	return node;
}

void task_graph_produce(const void *task, const void *datum, const void *data, size_t bytes)
{
	spin_take(&graph.lock);
	struct datum *known = find_datum(datum);
	uint32_t node = node_of(task);

	if (known && node) {
		/* Another node's it ends by itself; its own from an earlier time must be let go. */
		if (known->node == node && known->data == data)
			dagmem_result_released(node, data);
		dagmem_result_produced(node, data, bytes);
		known->node = node;
		known->data = data;
	}
	spin_release(&graph.lock);
}

/* Nobody will use the datum any more; its address may come again. */
static void release(struct datum *datum)
{
	if (datum->node)
		dagmem_result_released(datum->node, datum->data);
	accesses_forget(&graph.accesses, datum->trie.key);
	datum->node = datum->pending = 0;
	datum->dropped = false;
}

void task_graph_end(const void *task, const struct task_use *use, size_t uses)
{
	if (!uses)
		return;
	spin_take(&graph.lock);
	for (size_t i = 0; node_of(task) && i < uses; i++) {
		struct datum *datum = find_datum(use[i].datum);

		if (datum && datum->pending && --datum->pending == 0 && datum->dropped)
			release(datum);
	}
	spin_release(&graph.lock);
}

void task_graph_forget(const void *task)
{
	spin_take(&graph.lock);
	struct task *known = (struct task *)*trie_place(&graph.tasks, key_of(task));

	if (known) {
		known->node = 0;
		clear_waits(&known->waits);
	}
	spin_release(&graph.lock);
}

void task_graph_drop(const void *datum)
{
	spin_take(&graph.lock);
	struct datum *known = find_datum(datum);

	if (known && !known->pending)
		release(known);
	else if (known)
		known->dropped = true;
	spin_release(&graph.lock);
}
