#include "tracer/guard.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "tracer/lock.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/sys.h"
#include "tracer/account.h"
#include "tracer/total.h"
#include "tracer/windows.h"

__thread struct guard_local guard_local
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

enum { SHARDS_OWNED_MAX = SHARDS_MAX - SHARDS_LENT };

/* Owner of a shard that no thread may have. */
static const uint32_t NOBODYS = UINT32_MAX;

enum { REFUSALS = 1024 };

static struct thread *shards[SHARDS_MAX];
static uint32_t owner[SHARDS_MAX];      /* thread id; 0: free */
static uint32_t cpu_of[SHARDS_MAX];     /* the processor that has its lines: where it was given back */
static uint32_t active;                 /* shards with an owner */
static uint32_t made[SHARD_KINDS];
static struct thread *lent[SHARDS_LENT];
static uint32_t lent_count;
static uint32_t refusals;               /* left, since memory or the profile had no room */
static pthread_key_t at_thread_end;
static bool has_key;
static bool loaded;                     /* guard_loaded() was called */

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

void guard_loaded(void)
{
	loaded = true;
}

uint32_t guard_active(void)
{
	return __atomic_load_n(&active, __ATOMIC_SEQ_CST);
}

uint32_t guard_shards(void)
{
	return __atomic_load_n(&profile_header()->shards, __ATOMIC_ACQUIRE);
}

struct thread *guard_shard(uint32_t shard)
{
	return __atomic_load_n(&shards[shard], __ATOMIC_ACQUIRE);
}

/* A lone thread is to know when it is no more alone, and one of two when it is. */
static void came(void)
{
	uint32_t others = __atomic_fetch_add(&active, 1, __ATOMIC_SEQ_CST);

	if (others == 1 || (others > 1 && total_trusts_barrier()))
		total_disturb();
	if (others <= 1)
		total_catch_up();
}

static void went(void)
{
	if (__atomic_fetch_sub(&active, 1, __ATOMIC_SEQ_CST) == 2)
		total_disturb();
}

/*
 * Make `number` the shard of thread `tid`.  Until the program is loaded it may
 * be so already: the loader initialises thread-local memory after relocation,
 * and what we knew of the thread whose first blocks came before is gone then.
 * It counts as active from before it is the owner until after: whatever a jump
 * out of a signal's handler leaves undone, there are not more than are counted.
 */
static bool claim(uint32_t number, uint32_t tid)
{
	uint32_t holder = __atomic_load_n(&owner[number], __ATOMIC_RELAXED);

	if (holder == tid && !loaded)
		return true;
	if (holder)
		return false;
	came();
	if (__atomic_compare_exchange_n(&owner[number], &holder, tid, 0, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED))
		return true;
	went();
	return false;
}

static uint32_t this_cpu(void)
{
	int cpu = sched_getcpu();       /* no system call */

	return cpu < 0 ? 0 : (uint32_t)cpu;
}

/* Nobody moves the shard's net until whoever is next has looked around. */
static void shut(struct thread *thread)
{
	__atomic_store_n(&thread->quiet_high, INT64_MIN, __ATOMIC_RELAXED);
	__atomic_store_n(&thread->window.top, thread->page->net_bytes, __ATOMIC_RELEASE);
}

static void give_back(struct thread *thread)
{
	if (thread->kind == SHARD_OWNED)        /* no more moves */
		shut(thread);
	__atomic_store_n(&cpu_of[thread->shard], this_cpu(), __ATOMIC_RELAXED);
	__atomic_store_n(&owner[thread->shard], 0, __ATOMIC_RELEASE);
	went();
}

/* A number for a new shard of the kind; SHARDS_MAX: there are enough. */
static uint32_t new_number(enum shard_kind kind)
{
	uint32_t limit = kind == SHARD_LENT ? SHARDS_LENT : SHARDS_OWNED_MAX;

	if (__atomic_fetch_add(&made[kind], 1, __ATOMIC_RELAXED) >= limit) {
		__atomic_fetch_sub(&made[kind], 1, __ATOMIC_RELAXED);
		return SHARDS_MAX;
	}
	return __atomic_fetch_add(&profile_header()->shards, 1, __ATOMIC_ACQ_REL);
}

/* After a failure nobody tries for a while: each try costs system calls. */
static bool is_out_of_room(void)
{
	uint32_t left = __atomic_load_n(&refusals, __ATOMIC_RELAXED);

	if (left)
		__atomic_store_n(&refusals, left - 1, __ATOMIC_RELAXED);
	return left != 0;
}

/* The private and the shared half of shard `number`. */
static struct thread *furnish(uint32_t number, enum shard_kind kind)
{
	struct thread *thread = memory_reserve(sizeof *thread);

	if (thread)
		thread->page = pages_add(&profile.pages, PAGE_SHARD, number, 0);
	if (!thread || !thread->page)
		return NULL;
	thread->shard = number;
	thread->kind = kind;
	thread->quiet_high = -1;        /* its first event looks around */
	thread->window.page = thread->page;
	site_init(&thread->sites);
	thread->peak_net = INT64_MAX;
	return thread;
}

/*
 * A new shard, claimed for `tid`.  NULL: there are enough; or no room, and then
 * *no_room is set and nobody need try again.
 */
static struct thread *make_shard(enum shard_kind kind, uint32_t tid, bool *no_room)
{
	struct thread *thread;
	uint32_t number;

	*no_room = is_out_of_room();
	if (*no_room)
		return NULL;
	number = new_number(kind);
	if (number >= SHARDS_MAX)
		return NULL;
	thread = furnish(number, kind);
	if (!thread) {
		*no_room = true;
		__atomic_store_n(&refusals, REFUSALS, __ATOMIC_RELAXED);
		return NULL;
	}
	claim(number, tid);
	__atomic_store_n(&shards[number], thread, __ATOMIC_RELEASE);
	if (kind == SHARD_LENT)
		__atomic_store_n(&lent[__atomic_fetch_add(&lent_count, 1, __ATOMIC_RELAXED)], thread,
				 __ATOMIC_RELEASE);
	return thread;
}

static struct thread *claim_owned(uint32_t number, uint32_t tid)
{
	struct thread *thread = guard_shard(number);

	return thread && thread->kind == SHARD_OWNED && claim(number, tid) ? thread : NULL;
}

/*
 * A shard that nobody has, claimed for `tid`; NULL: none.  One that this
 * processor had last, where there is one: its lines need not travel.
 */
static struct thread *claim_idle(uint32_t tid)
{
	uint32_t count = guard_shards(), cpu = this_cpu(), first = count;
	struct thread *thread;

	for (uint32_t number = 0; number < count; number++) {
		uint32_t holder = __atomic_load_n(&owner[number], __ATOMIC_RELAXED);

		if (holder && holder != tid)
			continue;
		if (first == count)
			first = number;
		if (__atomic_load_n(&cpu_of[number], __ATOMIC_RELAXED) != cpu)
			continue;
		thread = claim_owned(number, tid);
		if (thread)
			return thread;
	}
	for (uint32_t number = first; number < count; number++) {
		thread = claim_owned(number, tid);
		if (thread)
			return thread;
	}
	return NULL;
}

/* The same of those that are lent. */
static struct thread *claim_lent(uint32_t tid)
{
	for (uint32_t i = 0; i < SHARDS_LENT; i++) {
		struct thread *thread = __atomic_load_n(&lent[i], __ATOMIC_ACQUIRE);

		if (thread && claim(thread->shard, tid))
			return thread;
	}
	return NULL;
}

/* Free the shards of threads that ended without a word (killed, or made by a raw clone). */
static void reclaim_dead(void)
{
	uint32_t pid = sys_getpid(), count = guard_shards();

	for (uint32_t number = 0; number < count; number++) {
		uint32_t tid = __atomic_load_n(&owner[number], __ATOMIC_RELAXED);

		if (tid && tid != NOBODYS && !sys_thread_exists(pid, tid) &&
		    __atomic_compare_exchange_n(&owner[number], &tid, 0, 0, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			went();
	}
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

/* No shard is idle: a new one, or one of a thread that is gone.  No handler may jump out of this. */
static COLD struct thread *find_shard(uint32_t tid)
{
	uint64_t signals = sys_signals_block();
	bool no_room;
	struct thread *thread = make_shard(SHARD_OWNED, tid, &no_room);

	if (!thread) {
		reclaim_dead();
		thread = claim_idle(tid);
	}
	sys_signals_restore(signals);
	return thread;
}

static struct thread *own_shard(uint32_t tid)
{
	struct thread *thread = claim_idle(tid);

	if (!thread)
		thread = find_shard(tid);
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
		give_back(thread);
	}
}

/* A shard to lend: one of those kept for it, or one that is idle. NULL: none now. */
static struct thread *lend(uint32_t tid, bool *no_room)
{
	struct thread *thread = claim_lent(tid);

	*no_room = false;
	if (!thread)
		thread = make_shard(SHARD_LENT, tid, no_room);
	return thread ? thread : claim_idle(tid);
}

/* A shard for one event. */
static struct thread *borrow(void)
{
	uint32_t tid = sys_gettid();
	bool no_room;
	struct thread *thread = lend(tid, &no_room);

	for (unsigned tries = 1; !thread && !no_room && tries < 1 << 20; tries++) {
		if (tries % 16 == 0)
			sys_yield();
		thread = lend(tid, &no_room);
	}
	if (!thread)
		return NULL;
	refresh(thread);
	thread->on_leave = LEAVE_RETURN_SHARD;
	if (guard_local.state == GUARD_SHARES)  /* a thread that ends is no want of shards */
		__atomic_fetch_add(&profile_header()->quality.shards_shared, 1, __ATOMIC_RELAXED);
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
		return thread ? thread : borrow();
	}
	if (!hook_is_gone(thread, frame))
		return NULL;
	__atomic_fetch_add(&profile_header()->quality.guard_healed, 1, __ATOMIC_RELAXED);
	memo_clear(&thread->memo);
	site_clear(&thread->sites);     /* it may have been left in the middle of a run */
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
	give_back(thread);
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

	for (uint32_t number = 0; number < SHARDS_MAX; number++) {
		owner[number] = mine && mine->shard == number ? tid : 0;
		if (shards[number])
			shut(shards[number]);
	}
	active = mine != NULL;
	refusals = 0;
	if (mine) {
		mine->busy_frame = 0;
		mine->alone = false;
		mine->peak_net = INT64_MAX;
		mine->queue_length = 0;
		dag_fork(mine);
		describe_owner(mine, tid);
	}
}

struct thread *guard_special_shard(enum shard_flag flags)
{
	bool no_room;
	struct thread *thread = make_shard(SHARD_OWNED, NOBODYS, &no_room);

	if (!thread)
		return NULL;
	went();         /* it does nothing by itself */
	thread->window.top = TOP_IS_NET;
	thread->page->flags = flags;
	counters_never_open(thread);
	return thread;
}
