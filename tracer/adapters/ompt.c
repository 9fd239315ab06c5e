/*
 * ompt: OpenMP's tasks as nodes.
 *
 * An OpenMP runtime that knows OMPT (LLVM's libomp) calls ompt_start_tool() of
 * this library when it starts.  Each explicit task is a node, named after the
 * place where it is created, with edges from its depend clauses; a thread is in
 * the node of the task that it runs.  The threads of a parallel region are in
 * the node of whoever encountered it.  The outermost region that creates tasks
 * is a run.  docs/ADAPTERS.md says more.
 *
 * Without a tracer in the process the runtime is told that there is no tool.
 */
#include "dagmem.h"

#include <stdbool.h>
#include <stddef.h>

#include "tracer/adapters/accesses.h"
#include "tracer/adapters/code_name.h"
#include "tracer/adapters/node_set.h"
#include "tracer/adapters/ompt_abi.h"
#include "tracer/adapters/ompt_place.h"

/* --- A task's word --------------------------------------------------------- */

/*
 * What we keep of a task is one word:
 *
 *    63       32 31      8 7   4    3        2         1       0
 *   +-----------+---------+-----+-------+---------+---------+---+
 *   |   node    |  depth  |  -  | begun | context | running | 0 |
 *   +-----------+---------+-----+-------+---------+---------+---+
 *
 * A task whose children have depend clauses has a struct of its own, since
 * dependences are between children of one task: then the word stands there, and
 * its address with bit 0 set in its place.  A task is one thread's at a time,
 * and only that touches it.
 */
enum {
	HAS_CHILDREN = 1,
	RUNNING = 2,            /* on the stack of a thread, be it beneath others */
	BY_CONTEXT = 4,         /* running, but not begun: see enter() */
	BEGUN = 8,              /* once */
	DEPTH_SHIFT = 8,
	NODE_SHIFT = 32,
	DEPTH_LARGEST = (1 << (NODE_SHIFT - DEPTH_SHIFT)) - 1,
};

struct parent {
	uint64_t word;
	struct accesses accesses;       /* of its children */
	struct omp_dependence *awaited; /* see await() */
	int awaited_count, awaited_room;
};

static struct parent *parent_of(const union omp_data *task)
{
	return task->value & HAS_CHILDREN ? (struct parent *)(task->value - HAS_CHILDREN) : NULL;
}

static uint64_t *word_of(union omp_data *task)
{
	struct parent *parent = parent_of(task);

	return parent ? &parent->word : &task->value;
}

static uint32_t node_of(union omp_data *task)
{
	return (uint32_t)(*word_of(task) >> NODE_SHIFT);
}

static uint32_t depth_of(union omp_data *task)
{
	return (uint32_t)(*word_of(task) >> DEPTH_SHIFT) & DEPTH_LARGEST;
}

static uint64_t make_word(uint32_t node, uint32_t depth, uint64_t flags)
{
	return (uint64_t)node << NODE_SHIFT | (uint64_t)depth << DEPTH_SHIFT | flags;
}

/* NULL: no memory; the children are without edges. */
static struct parent *make_parent(union omp_data *task)
{
	struct parent *parent = parent_of(task);
	struct accesses accesses = { 0 };

	if (parent)
		return parent;
	parent = store_take(&accesses.store, sizeof *parent);   /* which it then owns itself */
	if (!parent)
		return NULL;
	parent->word = task->value;
	parent->accesses = accesses;
	task->value = (uintptr_t)parent | HAS_CHILDREN;
	return parent;
}

static void forget(union omp_data *task)
{
	struct parent *parent = parent_of(task);

	if (parent) {
		struct store store = parent->accesses.store;

		store_release(&store);
	}
	task->value = 0;
}

/* --- Runs ------------------------------------------------------------------ */

/* Regions that are open, nested ones too; the place of the first; its run. */
static uint32_t regions;
static struct place first_region;
static uint32_t run_state;              /* enum */
static uint32_t run;
static uint64_t runs;

enum { NO_RUN, RUN_BEGINS, RUN_OPEN };

/* A task is created: the outermost region is worth a run. */
static void want_run(void)
{
	uint32_t none = NO_RUN;

	if (__atomic_load_n(&run_state, __ATOMIC_RELAXED) != NO_RUN ||
	    !__atomic_load_n(&regions, __ATOMIC_RELAXED) ||
	    !__atomic_compare_exchange_n(&run_state, &none, RUN_BEGINS, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return;
	run = dagmem_run_begin(code_name("parallel", first_region.code, first_region.meaning), ++runs);
	__atomic_store_n(&run_state, RUN_OPEN, __ATOMIC_RELEASE);
}

static void end_run(void)
{
	uint32_t open = RUN_OPEN;

	if (__atomic_compare_exchange_n(&run_state, &open, RUN_BEGINS, 0, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED)) {
		dagmem_run_end(run, 0);
		__atomic_store_n(&run_state, NO_RUN, __ATOMIC_RELEASE);
	}
}

/* --- Regions --------------------------------------------------------------- */

/* A region's word is a task's: the node, and how deep, its threads start in. */
static void on_parallel_begin(union omp_data *task, const struct omp_frame *frame,
			      union omp_data *region, unsigned threads, int flags, const void *code)
{
	(void)frame, (void)threads, (void)flags;
	if (!__atomic_fetch_add(&regions, 1, __ATOMIC_RELAXED))
		first_region = ompt_place_of(code);
	region->value = make_word(dagmem_context_get(), task ? depth_of(task) : 0, 0);
}

static void on_parallel_end(union omp_data *region, union omp_data *task, int flags,
			    const void *code)
{
	(void)region, (void)task, (void)flags, (void)code;
	if (__atomic_fetch_sub(&regions, 1, __ATOMIC_RELAXED) == 1)
		end_run();
}

/* A thread of a region, or of the program, begins or ends; number 0 is the one that was there. */
static void on_implicit_task(int endpoint, union omp_data *region, union omp_data *task,
			     unsigned threads, unsigned number, int flags)
{
	bool helps = number != 0 && !(flags & OMP_TASK_INITIAL);

	(void)threads;
	if (endpoint == OMP_BEGIN) {
		ompt_place_enter();
		task->value = (region && !(flags & OMP_TASK_INITIAL) ? region->value : 0) | RUNNING;
		if (helps)
			dagmem_context_set(node_of(task));
	} else if (endpoint == OMP_END) {
		ompt_place_leave();
		if (helps)
			dagmem_context_set(0);
		forget(task);
	}
}

/* --- Creating tasks -------------------------------------------------------- */

/* A task whose dependences are still to be told, by this thread. */
static __thread struct {
	union omp_data *task, *parent;
	const void *code;
	bool waits;             /* it is a taskwait */
} coming;

static void declare(union omp_data *task, const void *code, const struct node_set *nodes)
{
	struct place place = ompt_place_of(code);
	uint32_t node = dagmem_node_declare(code_name("task", place.code, place.meaning),
					    nodes ? nodes->node : NULL, nodes ? nodes->count : 0);

	*word_of(task) = make_word(node, 0, 0);
}

static enum access_mode mode_of(int dependence_type)
{
	switch (dependence_type) {
	case OMP_IN:
		return ACCESS_READ;
	case OMP_OUT:
		return ACCESS_WRITE;
	case OMP_MUTEXINOUTSET:
		return ACCESS_EXCLUSIVE;
	case OMP_INOUTSET:
		return ACCESS_CONCURRENT;
	default:
		return ACCESS_READ_WRITE;
	}
}

/* Those of ordered loops are between iterations, not tasks. */
static bool is_between_tasks(const struct omp_dependence *dependence)
{
	return dependence->type != OMP_SOURCE && dependence->type != OMP_SINK;
}

static void declare_dependent(union omp_data *task, const void *code, struct parent *parent,
			      const struct omp_dependence *dependence, int count)
{
	struct node_set nodes;

	node_set_init(&nodes);
	for (int i = 0; i < count; i++)
		if (is_between_tasks(&dependence[i]))
			accesses_before(&parent->accesses, dependence[i].variable.value,
					mode_of(dependence[i].type), &nodes);
	node_set_finish(&nodes);
	declare(task, code, &nodes);
	node_set_release(&nodes);
	for (int i = 0; i < count; i++)
		if (is_between_tasks(&dependence[i]))
			accesses_enter(&parent->accesses, dependence[i].variable.value,
				       mode_of(dependence[i].type), node_of(task));
}

/*
 * A task that is not deferred (if(0)) is told without its dependences: they are
 * those of a taskwait just before it.  Keep them until the next task comes.
 */
static void await(struct parent *parent, const struct omp_dependence *dependence, int count)
{
	if (count > parent->awaited_room) {
		parent->awaited = store_take(&parent->accesses.store, (size_t)count * sizeof *dependence);
		parent->awaited_room = parent->awaited ? count : 0;
	}
	parent->awaited_count = parent->awaited ? count : 0;
	for (int i = 0; i < parent->awaited_count; i++)
		parent->awaited[i] = dependence[i];
}

/* False: the task depends on nothing that was awaited. */
static bool declare_awaited(union omp_data *task, const void *code, union omp_data *creator, int flags)
{
	struct parent *parent = creator ? parent_of(creator) : NULL;
	int count = parent ? parent->awaited_count : 0;

	if (!count)
		return false;
	parent->awaited_count = 0;
	if (flags & OMP_TASK_UNDEFERRED)
		declare_dependent(task, code, parent, parent->awaited, count);
	return flags & OMP_TASK_UNDEFERRED;
}

/* The runtime said that dependences would follow, and they did not. */
static void settle(void)
{
	if (coming.task && !coming.waits)
		declare(coming.task, coming.code, NULL);
	coming.task = NULL;
}

static void on_task_create(union omp_data *parent, const struct omp_frame *frame,
			   union omp_data *task, int flags, int has_dependences, const void *code)
{
	bool waits = flags & OMP_TASK_TASKWAIT;

	(void)frame;
	settle();
	if (!waits && !(flags & OMP_TASK_EXPLICIT))
		return;
	if (!waits)
		want_run();
	if (has_dependences && parent) {
		coming.task = task;
		coming.parent = parent;
		coming.code = code;
		coming.waits = waits;
	} else if (!waits && !declare_awaited(task, code, parent, flags)) {
		declare(task, code, NULL);
	}
}

static void on_dependences(union omp_data *task, const struct omp_dependence *dependence, int count)
{
	struct parent *parent = task == coming.task ? make_parent(coming.parent) : NULL;

	if (!parent)
		return;
	coming.task = NULL;
	if (coming.waits) {
		await(parent, dependence, count);
	} else {
		parent->awaited_count = 0;
		declare_dependent(task, coming.code, parent, dependence, count);
	}
}

/* --- Running tasks --------------------------------------------------------- */

/*
 * Tasks that a thread runs while others wait beneath are nodes inside nodes.
 * The tracer follows 64 levels.  Deeper ones (recursion) are set as the
 * thread's context: bytes are charged as well, executions are not told.  So are
 * further parts of an untied task: they are no further executions.
 */
enum { DEPTH_BEGUN = 48 };

static __thread uint32_t context_before[DEPTH_BEGUN + 1];      /* by depth */

static void enter_by_context(uint32_t node, uint32_t depth)
{
	uint32_t before = dagmem_context_set(node);

	if (depth <= DEPTH_BEGUN)
		context_before[depth] = before;
}

static void enter(union omp_data *task, uint32_t depth)
{
	uint64_t *word = word_of(task);
	bool begins = depth <= DEPTH_BEGUN && !(*word & BEGUN);

	ompt_place_enter();
	if (begins)
		dagmem_node_begin(node_of(task));
	else
		enter_by_context(node_of(task), depth);
	*word = make_word(node_of(task), depth < DEPTH_LARGEST ? depth : DEPTH_LARGEST,
			  RUNNING | (begins ? BEGUN : BY_CONTEXT | (*word & BEGUN)));
}

static void leave(union omp_data *task, union omp_data *next, int status)
{
	uint64_t *word = word_of(task);
	uint32_t depth = depth_of(task);

	ompt_place_leave();
	if (!(*word & BY_CONTEXT))
		dagmem_node_end(node_of(task), status == OMP_TASK_CANCEL);
	else
		dagmem_context_set(depth <= DEPTH_BEGUN ? context_before[depth] : node_of(next));
	*word &= ~(uint64_t)(RUNNING | BY_CONTEXT);
}

static bool is_running(union omp_data *task)
{
	return *word_of(task) & RUNNING;
}

static bool has_ended(int status)
{
	return status == OMP_TASK_COMPLETE || status == OMP_TASK_CANCEL || status == OMP_TASK_DETACH;
}

/*
 * The thread leaves `task` for `next`.  Either `next` begins, above `task` that
 * waits; or `task` goes, for good or (untied, between two of its parts) for a
 * while, and `next` is what waits beneath.
 */
static void on_task_schedule(union omp_data *task, int status, union omp_data *next)
{
	uint32_t depth = depth_of(task);

	settle();
	if (!next || status == OMP_TASK_EARLY_FULFILL || status == OMP_TASK_LATE_FULFILL)
		return;
	bool goes = has_ended(status) || is_running(next);

	if (goes && is_running(task) && node_of(task))
		leave(task, next, status);
	if (has_ended(status))
		forget(task);
	if (!is_running(next) && node_of(next))
		enter(next, goes ? depth : depth + 1);
}

/* --- The tool -------------------------------------------------------------- */

static int initialize(omp_lookup *lookup, int initial_device, union omp_data *data)
{
	static const struct { int event; omp_callback *callback; } WANTED[] = {
		{ OMP_PARALLEL_BEGIN, (omp_callback *)on_parallel_begin },
		{ OMP_PARALLEL_END, (omp_callback *)on_parallel_end },
		{ OMP_IMPLICIT_TASK, (omp_callback *)on_implicit_task },
		{ OMP_TASK_CREATE, (omp_callback *)on_task_create },
		{ OMP_DEPENDENCES, (omp_callback *)on_dependences },
		{ OMP_TASK_SCHEDULE, (omp_callback *)on_task_schedule },
	};
	omp_set_callback *set = (omp_set_callback *)lookup("ompt_set_callback");

	(void)initial_device, (void)data;
	ompt_place_init((const void *)(uintptr_t)lookup);
	for (size_t i = 0; set && i < sizeof WANTED / sizeof *WANTED; i++)
		set(WANTED[i].event, WANTED[i].callback);
	return set != NULL;
}

static void finalize(union omp_data *data)
{
	(void)data;
}

struct omp_tool *ompt_start_tool(unsigned omp_version, const char *version);

/* Called once, by the runtime. */
__attribute__((visibility("default")))
struct omp_tool *ompt_start_tool(unsigned omp_version, const char *version)
{
	static struct omp_tool tool = { initialize, finalize, { 0 } };

	(void)omp_version, (void)version;
	return dagmem_traced() ? &tool : NULL;
}
