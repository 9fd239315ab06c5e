#include "tracer/total.h"

#include "profile/tick.h"
#include "tracer/barrier.h"
#include "tracer/mapping.h"
#include "tracer/request.h"
#include "tracer/samples.h"
#include "tracer/shards.h"
#include "tracer/sys.h"
#include "tracer/windows.h"

enum {
	FEW_SHARDS = 4,                 /* that are added up at the begin of a DAG's node */
	LONE_AFTER = 64,                /* looks around, that a thread has been alone for */
	RISE_SHARE = 1024, RISE_BYTES_MIN = 1024,
	SEVERAL = 2,
};

/* What who looks around shares: lines that no event reads beside. */
static struct {
	int64_t seen_bytes;             /* the total when a thread last looked */
	int64_t ceiling_bytes;          /* no maximum was above this, or the peak */
	uint64_t timed_peak;            /* the peak when its time was noted */
	/*
	 * Set: the one thread at work has no barriers of its own, and who comes
	 * sends one to it.  That interrupts its processor, so where threads come
	 * all the time a thread keeps its own until it has been alone for a while.
	 */
	uint32_t lone;
	uint32_t looks_until_lone;
} __attribute__((aligned(64))) shared;

uint32_t total_disturbances __attribute__((aligned(64)));

COLD void total_renew_tick(void)
{
	tick_renew(profile_header(), samples_clock_ns());
}

void total_read(struct totals *totals)
{
	uint32_t shards = shards_count();

	*totals = (struct totals) { 0, 0, 0, 0, 0 };
	for (uint32_t i = 0; i < shards; i++) {
		const struct thread *thread = shards_at(i);

		if (!thread)
			continue;
		totals->live_bytes += __atomic_load_n(&thread->page->net_bytes, __ATOMIC_RELAXED);
		totals->live_blocks += __atomic_load_n(&thread->page->net_blocks, __ATOMIC_RELAXED);
		totals->mapped_bytes += __atomic_load_n(&thread->page->mapped_bytes, __ATOMIC_RELAXED);
		if (thread->page->flags & SHARD_INHERITED)
			continue;
		totals->allocations += __atomic_load_n(&thread->page->allocations, __ATOMIC_RELAXED);
		totals->allocated_bytes += __atomic_load_n(&thread->page->allocated_bytes,
							   __ATOMIC_RELAXED);
	}
}

static int64_t live_bytes(void)
{
	uint32_t shards = shards_count();
	int64_t total = 0;

	for (uint32_t i = 0; i < shards; i++) {
		const struct thread *thread = shards_at(i);

		if (thread)
			total += __atomic_load_n(&thread->window.page->net_bytes, __ATOMIC_RELAXED);
	}
	return total;
}

uint64_t total_about(void)
{
	int64_t total = shards_count() <= FEW_SHARDS ? live_bytes()
						     : __atomic_load_n(&shared.seen_bytes, __ATOMIC_RELAXED);

	return total < 0 ? 0 : (uint64_t)total;
}

void total_sample_now(void)
{
	uint64_t signals = sys_signals_block();
	struct thread *thread = guard_local.thread;

	if (thread && thread->page->net_bytes > thread->peak_net && !thread->busy_frame)
		total_falls(thread);
	samples_add(live_bytes(), true);
	sys_signals_restore(signals);
}

/* Somebody may have seen no more than that. */
static void raise_ceiling(int64_t possible)
{
	int64_t before = __atomic_load_n(&shared.ceiling_bytes, __ATOMIC_RELAXED);

	while (before < possible &&
	       !__atomic_compare_exchange_n(&shared.ceiling_bytes, &before, possible, 0, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
}

/*
 * How far the true maximum may be above the one that was seen.  Stored only
 * when it changed: every event of every thread reads that line.
 */
static void tell_bound(struct profile_header *header)
{
	int64_t ceiling, peak;
	uint64_t bound;

	do {
		ceiling = __atomic_load_n(&shared.ceiling_bytes, __ATOMIC_SEQ_CST);
		peak = (int64_t)__atomic_load_n(&header->peak_bytes, __ATOMIC_SEQ_CST);
		bound = ceiling > peak ? (uint64_t)(ceiling - peak) : 0;
		if (__atomic_load_n(&header->peak_bound_bytes, __ATOMIC_SEQ_CST) != bound)
			__atomic_store_n(&header->peak_bound_bytes, bound, __ATOMIC_SEQ_CST);
	} while (ceiling != __atomic_load_n(&shared.ceiling_bytes, __ATOMIC_SEQ_CST) ||
		 peak != (int64_t)__atomic_load_n(&header->peak_bytes, __ATOMIC_SEQ_CST));
}

/* When, to within a thousandth of the peak: a clock costs as much as an event. */
static void time_peak(struct profile_header *header, uint64_t total)
{
	uint64_t timed = __atomic_load_n(&shared.timed_peak, __ATOMIC_RELAXED);

	if (total >= timed && total - timed <= total / 1024)
		return;
	__atomic_store_n(&shared.timed_peak, total, __ATOMIC_RELAXED);
	__atomic_store_n(&header->peak_monotonic_ns, samples_clock_ns(), __ATOMIC_RELAXED);
}

static void new_peak(struct profile_header *header, uint64_t total, uint32_t threads)
{
	uint64_t before = __atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED);

	if (threads == 1) {     /* no locked instruction for a heap that only grows */
		__atomic_store_n(&header->peak_bytes, total, __ATOMIC_RELAXED);
		__atomic_store_n(&header->moment, moment_next(moment_now(header)), __ATOMIC_RELAXED);
	} else {
		do
			if (before >= total)
				return;
		while (!__atomic_compare_exchange_n(&header->peak_bytes, &before, total, 0,
						    __ATOMIC_RELAXED, __ATOMIC_RELAXED));
		__atomic_fetch_add(&header->moment, moment_next(0), __ATOMIC_RELAXED);
	}
	time_peak(header, total);
	if (__atomic_load_n(&header->peak_bound_bytes, __ATOMIC_RELAXED))
		tell_bound(header);
}

static int64_t peak_bytes(const struct profile_header *header)
{
	return (int64_t)__atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED);
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Choose the window in which this thread need not look at the total. */
static void set_window(struct thread *thread, int64_t total, uint32_t threads)
{
	const struct profile_header *header = profile_header();
	int64_t peak = peak_bytes(header), step = samples_step(header);
	int64_t batch = windows_batch(peak, threads > 1 ? threads : 1);

	if (threads > 1)
		windows_set(thread, batch, batch);
	else    /* what it sets aside can be taken back when others come, or is little */
		windows_set(thread, step, smaller(barrier_works() ? step : batch, peak - total));
}

/* How far a heap may rise unseen: the time of the maximum is known to within that. */
static inline int64_t rise(int64_t total)
{
	return total / RISE_SHARE > RISE_BYTES_MIN ? total / RISE_SHARE : RISE_BYTES_MIN;
}

/*
 * Nobody else is at work, and barriers of those who come reach us: remember what
 * that spares.  The maximum may be passed: a free sees to it (total_falls()).
 */
static void note_alone(struct thread *thread, const struct profile_header *header, int64_t total,
		       uint32_t disturbed)
{
	int64_t net = thread->page->net_bytes, peak = peak_bytes(header);

	if (__atomic_load_n(&header->peak_bound_bytes, __ATOMIC_RELAXED))
		return;
	thread->alone = true;
	thread->others_bytes = total - net;
	thread->next_sample = samples_newest() + samples_step(header);
	thread->disturbed = disturbed;
	thread->peak_net = net + peak - total;
	__atomic_store_n(&thread->window.top, TOP_IS_NET, __ATOMIC_RELAXED);
	__atomic_store_n(&thread->quiet_high,
			 net + smaller(peak + rise(peak), thread->next_sample - 1) - total,
			 __ATOMIC_RELAXED);
}

/* Whether the only thread at work may do without barriers of its own. */
static bool is_lone(void)
{
	uint32_t left = __atomic_load_n(&shared.looks_until_lone, __ATOMIC_RELAXED);

	if (!barrier_works())
		return false;
	if (__atomic_load_n(&shared.lone, __ATOMIC_RELAXED))
		return true;
	if (left) {
		__atomic_store_n(&shared.looks_until_lone, left - 1, __ATOMIC_RELAXED);
		return false;
	}
	/* Who came before and did not see this is seen when we count the threads again. */
	__atomic_store_n(&shared.lone, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return true;
}

/* Nothing is new, by what all threads may move at most. */
static bool is_below_peak(struct thread *thread, const struct profile_header *header)
{
	uint32_t disturbed = __atomic_load_n(&total_disturbances, __ATOMIC_ACQUIRE);
	uint32_t threads = shards_active();
	int64_t peak = peak_bytes(header), moved = thread->page->net_bytes - thread->looked_net;
	int64_t step = samples_step(header) / 2;

	return threads > 1 && !thread->alone && moved < step && -moved < step &&
	       windows_set_below(thread, peak, threads) &&
	       disturbed == __atomic_load_n(&total_disturbances, __ATOMIC_RELAXED);
}

static void look_closely(struct thread *thread, struct profile_header *header)
{
	uint64_t resets;
	uint32_t threads, disturbed;

	thread->looked_net = thread->page->net_bytes;
	do {
		/* Also of the turn before: somebody may have come since. */
		thread->alone = false;
		thread->peak_net = INT64_MAX;
		disturbed = __atomic_load_n(&total_disturbances, __ATOMIC_ACQUIRE);
		int64_t total = live_bytes();
		int64_t moved = total - samples_newest();

		threads = shards_active();
		resets = __atomic_load_n(&header->peak_resets, __ATOMIC_RELAXED);
		/*
		 * Nets that move while they are summed can make a total that never
		 * was: of two sums the smaller counts.
		 */
		if (total > peak_bytes(header) && threads > 1)
			total = smaller(total, live_bytes());
		if (total > peak_bytes(header))
			new_peak(header, (uint64_t)total, threads);
		if (moved >= samples_step(header) || -moved >= samples_step(header))
			samples_add(total, false);
		if (shards_count() > FEW_SHARDS)
			__atomic_store_n(&shared.seen_bytes, total, __ATOMIC_RELAXED);
		set_window(thread, total, threads);
		/*
		 * Of two threads that set their windows at once, one sees both; and
		 * who comes to a lone one makes it see (total_disturb).
		 */
		if (threads == 1 && is_lone()) {
			note_alone(thread, header, total, disturbed);
			compiler_barrier();
		} else {
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
		}
		if (threads > 1)
			raise_ceiling(windows_sum_at_most(peak_bytes(header), threads));
		/* Also of one: its peak may have been stored over that of who came and went again. */
		if (__atomic_load_n(&shared.ceiling_bytes, __ATOMIC_RELAXED))
			tell_bound(header);
		/* Somebody may also have come, moved and gone again. */
	} while (threads != shards_active() ||
		 disturbed != __atomic_load_n(&total_disturbances, __ATOMIC_RELAXED) ||
		 resets != __atomic_load_n(&header->peak_resets, __ATOMIC_RELAXED));
}

static COLD void look_around(struct thread *thread)
{
	struct profile_header *header = profile_header();

	total_renew_tick();
	if (!is_below_peak(thread, header))
		look_closely(thread, header);
	request_look();
}

/*
 * A lone thread whose heap has risen.  What the other shards hold is known from
 * the last look around.  False: look around.
 */
static inline bool lone_rise(struct thread *thread, struct profile_header *header)
{
	int64_t net = thread->page->net_bytes, total = thread->others_bytes + net;

	if (!total_is_undisturbed(thread) || total <= peak_bytes(header) || total >= thread->next_sample)
		return false;
	time_peak(header, (uint64_t)total);
	__atomic_store_n(&thread->quiet_high,
			 net + smaller(rise(total), thread->next_sample - 1 - total), __ATOMIC_RELAXED);
	return total_was_undisturbed(thread);
}

void total_moved(struct thread *thread)
{
	if (!lone_rise(thread, profile_header()))
		look_around(thread);
}

void total_falls(struct thread *thread)
{
	if (!total_falls_alone(thread))
		look_around(thread);
}

void total_catch_up(void)
{
	struct profile_header *header = profile_header();
	int64_t total = live_bytes();

	if (total > peak_bytes(header))
		new_peak(header, (uint64_t)total, SEVERAL);
}

bool total_trusts_barrier(void)
{
	return __atomic_load_n(&shared.lone, __ATOMIC_SEQ_CST);
}

/* A barrier here and, where one thread relied on it, everywhere. */
static void send_barrier(void)
{
	__atomic_store_n(&shared.looks_until_lone, LONE_AFTER, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!total_trusts_barrier())
		return;
	barrier_everywhere();
	/* Not before: who comes third must not take the second's barrier for done. */
	__atomic_store_n(&shared.lone, 0, __ATOMIC_RELEASE);
}

void total_disturb(void)
{
	__atomic_fetch_add(&total_disturbances, 1, __ATOMIC_RELAXED);
	windows_call();
	send_barrier();
}

void total_reset_peak(void)
{
	struct profile_header *header = profile_header();

	__atomic_fetch_add(&header->peak_resets, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&header->peak_bytes, (uint64_t)live_bytes(), __ATOMIC_RELAXED);
	__atomic_store_n(&shared.ceiling_bytes, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&header->peak_bound_bytes, 0, __ATOMIC_RELAXED);
	__atomic_fetch_add(&header->moment, moment_next(0), __ATOMIC_RELAXED);
	total_disturb();
}

void total_init(void)
{
	struct profile_header *header = profile_header();

	barrier_init();
	header->moment = tick_put(header->moment, tick_of_ms(0));
	samples_init();
}

void total_fork(void)
{
	struct profile_header *header = profile_header();

	barrier_init();
	shared.lone = 0;
	shared.looks_until_lone = 0;
	samples_fork();
	shared.seen_bytes = shared.ceiling_bytes = 0;
	shared.timed_peak = 0;
	header->peak_bytes = header->peak_bound_bytes = header->peak_resets = 0;
	header->moment = tick_beside(1, tick_of_ms(0));
	header->tick_gap_ms = 0;
}
