#include "tracer/leak_threads.h"

#include <linux/futex.h>
#include <string.h>
#include <time.h>

#include "tracer/leak_task.h"
#include "tracer/memory.h"
#include "tracer/sys.h"

enum {
	SIGNALS_FIRST = 32, SIGNALS = 2,        /* SIGCANCEL and SIGSETXID of the C library */
	FIRST_THREADS = 1024,
	ROUNDS_MAX = 8,                         /* of looking for threads that came meanwhile */
	PATIENCE_NS = 20 * 1000 * 1000,         /* since the last one answered, with those that won't */
	PATIENCE_LONG_NS = 1000 * 1000 * 1000,  /* with those that will, once they run */
	LOOK_NS = 2 * 1000 * 1000,
	CHAINS = 16,                            /* of threads that let each other go */
};

/* As the kernel wants it. */
struct action {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

#ifdef MACHINE_RESTORER
__asm__(MACHINE_RESTORER);
extern void dagmem_signal_return(void) __attribute__((visibility("hidden")));
#define RESTORER dagmem_signal_return
enum { RESTORER_FLAG = 0x04000000 };
#else
#define RESTORER NULL
enum { RESTORER_FLAG = 0 };
#endif

/* Shared with the handler. */
static struct leak_thread *table;
static uint64_t *pending;                       /* signals, by place in the table; shared memory */
static uint32_t capacity, listed;
static uint32_t arrived, awaited;
static uint32_t round_number;                   /* who was signalled in another waits no more */
static int signal_number;
static bool all_answered;

static void futex(uint32_t *word, int operation, uint32_t value, const struct timespec *timeout)
{
	sys_call(SYS_futex, (long)word, operation | FUTEX_PRIVATE_FLAG, (long)value, (long)timeout, 0, 0);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	sys_call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&now, 0, 0, 0, 0);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* --- In the thread that is stopped ------------------------------------------- */

/* What a signal carries: the round and the place in the table. */
static void *ticket(uint32_t round, uint32_t index)
{
	return (void *)((uintptr_t)round << 32 | index);
}

/* The signals that may interrupt it. */
static uint64_t unblocked(const ucontext_t *context)
{
	uint64_t blocked;

	memcpy(&blocked, &context->uc_sigmask, sizeof blocked);
	return ~blocked;
}

/* The system call that was interrupted is to be made again, where SA_RESTART does not. */
static bool restart(ucontext_t *context)
{
	uintptr_t pc = machine_context(context, &(struct machine_registers){ { 0 } }).pc;
	uintptr_t page = pc & ~(uintptr_t)4095;

	return machine_restart(context, sys_readable((const void *)(page - 8)) ? page - 64 : page);
}

/*
 * A signal of the program's own that is about to come is right to end the call.
 * From the release on nothing is written to this thread's stack or to other
 * private memory: after the fork each first write costs a copy of the page, and
 * a thread that goes on to sleep needs none.
 */
static void wait_for_release(uint32_t round, uint32_t index, ucontext_t *context)
{
	struct leak_thread *thread = &table[index];
	uint64_t *come = &pending[index];
	bool restarts;

	thread->at = machine_context(context, &thread->registers);
	thread->thread_pointer = machine_thread_pointer();
	restarts = restart(context);
	__atomic_store_n(&thread->state, THREAD_STOPPED, __ATOMIC_RELEASE);
	if (__atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL) >= __atomic_load_n(&awaited, __ATOMIC_RELAXED))
		futex(&arrived, FUTEX_WAKE, 1, NULL);   /* the last wakes who stops; others would in vain */
	while (__atomic_load_n(&round_number, __ATOMIC_ACQUIRE) == round)
		futex(&round_number, FUTEX_WAIT, round, NULL);
	futex(&round_number, FUTEX_WAKE, 1, NULL);
	if (!restarts)
		return;
	sys_call(SYS_rt_sigpending, (long)come, sizeof *come, 0, 0, 0, 0);
	if (*come & unblocked(context))
		machine_restart_undo(context);
}

static void handle(int number, siginfo_t *info, void *context)
{
	uintptr_t told = (uintptr_t)info->si_value.sival_ptr;
	uint32_t round = (uint32_t)(told >> 32), index = (uint32_t)told;
	uint64_t come = 0;

	(void)number;
	if (info->si_code != SI_QUEUE || (uint32_t)info->si_pid != sys_getpid())
		return;
	if (round == __atomic_load_n(&round_number, __ATOMIC_ACQUIRE) && index < listed) {
		wait_for_release(round, index, context);
		return;
	}
	sys_call(SYS_rt_sigpending, (long)&come, sizeof come, 0, 0, 0, 0);
	if (!(come & unblocked(context)))
		restart(context);
}

/* --- In the thread that stops ------------------------------------------------- */

static long set_action(int number, const struct action *action, struct action *before)
{
	return sys_call(SYS_rt_sigaction, number, (long)action, (long)before, 8, 0, 0);
}

/* What the signal did before it was ours: nothing, one way or the other. */
static struct action nothing;

/* posix_spawn() has its children, and so what make(1) starts, ignore these signals. */
static bool is_free(const struct action *action)
{
	return action->handler == (void *)SIG_DFL || action->handler == (void *)SIG_IGN;
}

static bool take_signal(int number)
{
	const struct action ours = {
		.handler = handle,
		.flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | RESTORER_FLAG,
		.restorer = RESTORER,
		.mask = ~UINT64_C(0),
	};
	struct action before = { 0 };

	if (sys_failed(set_action(number, NULL, &before)))
		return false;
	if (before.handler == handle)
		return true;    /* some thread did not answer: then it stays ours */
	if (!is_free(&before) || sys_failed(set_action(number, &ours, &before)))
		return false;
	if (is_free(&before)) {
		nothing = before;
		return true;
	}
	set_action(number, &before, NULL);      /* the C library came in between */
	return false;
}

static void choose_signal(void)
{
	for (int i = SIGNALS - 1; i >= 0; i--) {
		if (take_signal(SIGNALS_FIRST + i)) {
			signal_number = SIGNALS_FIRST + i;
			return;
		}
	}
	signal_number = 0;
}

/* Of a fork each process has the same. */
static uint64_t *reserve_shared(size_t bytes)
{
	uint64_t *start = sys_mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (start)
		memory_adopt(start, bytes);
	return start;
}

static bool make_room(void)
{
	uint32_t larger = capacity ? capacity * 4 : FIRST_THREADS;
	struct leak_thread *moved;
	uint64_t *shared;

	if (listed < capacity)
		return true;
	if (arrived)
		return false;   /* handlers hold places in this one */
	moved = memory_reserve(larger * sizeof *moved);
	shared = reserve_shared(larger * sizeof *shared);
	if (!moved || !shared)
		return false;
	if (listed)
		memcpy(moved, table, listed * sizeof *moved);
	table = moved;
	pending = shared;
	capacity = larger;
	return true;
}

/* They are listed in the same order each time: *next is where the thread probably stands. */
static bool is_listed(uint32_t tid, uint32_t *next)
{
	for (uint32_t i = 0; i < listed; i++) {
		uint32_t at = *next + i < listed ? *next + i : *next + i - listed;

		if (table[at].tid != tid)
			continue;
		*next = at + 1 < listed ? at + 1 : 0;
		return true;
	}
	return false;
}

static uint32_t parse_tid(const char *name)
{
	uint32_t tid = 0;

	for (; *name >= '0' && *name <= '9'; name++)
		tid = tid * 10 + (uint32_t)(*name - '0');
	return tid;
}

struct entry {                                  /* struct linux_dirent64 */
	uint64_t inode, offset;
	uint16_t bytes;
	uint8_t type;
	char name[];
};

/* Add threads that are not in the table. -1: the list can't be read. */
static int list_threads(uint32_t self, bool first)
{
	_Alignas(8) char buffer[2048];
	int fd = sys_open("/proc/self/task", O_RDONLY | O_DIRECTORY, 0);
	uint32_t before = listed, next = 0;
	long bytes;

	if (fd < 0)
		return -1;
	while ((bytes = sys_call(SYS_getdents64, fd, (long)buffer, sizeof buffer, 0, 0, 0)) > 0) {
		for (long at = 0; at < bytes; at += ((struct entry *)(buffer + at))->bytes) {
			uint32_t tid = parse_tid(((struct entry *)(buffer + at))->name);

			if (!tid || tid == self || (!first && is_listed(tid, &next)) || !make_room())
				continue;
			table[listed++] = (struct leak_thread){ .tid = tid };
		}
	}
	sys_close(fd);
	return sys_failed(bytes) ? -1 : (int)(listed - before);
}

/* How many of [from, listed) were signalled. */
static uint32_t signal_all(uint32_t from)
{
	uint32_t pid = sys_getpid(), count = 0;

	for (uint32_t i = from; i < listed; i++) {
		siginfo_t info;

		memset(&info, 0, sizeof info);
		info.si_code = SI_QUEUE;
		info.si_pid = (pid_t)pid;
		info.si_value.sival_ptr = ticket(round_number, i);
		if (!sys_failed(sys_call(SYS_rt_tgsigqueueinfo, pid, table[i].tid, signal_number,
					 (long)&info, 0, 0)))
			count++;
	}
	return count;
}

/* Threads that ended before they could answer are none. */
static uint32_t count_gone(uint32_t pid)
{
	uint32_t gone = 0;

	for (uint32_t i = 0; i < listed; i++)
		gone += __atomic_load_n(&table[i].state, __ATOMIC_ACQUIRE) == THREAD_UNKNOWN &&
			!sys_thread_exists(pid, table[i].tid);
	return gone;
}

/*
 * Whether one of those that have not answered will.  What takes time is a
 * processor, or a wait that nothing interrupts, as that for a child of vfork().
 */
static bool will_one_answer(void)
{
	for (uint32_t i = 0; i < listed; i++)
		if (__atomic_load_n(&table[i].state, __ATOMIC_ACQUIRE) == THREAD_UNKNOWN &&
		    leak_task_answers(table[i].tid, signal_number))
			return true;
	return false;
}

/* Until `wanted` have answered, or nobody has for a while. */
static void await(uint32_t wanted)
{
	const struct timespec look = { 0, LOOK_NS };
	uint32_t seen = __atomic_load_n(&arrived, __ATOMIC_ACQUIRE), before = seen;
	uint64_t since = now_ns();

	__atomic_store_n(&awaited, wanted, __ATOMIC_RELAXED);
	while (seen < wanted) {
		uint64_t waited = now_ns() - since;

		if (waited > PATIENCE_LONG_NS || (waited > PATIENCE_NS && !will_one_answer()))
			return;
		futex(&arrived, FUTEX_WAIT, seen, &look);
		seen = __atomic_load_n(&arrived, __ATOMIC_ACQUIRE);
		if (seen != before)
			since = now_ns();
		else if (seen + count_gone(sys_getpid()) >= wanted)
			return;
		before = seen;
	}
}

/* Find out more of threads that did not answer; those that have ended are none. */
static bool settle(void)
{
	uint32_t pid = sys_getpid();
	bool all = true;

	for (uint32_t i = 0; i < listed; i++) {
		struct leak_thread *thread = &table[i];

		if (__atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == THREAD_STOPPED)
			continue;
		if (!sys_thread_exists(pid, thread->tid)) {
			thread->tid = 0;
			continue;
		}
		all = false;
		if (leak_task_stack(thread->tid, &thread->at.sp, &thread->at.pc))
			__atomic_store_n(&thread->state, THREAD_SEEN, __ATOMIC_RELEASE);
	}
	return all;
}

void leak_threads_stop(struct leak_threads *threads)
{
	uint32_t self = sys_gettid(), from = 0, signalled = 0;

	*threads = (struct leak_threads){ NULL, 0, false, false };
	listed = arrived = 0;
	signal_number = 0;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		int fresh = list_threads(self, round == 0);

		threads->unlisted = fresh < 0;
		if (fresh <= 0)
			break;
		if (!signal_number)
			choose_signal();
		if (signal_number)
			signalled += signal_all(from);
		await(signalled);
		from = listed;
	}
	threads->no_signal = listed && !signal_number;
	all_answered = settle();
	threads->thread = table;
	threads->count = listed;
}

void leak_threads_release(const struct leak_threads *threads)
{
	if (!threads->count)
		return;
	__atomic_fetch_add(&round_number, 1, __ATOMIC_ACQ_REL);
	/*
	 * Each that goes wakes another.  None begins to wait any more, so all of
	 * them go; and a thousand that are woken at once would all come before us.
	 */
	futex(&round_number, FUTEX_WAKE, CHAINS, NULL);
	/* A signal that is still on its way would end the program without a handler. */
	if (signal_number && all_answered)
		set_action(signal_number, &nothing, NULL);
}

void leak_threads_fork(void)
{
	table = NULL;
	pending = NULL;
	capacity = listed = 0;
}
