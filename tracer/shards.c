#include "tracer/shards.h"

#include <errno.h>
#include <sched.h>

#include "tracer/counters.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/sys.h"
#include "tracer/total.h"
#include "tracer/windows.h"

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
static bool loaded;                     /* shards_loaded() was called */

void shards_loaded(void)
{
	loaded = true;
}

uint32_t shards_active(void)
{
	return __atomic_load_n(&active, __ATOMIC_SEQ_CST);
}

uint32_t shards_count(void)
{
	return __atomic_load_n(&profile_header()->shards, __ATOMIC_ACQUIRE);
}

struct thread *shards_at(uint32_t shard)
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
	int error = errno, cpu = sched_getcpu();        /* mostly no system call, which may fail */

	errno = error;
	return cpu < 0 ? 0 : (uint32_t)cpu;
}

/* Nobody moves the shard's net until whoever is next has looked around. */
static void shut(struct thread *thread)
{
	__atomic_store_n(&thread->quiet_high, INT64_MIN, __ATOMIC_RELAXED);
	__atomic_store_n(&thread->window.top, thread->page->net_bytes, __ATOMIC_RELEASE);
}

void shards_give_back(struct thread *thread)
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
	struct thread *thread = shards_at(number);

	return thread && thread->kind == SHARD_OWNED && claim(number, tid) ? thread : NULL;
}

/*
 * A shard that nobody has, claimed for `tid`; NULL: none.  One that this
 * processor had last, where there is one: its lines need not travel.
 */
static struct thread *claim_idle(uint32_t tid)
{
	uint32_t count = shards_count(), cpu = this_cpu(), first = count;
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
	uint32_t pid = sys_getpid(), count = shards_count();

	for (uint32_t number = 0; number < count; number++) {
		uint32_t tid = __atomic_load_n(&owner[number], __ATOMIC_RELAXED);

		if (tid && tid != NOBODYS && !sys_thread_exists(pid, tid) &&
		    __atomic_compare_exchange_n(&owner[number], &tid, 0, 0, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			went();
	}
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

struct thread *shards_claim(uint32_t tid)
{
	struct thread *thread = claim_idle(tid);

	return thread ? thread : find_shard(tid);
}

struct thread *shards_lend(uint32_t tid, bool *no_room)
{
	struct thread *thread = claim_lent(tid);

	*no_room = false;
	if (!thread)
		thread = make_shard(SHARD_LENT, tid, no_room);
	return thread ? thread : claim_idle(tid);
}

void shards_fork(const struct thread *mine, uint32_t tid)
{
	for (uint32_t number = 0; number < SHARDS_MAX; number++) {
		owner[number] = mine && mine->shard == number ? tid : 0;
		if (shards[number]) {
			shut(shards[number]);
			counters_fork(shards[number]);
		}
	}
	active = mine != NULL;
	refusals = 0;
}

struct thread *shards_special(enum shard_flag flags)
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
