#include "tracer/adapters/ompt_place.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#pragma weak _dl_find_object

#define EXPORT __attribute__((visibility("default")))

/* --- What compilers have programs call --------------------------------------- */

/* The arguments are passed on as they are: no later compiler has added to them. */

/* During such a call, and as long as the thread is in no task begun meanwhile. */
static __thread struct { struct place place; uint32_t level; } called;
static __thread uint32_t level;         /* tasks and regions that this thread is in */

/* fn, data, num_threads, flags */
typedef void gomp_parallel(void *, void *, unsigned, unsigned);
/* fn, data, cpyfn, arg_size, arg_align, if_clause, flags, depend, priority, detach */
typedef void gomp_task(void *, void *, void *, long, long, bool, unsigned, void *, int, void *);
/* fn, data, cpyfn, arg_size, arg_align, flags, num_tasks, priority, start, end, step */
typedef void gomp_taskloop(void *, void *, void *, long, long, unsigned, unsigned long, int, long,
			   long, long);
/* loc, gtid, task, if_val, lb, ub, st, nogroup, sched, grainsize, [modifier,] task_dup */
typedef void kmpc_taskloop(void *, int, void *, int, void *, void *, long, int, int, uint64_t, void *);
typedef void kmpc_taskloop_5(void *, int, void *, int, void *, void *, long, int, int, uint64_t, int,
			     void *);

gomp_parallel GOMP_parallel;
gomp_task GOMP_task;
gomp_taskloop GOMP_taskloop, GOMP_taskloop_ull;
kmpc_taskloop __kmpc_taskloop;
kmpc_taskloop_5 __kmpc_taskloop_5;

static struct {
	gomp_parallel *parallel;
	gomp_task *task;
	gomp_taskloop *taskloop, *taskloop_ull;
	kmpc_taskloop *llvm_taskloop;
	kmpc_taskloop_5 *llvm_taskloop_5;
} real;

/* Before main(): dlsym() takes the loader's lock, which a thread may hold that waits for a task. */
__attribute__((constructor)) static void find_real(void)
{
	real.parallel = (gomp_parallel *)dlsym(RTLD_NEXT, "GOMP_parallel");
	real.task = (gomp_task *)dlsym(RTLD_NEXT, "GOMP_task");
	real.taskloop = (gomp_taskloop *)dlsym(RTLD_NEXT, "GOMP_taskloop");
	real.taskloop_ull = (gomp_taskloop *)dlsym(RTLD_NEXT, "GOMP_taskloop_ull");
	real.llvm_taskloop = (kmpc_taskloop *)dlsym(RTLD_NEXT, "__kmpc_taskloop");
	real.llvm_taskloop_5 = (kmpc_taskloop_5 *)dlsym(RTLD_NEXT, "__kmpc_taskloop_5");
}

typedef __typeof__(called) call;

static call call_begin(struct place place)
{
	call before = called;

	called.place = place;
	called.level = level;
	return before;
}

/* The place of the newest taskloop, in one word. */
static uint64_t newest_loop;

static uint64_t pack(struct place place)
{
	return (uint64_t)(uintptr_t)place.code << 1 | (place.meaning == CODE_LINE);
}

static struct place unpack(uint64_t packed)
{
	return (struct place){ (const void *)(uintptr_t)(packed >> 1), packed & 1 ? CODE_LINE : CODE_CALL };
}

static call loop_begin(struct place place)
{
	__atomic_store_n(&newest_loop, pack(place), __ATOMIC_RELAXED);
	return call_begin(place);
}

/* Where the runtime is. */
static struct { uintptr_t start, end; } runtime;

void ompt_place_init(const void *function)
{
	struct dl_find_object found;

	if (!_dl_find_object || _dl_find_object((void *)(uintptr_t)function, &found))
		return;
	runtime.start = (uintptr_t)found.dlfo_map_start;
	runtime.end = (uintptr_t)found.dlfo_map_end;
}

static bool is_runtimes(const void *code)
{
	return (uintptr_t)code - runtime.start < runtime.end - runtime.start;
}

/* The runtime calls its own function for what gcc's does. */
static call llvm_loop_begin(const void *caller)
{
	return is_runtimes(caller) ? called : loop_begin((struct place){ caller, CODE_CALL });
}

EXPORT void GOMP_parallel(void *function, void *data, unsigned threads, unsigned flags)
{
	call before = call_begin((struct place){ function, CODE_LINE });

	real.parallel(function, data, threads, flags);
	called = before;
}

EXPORT void GOMP_task(void *function, void *data, void *copy, long size, long align, bool condition,
		      unsigned flags, void *depend, int priority, void *detach)
{
	call before = call_begin((struct place){ function, CODE_LINE });

	real.task(function, data, copy, size, align, condition, flags, depend, priority, detach);
	called = before;
}

EXPORT void GOMP_taskloop(void *function, void *data, void *copy, long size, long align,
			  unsigned flags, unsigned long tasks, int priority, long start, long end,
			  long step)
{
	call before = loop_begin((struct place){ function, CODE_LINE });

	real.taskloop(function, data, copy, size, align, flags, tasks, priority, start, end, step);
	called = before;
}

EXPORT void GOMP_taskloop_ull(void *function, void *data, void *copy, long size, long align,
			      unsigned flags, unsigned long tasks, int priority, long start,
			      long end, long step)
{
	call before = loop_begin((struct place){ function, CODE_LINE });

	real.taskloop_ull(function, data, copy, size, align, flags, tasks, priority, start, end, step);
	called = before;
}

EXPORT void __kmpc_taskloop(void *location, int thread, void *task, int condition, void *first,
			    void *last, long step, int nogroup, int schedule, uint64_t grain,
			    void *duplicate)
{
	call before = llvm_loop_begin(__builtin_return_address(0));

	real.llvm_taskloop(location, thread, task, condition, first, last, step, nogroup, schedule, grain,
			   duplicate);
	called = before;
}

EXPORT void __kmpc_taskloop_5(void *location, int thread, void *task, int condition, void *first,
			      void *last, long step, int nogroup, int schedule, uint64_t grain,
			      int modifier, void *duplicate)
{
	call before = llvm_loop_begin(__builtin_return_address(0));

	real.llvm_taskloop_5(location, thread, task, condition, first, last, step, nogroup, schedule,
			     grain, modifier, duplicate);
	called = before;
}

/* --- Telling ----------------------------------------------------------------- */

void ompt_place_enter(void)
{
	level++;
}

void ompt_place_leave(void)
{
	level--;
}

/*
 * A large taskloop has tasks that are not told create the tasks that are, on
 * other threads and at a place in the runtime: it is taken to be the newest one.
 */
struct place ompt_place_of(const void *told)
{
	struct place best = { told, CODE_CALL };

	if (called.place.code && called.level == level)
		return called.place;
	if (is_runtimes(told) && __atomic_load_n(&newest_loop, __ATOMIC_RELAXED))
		best = unpack(__atomic_load_n(&newest_loop, __ATOMIC_RELAXED));
	return best;
}
