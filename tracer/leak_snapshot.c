#include "tracer/leak_snapshot.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tracer/guard.h"
#include "tracer/leak_freed.h"
#include "tracer/leak_graph.h"
#include "tracer/leak_lost.h"
#include "tracer/leak_pages.h"
#include "tracer/leak_rows.h"
#include "tracer/leak_roots.h"
#include "tracer/leak_write.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/real.h"
#include "tracer/sys.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { FILES_MAX = 1 << 16, CPU_SECONDS_MAX = 600 };

/* --- The child --------------------------------------------------------------------- */

/* The program must find pipes and sockets closed when it closes them. */
static void close_files(void)
{
	if (!sys_failed(sys_call(SYS_close_range, 0, UINT32_MAX, 0, 0, 0, 0)))
		return;
	for (int fd = 0; fd < FILES_MAX; fd++)
		sys_close(fd);
}

static void set_limit(int resource, rlim_t value)
{
	const struct rlimit limit = { value, value };

	sys_call(SYS_prlimit64, 0, resource, (long)&limit, 0, 0, 0);
}

static void be_modest(void)
{
	int fd = sys_open("/proc/self/oom_score_adj", O_WRONLY, 0);

	if (fd >= 0) {
		sys_write(fd, "1000", 4);
		sys_close(fd);
	}
	set_limit(RLIMIT_CORE, 0);
	set_limit(RLIMIT_CPU, CPU_SECONDS_MAX);
	sys_call(SYS_prctl, 15 /* PR_SET_NAME */, (long)"dagmem-leaks", 0, 0, 0, 0);
}

static bool judge(struct leak_marker *marker, const struct leak_roots *roots, bool tagged)
{
	leak_mark_all(marker, &roots->stacks.tls.kept, tagged);
	if (roots->stacks.seen || roots->stacks.unknown) {
		leak_lost_doubt(marker);
		return true;
	}
	if (!leak_lost_classify(marker))
		return false;
	leak_freed_note(marker, &roots->heap);
	return true;
}

static void fail(const struct leak_job *job, enum leak_status status, int error)
{
	leak_write_failure(job, status, (uint32_t)error);
}

/* Collect, mark, judge, add up, write. */
static void check(const struct leak_job *job)
{
	static struct leak_maps maps;
	static struct leak_heap heap;
	static struct leak_roots roots;
	static struct leak_marker marker;
	static struct leak_rows rows;
	uint32_t flags = real.glibc ? 0 : LEAK_FOREIGN_HEAP;
	int error = leak_maps_read(&maps);

	if (error) {
		fail(job, LEAK_NO_MAPS, -error);
		return;
	}
	leak_pages_open();
	if (!leak_heap_collect(&heap, &maps) || !leak_roots_find(&roots, job, &maps, &heap) ||
	    !leak_mark_init(&marker, &heap, &roots.ranges, &maps) ||
	    !judge(&marker, &roots, job->tagged) || !leak_rows_add_up(&rows, &marker, job, &roots)) {
		fail(job, LEAK_NO_MEMORY, ENOMEM);
		return;
	}
	if (job->graph)
		flags |= leak_graph_write(job, &marker, &roots, &rows) ? LEAK_GRAPH_WRITTEN : LEAK_GRAPH_FAILED;
	if (leak_write(job, &rows, &heap, &roots, flags))
		leak_write_publish(job);
	else
		fail(job, LEAK_NO_MEMORY, ENOSPC);
}

static _Noreturn void be_child(const struct leak_job *job)
{
	close_files();
	be_modest();
	mapping_leak_child();
	check(job);
	for (;;)
		sys_call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

/* --- Its parent ---------------------------------------------------------------------- */

long leak_snapshot_start(const struct leak_job *job)
{
	long child = sys_call(SYS_clone, CLONE_UNTRACED, 0, 0, 0, 0, 0);

	if (child == 0)
		be_child(job);
	return child;
}

int leak_snapshot_end(long child, bool wait, bool leave)
{
	siginfo_t info = { .si_pid = 0 };
	int options = WEXITED | __WCLONE | (wait ? 0 : WNOHANG) | (leave ? WNOWAIT : 0);
	long result;

	do
		result = sys_call(SYS_waitid, P_PID, child, (long)&info, options, 0, 0);
	while (result == -EINTR);
	if (sys_failed(result))
		return 0;       /* somebody else has waited for it */
	if (!info.si_pid)
		return -1;
	return info.si_code == CLD_EXITED ? 0 : info.si_status;
}
