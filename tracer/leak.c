#include "tracer/leak.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "tracer/journal.h"
#include "tracer/leak_snapshot.h"
#include "tracer/leak_write.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/modules.h"
#include "tracer/sys.h"

static bool at_exit, at_snapshots, graph, tagged, was_paused;
static struct leak_job job;             /* of the newest check */
static long child;                      /* that does it; 0: none */
static uint32_t holder;                 /* the thread that is at it; 0: none */

void leak_init(const struct options *options)
{
	at_exit = options->leaks_at_exit;
	at_snapshots = options->leaks_at_snapshots;
	graph = options->leak_graph;
	tagged = options->leak_tagged;
}

bool leak_at_exit(void)
{
	return at_exit;
}

bool leak_at_snapshots(void)
{
	return at_snapshots;
}

void leak_note_pause(void)
{
	was_paused = true;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	sys_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0, 0);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * Not struct lock: this is held while a child is waited for, with signals open.
 * A thread that was thrown out of here by a jump may come again; one that has
 * ended needs nothing.
 */
static void begin(uint32_t self)
{
	uint32_t other = 0;

	while (!__atomic_compare_exchange_n(&holder, &other, self, 0, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED) && other != self) {
		if (!sys_thread_exists(sys_getpid(), other) &&
		    __atomic_compare_exchange_n(&holder, &other, self, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return;
		sys_yield();
		other = 0;
	}
}

static void end(void)
{
	__atomic_store_n(&holder, 0, __ATOMIC_RELEASE);
}

/* The child of the check before: wait for it, and if it was killed say so in its place. */
static void finish_child(bool leave)
{
	int killed_by;

	if (!child)
		return;
	killed_by = leak_snapshot_end(child, true, leave);
	child = 0;
	if (killed_by > 0)
		leak_write_failure(&job, LEAK_DIED, (uint32_t)killed_by);
}

static bool prepare(enum leak_reason reason, const char *label, const struct leak_caller *caller)
{
	memset(&job, 0, sizeof job);
	job.head_page = pages_take(&profile.pages);
	if (!job.head_page) {
		journal_note("a leak check found no room in the profile");
		return false;
	}
	job.number = __atomic_fetch_add(&profile_header()->leak_checks, 1, __ATOMIC_RELAXED);
	job.reason = reason;
	job.graph = graph;
	job.tagged = tagged;
	job.flags = (tagged ? LEAK_WITH_TAGGED : 0) | (was_paused ? LEAK_WAS_PAUSED : 0);
	if (reason == LEAK_AT_EXIT && !caller->pc)
		job.flags |= LEAK_NO_EXIT_FRAME;
	job.pid = sys_getpid();
	job.tid = sys_gettid();
	job.caller = *caller;
	job.thread_pointer = machine_thread_pointer();
	strncpy(job.label, label ? label : "", sizeof job.label - 1);
	return true;
}

/* What the child's memory is counted from. */
static uint32_t count_ranges(void)
{
	uint32_t count = 0;
	uintptr_t start;
	size_t bytes;

	while (memory_range(count, &start, &bytes))
		count++;
	return count;
}

/* Other threads stand still in here. */
static long snapshot(void)
{
	uint64_t begun = now_ns();
	long started;

	leak_threads_stop(&job.threads);
	modules_enter_all();
	job.flags |= (job.threads.unlisted ? LEAK_NO_THREADS : 0) |
		     (job.threads.no_signal ? LEAK_NO_SIGNAL : 0);
	job.ranges_before = count_ranges();
	job.monotonic_ns = now_ns();
	started = leak_snapshot_start(&job);
	leak_threads_release(&job.threads);
	leak_write_head(&job)->stop_ns = now_ns() - begun;
	return started;
}

bool leak_check(enum leak_reason reason, const char *label, const struct leak_caller *caller)
{
	struct leak_caller here = { 0 };
	uint64_t signals;
	bool started = false;

	machine_save(&here.registers);
	here.sp = (uintptr_t)&here;
	begin(sys_gettid());
	finish_child(false);
	signals = sys_signals_block();
	if (prepare(reason, label, caller ? caller : &here)) {
		long result = snapshot();

		started = !sys_failed(result);
		if (started)
			child = result;
		else
			leak_write_failure(&job, LEAK_NO_PROCESS, (uint32_t)-result);
	}
	sys_signals_restore(signals);
	end();
	return started;
}

bool leak_requested(const char *label)
{
	return leak_check(LEAK_REQUESTED, label, NULL);
}

void leak_finish(void)
{
	begin(sys_gettid());
	finish_child(true);
	end();
}

void leak_fork(void)
{
	child = 0;
	holder = 0;
	leak_threads_fork();
	profile_header()->leak_checks = 0;
}
