#include "tracer/guard.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "tracer/account.h"
#include "tracer/counters.h"
#include "tracer/mapping.h"
#include "tracer/shards.h"
#include "tracer/sys.h"

__thread struct guard_local guard_local
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

static pthread_key_t at_thread_end;
static bool has_key;

static void thread_ended(void *thread)
{
	(void)thread;
	guard_thread_end();
}

bool guard_init(void)
{
	has_key = !pthread_key_create(&at_thread_end, thread_ended);
	return true;
}

static void describe_owner(struct thread *thread, uint32_t tid)
{
	thread->page->owner_tid = tid;
	thread->page->owners++;
	sys_call(SYS_prctl, 16 /* PR_GET_NAME */, (long)thread->page->thread_name, 0, 0, 0, 0);
}

/* A shard as a thread finds it that begins with it. */
static void refresh(struct thread *thread)
{
	counters_leave(thread);         /* of a thread that ended in the middle of a hook */
	thread->busy_frame = 0;
	thread->on_leave = 0;
	thread->newest_block = 0;
	thread->alone = false;
	thread->peak_net = INT64_MAX;
	thread->queue_length = 0;
	dag_forget(thread);
	memo_clear(&thread->memo);
}

static struct thread *own_shard(uint32_t tid)
{
	struct thread *thread = shards_claim(tid);

	if (!thread)
		return NULL;
	refresh(thread);
	__atomic_store_n(&thread->quiet_high, INT64_MIN, __ATOMIC_RELAXED);     /* it looks first */
	describe_owner(thread, tid);
	return thread;
}

/* First event of a thread: give it a shard.  What handlers do meanwhile borrows one. */
static struct thread *begin_thread(void)
{
	struct thread *thread;

	guard_local.state = GUARD_CLAIMING;
	thread = own_shard(sys_gettid());
	guard_local.thread = thread;
	guard_local.state = thread ? GUARD_OWNS : GUARD_SHARES;
	if (thread && has_key)
		pthread_setspecific(at_thread_end, thread);
	return thread;
}

/* Account what handlers queued; they may go on queueing meanwhile. */
static void drain(struct thread *thread)
{
	uint32_t done = 0, queued;

	do {
		queued = __atomic_load_n(&thread->queue_length, __ATOMIC_RELAXED);
		for (; done < queued; done++)
			account_queued(thread, &thread->queue[done]);
	} while (!__atomic_compare_exchange_n(&thread->queue_length, &queued, 0, 0,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

void guard_thread_end(void)
{
	struct thread *thread = guard_local.thread;

	guard_local.state = GUARD_ENDING;
	guard_local.thread = NULL;      /* what handlers do from here on borrows a shard */
	compiler_barrier();
	if (thread) {
		drain(thread);  /* a handler may have come after the last hook looked */
		counters_leave(thread);
		dag_leave(thread);
		thread->page->owner_tid = 0;
		shards_give_back(thread);
	}
}

/* A shard for one event, of a hook whose caller's stack pointer is `frame`. */
static struct thread *borrow(uintptr_t frame)
{
	uint32_t tid = sys_gettid();
	bool no_room;
	struct thread *thread = shards_lend(tid, &no_room);

	for (unsigned tries = 1; !thread && !no_room && tries < 1 << 20; tries++) {
		if (tries % 16 == 0)
			sys_yield();
		thread = shards_lend(tid, &no_room);
	}
	if (!thread)
		return NULL;
	refresh(thread);
	thread->on_leave = LEAVE_RETURN_SHARD;
	if (guard_local.state == GUARD_SHARES)  /* a thread that ends is no want of shards */
		__atomic_fetch_add(&profile_header()->quality.shards_shared, 1, __ATOMIC_RELAXED);
	thread->busy_frame = frame;     /* before a handler finds it, and gives it back */
	compiler_barrier();
	guard_local.thread = thread;
	return thread;
}

static bool on_alternate_stack(void)
{
	stack_t now;

	return !sys_failed(sys_call(SYS_sigaltstack, 0, (long)&now, 0, 0, 0, 0)) &&
	       (now.ss_flags & SS_ONSTACK);
}

/*
 * Whether the hook that made `thread` busy was left without a word: its frame
 * lay deeper than `frame`, which is still there.  A handler on an alternate
 * stack says nothing about depth.
 */
static bool hook_is_gone(const struct thread *thread, uintptr_t frame)
{
	const uintptr_t stack_reach = (uintptr_t)64 << 20;

	return frame >= thread->busy_frame && frame - thread->busy_frame < stack_reach &&
	       !on_alternate_stack();
}

/*
 * Whether to look for a shard of one's own.  Those who found none look again now
 * and then, and so does who was thrown out of looking by a jump.
 */
static bool may_own(void)
{
	return guard_local.state == GUARD_NEW ||
	       (guard_local.state != GUARD_ENDING && ++guard_local.borrowed % 256 == 0);
}

struct thread *guard_enter_slow(uintptr_t frame)
{
	struct thread *thread = guard_local.thread;

	if (!thread) {
		thread = may_own() ? begin_thread() : NULL;
		return thread ? thread : borrow(frame);
	}
	if (!hook_is_gone(thread, frame))
		return NULL;
	__atomic_fetch_add(&profile_header()->quality.guard_healed, 1, __ATOMIC_RELAXED);
	memo_clear(&thread->memo);
	site_clear(&thread->sites);     /* it may have been left in the middle of a run */
	if (thread->open_count)
		thread->on_leave |= LEAVE_SETTLE;       /* or between a look at that and what it is for */
	return thread;
}

/*
 * A handler that comes in between finds nothing of LEAVE_DRAIN to lose: what it
 * has queued is seen after the flags are taken back.
 */
static void catch_up(struct thread *thread)
{
	do {
		thread->on_leave &= LEAVE_RETURN_SHARD;
		compiler_barrier();
		if (unlikely(__atomic_load_n(&thread->queue_length, __ATOMIC_RELAXED)))
			drain(thread);
		counters_leave(thread);
	} while (__atomic_load_n(&thread->queue_length, __ATOMIC_RELAXED));
}

void guard_leave_slow(struct thread *thread)
{
	catch_up(thread);
	if (!(thread->on_leave & LEAVE_RETURN_SHARD)) {
		thread->busy_frame = 0;
		return;
	}
	guard_local.thread = NULL;
	thread->on_leave = 0;
	thread->busy_frame = 0;
	shards_give_back(thread);
}

struct thread *guard_interrupted(void)
{
	return guard_local.thread;
}

static bool drop(void)
{
	__atomic_fetch_add(&profile_header()->quality.events_dropped, 1, __ATOMIC_RELAXED);
	return false;
}

/* A handler may interrupt another in here: each takes a place of its own. */
bool guard_queue(struct thread *thread, const struct queued_event *event)
{
	uint32_t at;

	if (!thread)
		return drop();
	at = __atomic_load_n(&thread->queue_length, __ATOMIC_RELAXED);
	do
		if (at == QUEUE_EVENTS)
			return drop();
	while (!__atomic_compare_exchange_n(&thread->queue_length, &at, at + 1, 0,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	thread->queue[at] = *event;
	__atomic_fetch_or(&thread->on_leave, LEAVE_DRAIN, __ATOMIC_RELAXED);
	return true;
}

void guard_fork(void)
{
	struct thread *mine = guard_local.thread;
	uint32_t tid = sys_gettid();

	shards_fork(mine, tid);
	if (mine) {
		mine->busy_frame = 0;
		mine->alone = false;
		mine->peak_net = INT64_MAX;
		mine->queue_length = 0;
		dag_fork(mine);
		describe_owner(mine, tid);
	}
}
