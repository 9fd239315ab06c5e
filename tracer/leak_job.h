/*
 * leak_job: what a leak check's child is to do, filled in by its parent before
 * the fork.  The parts of the check, leak_*.c, pass it along.
 */
#ifndef DAGMEM_TRACER_LEAK_JOB_H
#define DAGMEM_TRACER_LEAK_JOB_H

#include "profile/leak_layout.h"
#include "tracer/leak_threads.h"

/* Where the thread that checks stands. */
struct leak_caller {
	uintptr_t sp;                   /* its stack is alive from here on */
	uintptr_t pc;                   /* return address into the frame that begins there; 0: unknown */
	uintptr_t bp;
	struct machine_registers registers;
};

/*
 * The caller of the function this stands in.  Registers that the compiler uses
 * in it are not what they were: it must do nothing else but hand this on, to a
 * function that is not inlined.
 */
#define LEAK_CALLER() (__extension__({                                          \
	struct leak_caller caller_;                                             \
	machine_save(&caller_.registers);                                       \
	caller_.pc = (uintptr_t)__builtin_return_address(0);                    \
	caller_.sp = (uintptr_t)__builtin_dwarf_cfa();                          \
	caller_.bp = *(uintptr_t *)__builtin_frame_address(0);                  \
	caller_.registers.value[MACHINE_SAVED_FP] = caller_.bp;                 \
	caller_; }))

struct leak_job {
	uint32_t reason;                /* enum leak_reason */
	uint32_t number;
	uint32_t flags;                 /* enum leak_flag, as far as the parent knows */
	bool graph, tagged;
	uint32_t ranges_before;         /* of the tracer's memory, when the child began */
	uint32_t head_page;             /* of the profile: taken, not in its directory yet */
	uint32_t pid, tid;              /* who checks */
	struct leak_caller caller;
	uintptr_t thread_pointer;
	uint64_t monotonic_ns;
	struct leak_threads threads;
	char label[SNAPSHOT_LABEL_MAX];
};

#endif
