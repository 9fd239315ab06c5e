/*
 * nodes: a program whose nodes of a DAG hold known numbers of bytes.
 *
 * usage: nodes THREADS           nodes on that many threads, helpers, nesting, a fork
 *        nodes misuse            13 calls that make no sense
 *
 * What each node has allocated and what of it is live goes as JSON into the
 * file that $TRUTH names: {"n0":{"total":...,"live":...},...}.  Exits with 99
 * when the calls don't answer what they should, traced or not.
 */
#include "truth.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <dagmem.h>

enum { NODES = 100, PHASES = 2, BLOCKS = 7, NAMED = NODES + 16, MAPPED_BYTES = 1 << 20 };

struct node {
	char name[16];
	uint32_t id;
	uint64_t allocated_bytes, freed_bytes;
};

struct block { struct node *node; size_t size_bytes; };

static struct node node[NAMED];
static unsigned nodes;
static struct block *kept[NODES][PHASES][BLOCKS];
static unsigned next_task;

static struct node *declare(const char *name, uint32_t dependency)
{
	struct node *fresh = &node[nodes++];

	snprintf(fresh->name, sizeof fresh->name, "%s", name);
	fresh->id = dagmem_node_declare(name, &dependency, dependency != 0);
	TRUTH_REQUIRE(dagmem_traced() ? fresh->id > dependency : fresh->id == 0);
	return fresh;
}

/* In the node that runs, which is `owner`. */
static struct block *allocate(struct node *owner, size_t size_bytes)
{
	struct block *block = malloc(size_bytes);

	*block = (struct block){ owner, size_bytes };
	__atomic_fetch_add(&owner->allocated_bytes, size_bytes, __ATOMIC_RELAXED);
	return block;
}

static void release(struct block *block)
{
	if (block)
		__atomic_fetch_add(&block->node->freed_bytes, block->size_bytes, __ATOMIC_RELAXED);
	free(block);
}

/* A phase of a node; it frees what another node's first phase left, if that is there yet. */
static void run_phase(unsigned number, unsigned phase)
{
	unsigned other = (number * 7 + 3) % NODES;

	dagmem_node_begin(node[number].id);
	TRUTH_REQUIRE(dagmem_context_get() == node[number].id);
	for (unsigned i = 0; i < BLOCKS; i++)
		__atomic_store_n(&kept[number][phase][i],
				 allocate(&node[number], 100 + 16 * number + phase), __ATOMIC_RELEASE);
	for (unsigned i = phase; i < BLOCKS; i += 2)
		release(__atomic_exchange_n(&kept[other][0][i], NULL, __ATOMIC_ACQ_REL));
	dagmem_node_end(node[number].id, 0);
	TRUTH_REQUIRE(dagmem_context_get() == 0);
}

/* The phases of a node are NODES tasks apart: most run on different threads. */
static void *work(void *unused)
{
	unsigned task;

	(void)unused;
	while ((task = __atomic_fetch_add(&next_task, 1, __ATOMIC_RELAXED)) < NODES * PHASES)
		run_phase(task % NODES, task / NODES);
	return NULL;
}

static void run_nodes(unsigned threads)
{
	pthread_t thread[64];

	for (unsigned i = 0; i < NODES; i++) {
		char name[16];

		snprintf(name, sizeof name, "n%u", i);
		declare(name, i ? node[i / 2].id : 0);
	}
	for (unsigned i = 0; i < threads; i++)
		TRUTH_REQUIRE(pthread_create(&thread[i], NULL, work, NULL) == 0);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

static struct node *handed, *outside;
static uint32_t handed_context;

static void *help(void *unused)
{
	uint32_t before = dagmem_context_set(handed_context);

	(void)unused;
	TRUTH_REQUIRE(before == 0 && dagmem_context_get() == handed->id);
	allocate(handed, 333);
	TRUTH_REQUIRE(dagmem_context_set(before) == handed->id);
	allocate(outside, 77);
	return NULL;
}

static void hand_to_helpers(unsigned threads)
{
	pthread_t thread[64];

	handed = declare("handed", 0);
	dagmem_node_begin(handed->id);
	handed_context = dagmem_context_get();
	dagmem_node_end(handed->id, 0);
	for (unsigned i = 0; i < threads; i++)
		TRUTH_REQUIRE(pthread_create(&thread[i], NULL, help, NULL) == 0);
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

static void *leave_open(void *unused)
{
	struct node *open = declare("open", 0);

	dagmem_node_begin(open->id);
	allocate(open, 4444);
	return unused;
}

static void *begin_anew(void *unused)
{
	TRUTH_REQUIRE(dagmem_context_get() == 0);
	allocate(outside, 55);
	return unused;
}

/* A thread that ends takes its node with it, also when another gets its counters. */
static void end_threads(void)
{
	pthread_t thread;

	TRUTH_REQUIRE(pthread_create(&thread, NULL, leave_open, NULL) == 0);
	pthread_join(thread, NULL);
	TRUTH_REQUIRE(pthread_create(&thread, NULL, begin_anew, NULL) == 0);
	pthread_join(thread, NULL);
}

static void nest(void)
{
	struct node *outer = declare("outer", 0), *inner = declare("inner", outer->id);
	struct block *grown;

	dagmem_node_begin(outer->id);
	allocate(outer, 1000);
	grown = allocate(outer, 100);
	dagmem_node_begin(inner->id);
	allocate(inner, 300);
	dagmem_node_begin(inner->id);
	allocate(inner, 30);
	dagmem_node_end(inner->id, 0);
	outer->freed_bytes += 100;
	inner->allocated_bytes += 5000;
	TRUTH_REQUIRE(realloc(grown, 5000) != NULL);
	dagmem_node_end(inner->id, 0);
	TRUTH_REQUIRE(dagmem_context_get() == outer->id);
	allocate(outer, 10000);
	dagmem_node_end(outer->id, 1);
}

static void map(void)
{
	struct node *mapper = declare("mapper", 0);

	dagmem_node_begin(mapper->id);
	TRUTH_REQUIRE(mmap(NULL, MAPPED_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	allocate(mapper, 64);
	dagmem_node_end(mapper->id, 0);
}

/* The child is in the node that its parent was in; it asks before it allocates. */
static void divide(void)
{
	struct node *forked = declare("forked", 0), *own;
	int status;
	pid_t child;

	dagmem_node_begin(forked->id);
	child = fork();
	if (child == 0) {
		TRUTH_REQUIRE(dagmem_context_get() == forked->id);
		allocate(forked, 12345);
		dagmem_node_end(forked->id, 0);
		own = declare("childs own", forked->id);
		dagmem_node_begin(own->id);
		allocate(own, 99);
		dagmem_node_end(own->id, 0);
		_exit(0);
	}
	allocate(forked, 54321);
	dagmem_node_end(forked->id, 0);
	TRUTH_REQUIRE(waitpid(child, &status, 0) == child && status == 0);
}

static void misuse(void)
{
	struct node *a = declare("a", 0), *b = declare("b", a->id), *after = declare("after", b->id);
	uint32_t unknown = after->id + 1000;

	dagmem_node_end(a->id, 0);                      /* 1: never begun */
	dagmem_node_begin(unknown);                     /* 2 */
	dagmem_node_begin(0);                           /* 3 */
	TRUTH_REQUIRE(dagmem_context_set(unknown) == 0);/* 4 */
	TRUTH_REQUIRE(dagmem_context_get() == 0);
	dagmem_node_declare("early", &unknown, 1);      /* 5: before what it needs */
	for (int i = 0; i < 70; i++)
		dagmem_node_begin(a->id);               /* 6 to 11: the last six are too deep */
	allocate(a, 200);
	for (int i = 0; i < 70; i++)
		dagmem_node_end(a->id, 0);
	TRUTH_REQUIRE(dagmem_context_get() == 0);
	dagmem_node_begin(a->id);
	dagmem_node_begin(b->id);
	allocate(b, 40);
	dagmem_node_end(a->id, 0);                      /* 12: before the node inside it */
	TRUTH_REQUIRE(dagmem_context_get() == 0);
	dagmem_node_end(b->id, 0);                      /* 13: ended with it */
	dagmem_node_begin(after->id);
	allocate(after, 500);
	dagmem_node_end(after->id, 0);
}

static void write_nodes(void)
{
	const char *path = getenv("TRUTH");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	char text[256];

	for (unsigned i = 0; fd >= 0 && i < nodes; i++) {
		const struct node *at = &node[i];

		snprintf(text, sizeof text, "%s\"%s\":{\"total\":%llu,\"live\":%llu}", i ? ",\n" : "{",
			 at->name, (unsigned long long)at->allocated_bytes,
			 (unsigned long long)(at->allocated_bytes - at->freed_bytes));
		truth_say(fd, text);
	}
	if (fd >= 0) {
		truth_say(fd, "}\n");
		close(fd);
	}
}

int main(int argc, char **argv)
{
	static struct node not_a_node;
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 0;

	outside = &not_a_node;
	if (argc > 1 && strcmp(argv[1], "misuse") == 0) {
		if (dagmem_traced())
			misuse();
	} else {
		TRUTH_REQUIRE(threads > 0 && threads <= 64);
		run_nodes(threads);
		hand_to_helpers(threads);
		end_threads();
		nest();
		map();
		divide();
	}
	write_nodes();
	return 0;
}
