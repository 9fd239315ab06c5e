/*
 * starpu: StarPU's tasks as nodes.
 *
 * Preloaded, this library stands in front of a few of StarPU's functions, some
 * of them its internal ones, and calls the real ones.  Each task with a codelet
 * is a node, named as the task or codelet is, with edges from the modes of its
 * data handles, from task dependencies and from tags.  A worker is in the node
 * while it fetches the task's data (StarPU allocates outputs then) and while it
 * runs it.  What a task writes is its result; it is released with the handle.
 * docs/ADAPTERS.md says more.
 *
 * Built for the StarPU that is installed: with another one, or without a tracer
 * in the process, calls go straight through.
 */
#define NDEBUG                  /* its macros assert: we never end the program */

#include <dlfcn.h>
#include <starpu.h>
#include <stdarg.h>
#include <stdbool.h>

#include "dagmem.h"
#include "tracer/adapters/code_name.h"
#include "tracer/adapters/task_graph.h"

#define EXPORT __attribute__((visibility("default")))

/* Internal functions of StarPU: its objects reach them through the loader. */
int _starpu_fetch_task_input(struct starpu_task *task, void *job, int asynchronous);
void _starpu_push_task_output(void *job);
void _starpu_sched_pre_exec_hook(struct starpu_task *task);
void _starpu_sched_post_exec_hook(struct starpu_task *task);
void _starpu_task_destroy(struct starpu_task *task);

/* --- The real functions ---------------------------------------------------- */

/* All that we call of StarPU. */
#define REAL_FUNCTIONS(F) \
	F(starpu_get_version) F(starpu_task_submit) F(starpu_task_get_name) \
	F(starpu_task_declare_deps_array) F(starpu_tag_declare_deps_array) F(starpu_tag_remove) \
	F(starpu_data_unregister) F(starpu_data_unregister_no_coherency) F(starpu_data_unregister_submit) \
	F(starpu_data_get_sequential_consistency_flag) F(starpu_data_get_size) \
	F(starpu_data_handle_to_pointer) F(starpu_worker_get_id) F(starpu_worker_get_type) \
	F(starpu_worker_get_memory_node) F(_starpu_fetch_task_input) F(_starpu_push_task_output) \
	F(_starpu_sched_pre_exec_hook) F(_starpu_sched_post_exec_hook) F(_starpu_task_destroy)

#define DECLARE_REAL(name) __typeof__(&(name)) name;
static struct { REAL_FUNCTIONS(DECLARE_REAL) } real;

/* Whether all are there, of the version whose structs we know, and a tracer. */
static bool active;

static bool is_known_version(void)
{
	int major = 0, minor = 0, release = 0;

	real.starpu_get_version(&major, &minor, &release);
	return major == STARPU_MAJOR_VERSION && minor == STARPU_MINOR_VERSION;
}

/*
 * Before main(), and not at a first call: dlsym() takes the loader's lock, which
 * a thread may hold that waits for a task.
 */
__attribute__((constructor)) static void find_real(void)
{
	bool complete = true;

#define FIND_REAL(name) \
	real.name = (__typeof__(real.name))dlsym(RTLD_NEXT, #name); \
	complete = complete && real.name;
	REAL_FUNCTIONS(FIND_REAL)
	active = complete && dagmem_traced() && is_known_version();
}

/* --- What a task uses ------------------------------------------------------ */

enum { USES_MAX = 256 };

static enum access_mode mode_of(enum starpu_data_access_mode mode)
{
	if (mode & STARPU_REDUX)
		return ACCESS_CONCURRENT;
	if (mode & STARPU_COMMUTE)
		return ACCESS_EXCLUSIVE;
	if ((mode & STARPU_RW) == STARPU_RW)
		return ACCESS_READ_WRITE;
	return mode & STARPU_W ? ACCESS_WRITE : ACCESS_READ;
}

static bool is_ordered(const struct starpu_task *task, unsigned buffer, starpu_data_handle_t handle)
{
	return task->sequential_consistency &&
	       (!task->handles_sequential_consistency || task->handles_sequential_consistency[buffer]) &&
	       real.starpu_data_get_sequential_consistency_flag(handle);
}

static unsigned buffers_of(struct starpu_task *task)
{
	return task->cl ? (unsigned)STARPU_TASK_GET_NBUFFERS(task) : 0;
}

/* Scratch data are nobody's. */
static size_t uses_of(struct starpu_task *task, struct task_use use[USES_MAX])
{
	unsigned buffers = buffers_of(task);
	size_t uses = 0;

	for (unsigned i = 0; i < buffers && uses < USES_MAX; i++) {
		enum starpu_data_access_mode mode = STARPU_TASK_GET_MODE(task, i);
		starpu_data_handle_t handle = STARPU_TASK_GET_HANDLE(task, i);

		if (handle && !(mode & STARPU_SCRATCH))
			use[uses++] = (struct task_use){ handle, mode_of(mode), is_ordered(task, i, handle) };
	}
	return uses;
}

/* --- Submitting ------------------------------------------------------------ */

static const char *name_of(struct starpu_task *task)
{
	const char *name = real.starpu_task_get_name(task);

	if (name)
		return name;
	if (!task->cl)
		return "synchronization";
	return code_name("codelet", (const void *)(uintptr_t)task->cl->cpu_funcs[0], CODE_FUNCTION);
}

/* Without codelet and tag it is StarPU's own, for what the program asked of it. */
static bool is_node(const struct starpu_task *task)
{
	return task && (task->cl || task->use_tag);
}

EXPORT int starpu_task_submit(struct starpu_task *task)
{
	struct task_use use[USES_MAX];
	bool node = active && is_node(task);
	size_t uses = node ? uses_of(task, use) : 0;

	if (node)
		task_graph_submit(&(struct task_request){
			.task = task, .name = name_of(task), .tagged = task->use_tag, .tag = task->tag_id,
			.use = use, .uses = uses,
		});
	int result = real.starpu_task_submit(task);

	if (node && result != 0)
		task_graph_end(task, use, uses);
	return result;
}

EXPORT void starpu_task_declare_deps_array(struct starpu_task *task, unsigned count,
					   struct starpu_task *before[])
{
	if (active)
		task_graph_depend(task, (const void *const *)before, count);
	real.starpu_task_declare_deps_array(task, count, before);
}

/* Variable arguments can't be handed on; as many as a source line has fit on the stack. */
EXPORT void starpu_task_declare_deps(struct starpu_task *task, unsigned count, ...)
{
	struct starpu_task **before = __builtin_alloca((count + 1) * sizeof *before);
	va_list arguments;

	va_start(arguments, count);
	for (unsigned i = 0; i < count; i++)
		before[i] = va_arg(arguments, struct starpu_task *);
	va_end(arguments);
	if (count)
		starpu_task_declare_deps_array(task, count, before);
}

EXPORT void starpu_tag_declare_deps_array(starpu_tag_t tag, unsigned count, starpu_tag_t *before)
{
	if (active)
		task_graph_depend_tag(tag, before, count);
	real.starpu_tag_declare_deps_array(tag, count, before);
}

EXPORT void starpu_tag_declare_deps(starpu_tag_t tag, unsigned count, ...)
{
	starpu_tag_t *before = __builtin_alloca((count + 1) * sizeof *before);
	va_list arguments;

	va_start(arguments, count);
	for (unsigned i = 0; i < count; i++)
		before[i] = va_arg(arguments, starpu_tag_t);
	va_end(arguments);
	starpu_tag_declare_deps_array(tag, count, before);
}

EXPORT void starpu_tag_remove(starpu_tag_t tag)
{
	if (active)
		task_graph_forget_tag(tag);
	real.starpu_tag_remove(tag);
}

EXPORT void _starpu_task_destroy(struct starpu_task *task)
{
	if (active)
		task_graph_forget(task);
	real._starpu_task_destroy(task);
}

/* --- Running --------------------------------------------------------------- */

/* What this worker runs. */
static __thread struct {
	struct starpu_task *task;
	uint32_t node;
	bool begun;
} running;

static uint32_t node_of(struct starpu_task *task)
{
	if (running.task != task) {
		running.task = task;
		running.node = task_graph_node(task);
	}
	return running.node;
}

/* StarPU allocates what the task will write. */
EXPORT int _starpu_fetch_task_input(struct starpu_task *task, void *job, int asynchronous)
{
	uint32_t before;
	int result;

	running.task = NULL;
	if (!active || !node_of(task))
		return real._starpu_fetch_task_input(task, job, asynchronous);
	before = dagmem_context_set(running.node);
	result = real._starpu_fetch_task_input(task, job, asynchronous);
	dagmem_context_set(before);
	return result;
}

EXPORT void _starpu_sched_pre_exec_hook(struct starpu_task *task)
{
	real._starpu_sched_pre_exec_hook(task);
	if (!active || !node_of(task))
		return;
	dagmem_node_begin(running.node);
	running.begun = true;
}

/* What it wrote is in the memory of this worker, of which we know the program's own. */
static void produce(struct starpu_task *task)
{
	int worker = real.starpu_worker_get_id();
	unsigned buffers = buffers_of(task);

	if (worker < 0 || real.starpu_worker_get_type(worker) != STARPU_CPU_WORKER)
		return;
	unsigned memory = real.starpu_worker_get_memory_node((unsigned)worker);

	for (unsigned i = 0; i < buffers; i++) {
		enum starpu_data_access_mode mode = STARPU_TASK_GET_MODE(task, i);
		starpu_data_handle_t handle = STARPU_TASK_GET_HANDLE(task, i);
		const void *data = handle && mode & STARPU_W && !(mode & STARPU_SCRATCH) ?
			real.starpu_data_handle_to_pointer(handle, memory) : NULL;

		if (data)
			task_graph_produce(task, handle, data, real.starpu_data_get_size(handle));
	}
}

static void end_node(void)
{
	dagmem_node_end(running.node, 0);
	running.begun = false;
}

/*
 * The codelet has returned.  This lets go of the data, which another thread may
 * wait for to unregister: not a moment later may we look at them.
 */
EXPORT void _starpu_push_task_output(void *job)
{
	struct task_use use[USES_MAX];

	if (running.begun) {
		produce(running.task);
		end_node();
		task_graph_end(running.task, use, uses_of(running.task, use));
	}
	real._starpu_push_task_output(job);
}

/* Of several workers that run one task together only one has come through there. */
EXPORT void _starpu_sched_post_exec_hook(struct starpu_task *task)
{
	if (running.begun)
		end_node();
	running.task = NULL;
	real._starpu_sched_post_exec_hook(task);
}

/* --- Data ------------------------------------------------------------------ */

/* Waits for the tasks that use it, then frees what StarPU allocated for it. */
EXPORT void starpu_data_unregister(starpu_data_handle_t handle)
{
	if (active)
		task_graph_drop(handle);
	real.starpu_data_unregister(handle);
}

EXPORT void starpu_data_unregister_no_coherency(starpu_data_handle_t handle)
{
	if (active)
		task_graph_drop(handle);
	real.starpu_data_unregister_no_coherency(handle);
}

/* Returns at once; StarPU does it when those tasks have ended. */
EXPORT void starpu_data_unregister_submit(starpu_data_handle_t handle)
{
	if (active)
		task_graph_drop(handle);
	real.starpu_data_unregister_submit(handle);
}
