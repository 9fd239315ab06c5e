/*
 * ompt_abi: as much of OMPT, the tools interface of OpenMP, as the adapter
 * needs: OpenMP 5.1, chapter 4.  Declared here, under names of our own, so that
 * no compiler's header is needed; tests/e2e/openmp.sh compares with LLVM's.
 */
#ifndef DAGMEM_TRACER_ADAPTERS_OMPT_ABI_H
#define DAGMEM_TRACER_ADAPTERS_OMPT_ABI_H

#include <stdint.h>

/* A word that the runtime keeps for the tool: one per thread, region, task. */
union omp_data {
	uint64_t value;
	void *ptr;
};

struct omp_frame;

enum omp_event {
	OMP_PARALLEL_BEGIN = 3,
	OMP_PARALLEL_END = 4,
	OMP_TASK_CREATE = 5,
	OMP_TASK_SCHEDULE = 6,
	OMP_IMPLICIT_TASK = 7,
	OMP_DEPENDENCES = 18,
};

enum omp_endpoint { OMP_BEGIN = 1, OMP_END = 2 };

enum omp_task_flag {
	OMP_TASK_INITIAL = 0x1,
	OMP_TASK_IMPLICIT = 0x2,
	OMP_TASK_EXPLICIT = 0x4,
	OMP_TASK_TASKWAIT = 0x10,
	OMP_TASK_UNDEFERRED = 0x08000000,
};

/* Why a thread leaves a task. */
enum omp_task_status {
	OMP_TASK_COMPLETE = 1,
	OMP_TASK_YIELD = 2,
	OMP_TASK_CANCEL = 3,
	OMP_TASK_DETACH = 4,
	OMP_TASK_EARLY_FULFILL = 5,
	OMP_TASK_LATE_FULFILL = 6,
	OMP_TASK_SWITCH = 7,
	OMP_TASKWAIT_COMPLETE = 8,
};

enum omp_dependence_type {
	OMP_IN = 1,
	OMP_OUT = 2,
	OMP_INOUT = 3,
	OMP_MUTEXINOUTSET = 4,
	OMP_SOURCE = 5,
	OMP_SINK = 6,
	OMP_INOUTSET = 7,
};

struct omp_dependence {
	union omp_data variable;
	int type;                       /* enum omp_dependence_type */
};

typedef void omp_callback(void);
typedef omp_callback *omp_lookup(const char *entry_point);
typedef int omp_set_callback(int event, omp_callback *callback);

/* What ompt_start_tool() returns. */
struct omp_tool {
	int (*initialize)(omp_lookup *lookup, int initial_device, union omp_data *data);
	void (*finalize)(union omp_data *data);
	union omp_data data;
};

#endif
