/*
 * stress: threads that allocate, resize, free their own and each other's
 * blocks, end and are replaced.  Knows its totals, its live bytes per line,
 * and, when told to serialise, its exact peak.
 *
 * usage: stress THREADS OPERATIONS SEED [exact] [churn] [paths]
 *   exact   one event at a time, so that the peak is known
 *   churn   each thread lives for a sixteenth of its operations only
 *   paths   each operation has a path of its own, so that stacks hardly ever come back
 */
#include "paths.h"
#include "truth.h"

enum { SLOTS = 512, MAILBOX = 256, THREADS_MAX = 64 };

struct mailbox {        /* blocks that other threads want this one to free */
	pthread_mutex_t lock;
	void *block[MAILBOX];
	unsigned count;
};

struct worker {
	struct mailbox mailbox;
	uint64_t random;
	unsigned long operations;
	void *slot[SLOTS];
};

static struct worker workers[THREADS_MAX];
static unsigned worker_count;
static int has_paths;
static unsigned long path_number;

static unsigned draw(struct worker *worker, unsigned below)
{
	worker->random = worker->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(worker->random >> 33) % below;
}

/* Sizes from all classes: mostly small, some beyond the mmap threshold. */
static size_t draw_size(struct worker *worker)
{
	unsigned kind = draw(worker, 1000);

	if (kind < 800)
		return 16 + draw(worker, 500);
	if (kind < 998)
		return 16 + draw(worker, 20000);
	return 140000 + draw(worker, 100000);
}

/* Not inlined: the compiler would have one call for what is alike in all three. */
#define APART __attribute__((noinline))

static APART void *small_table(size_t n) { return TRUTH_NEW(n); }
static APART void *text(size_t n) { return TRUTH_NEW(n); }
static APART void *list_node(size_t n) { return TRUTH_NEW(n); }
static void *deep(size_t n, unsigned depth)
{
	void *block = depth ? deep(n, depth - 1) : TRUTH_NEW(n);

	__asm__ volatile("" : : : "memory");    /* not a tail call */
	return block;
}

static void *allocate(struct worker *worker)
{
	size_t n = draw_size(worker);

	switch (draw(worker, 4)) {
	case 0: return small_table(n);
	case 1: return text(n);
	case 2: return list_node(n);
	default: return deep(n, draw(worker, 40));
	}
}

static void *resize(void *block, size_t n)
{
	return TRUTH_RESIZE(block, n);
}

/* A realloc storm: one block through many sizes. */
static void *storm(struct worker *worker, void *block)
{
	for (int i = 0; i < 20; i++)
		block = resize(block, draw_size(worker));
	return block;
}

static int post(struct mailbox *to, void *block)
{
	int posted = 0;

	pthread_mutex_lock(&to->lock);
	if (to->count < MAILBOX) {
		to->block[to->count++] = block;
		posted = 1;
	}
	pthread_mutex_unlock(&to->lock);
	return posted;
}

static void *collect(struct mailbox *from)
{
	void *block = NULL;

	pthread_mutex_lock(&from->lock);
	if (from->count)
		block = from->block[--from->count];
	pthread_mutex_unlock(&from->lock);
	return block;
}

static void step(struct worker *worker)
{
	void **slot = &worker->slot[draw(worker, SLOTS)], *block;

	if (!*slot) {
		*slot = allocate(worker);
		return;
	}
	switch (draw(worker, 8)) {
	case 0:
		*slot = resize(*slot, draw_size(worker));
		break;
	case 1:
		if (draw(worker, 20) == 0 && !has_paths)
			*slot = storm(worker, *slot);
		break;
	case 2: case 3: case 4:
		if (post(&workers[draw(worker, worker_count)].mailbox, *slot))
			*slot = NULL;
		break;
	default:
		truth_delete(*slot);
		*slot = NULL;
	}
	if ((block = collect(&worker->mailbox)))
		truth_delete(block);
}

static void step_at_end(void *worker)
{
	step(worker);
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	for (unsigned long i = 0; i < worker->operations; i++)
		if (has_paths)
			path_take(__atomic_fetch_add(&path_number, 1, __ATOMIC_RELAXED), step_at_end, worker);
		else
			step(worker);
	return NULL;
}

static void run_threads(void)
{
	pthread_t thread[THREADS_MAX];

	if (worker_count == 1) {        /* single-threaded code paths of the C library */
		work(&workers[0]);
		return;
	}
	for (unsigned i = 0; i < worker_count; i++)
		TRUTH_REQUIRE(pthread_create(&thread[i], NULL, work, &workers[i]) == 0);
	for (unsigned i = 0; i < worker_count; i++)
		pthread_join(thread[i], NULL);
}

int main(int argc, char **argv)
{
	unsigned rounds = 1;

	TRUTH_REQUIRE(argc >= 4);
	worker_count = (unsigned)atoi(argv[1]);
	TRUTH_REQUIRE(worker_count >= 1 && worker_count <= THREADS_MAX);
	for (int i = 4; i < argc; i++) {
		truth_exact |= !strcmp(argv[i], "exact");
		has_paths |= !strcmp(argv[i], "paths");
		rounds = !strcmp(argv[i], "churn") ? 16 : rounds;
	}
	for (unsigned i = 0; i < worker_count; i++) {
		pthread_mutex_init(&workers[i].mailbox.lock, NULL);
		workers[i].random = (uint64_t)atoll(argv[3]) * 1000003 + i;
		workers[i].operations = strtoul(argv[2], NULL, 10) / worker_count / rounds;
	}
	for (unsigned i = 0; i < rounds; i++)
		run_threads();
	truth_write();
	return 0;
}
