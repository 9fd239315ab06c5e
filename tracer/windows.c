#include "tracer/windows.h"

#include "tracer/total.h"

enum {
	PEAK_SHARE = 32,        /* of the peak, that threads may move unseen */
	ROOM_SHARE = 4,         /* of what is free below it, that one may take */
};

void windows_set(struct thread *thread, int64_t down, int64_t up)
{
	int64_t net = thread->page->net_bytes;

	__atomic_store_n(&thread->window.top, net + up, __ATOMIC_RELAXED);
	__atomic_store_n(&thread->quiet_low, net - down, __ATOMIC_RELAXED);
	__atomic_store_n(&thread->quiet_high, net + up, __ATOMIC_RELAXED);
}

static int64_t top_of(const struct window *window)
{
	int64_t top = __atomic_load_n(&window->top, __ATOMIC_RELAXED);

	return top == TOP_IS_NET ? __atomic_load_n(&window->page->net_bytes, __ATOMIC_RELAXED) : top;
}

int64_t windows_sum(const struct thread *but)
{
	uint32_t shards = guard_shards();
	int64_t sum = 0;

	for (uint32_t i = 0; i < shards; i++) {
		const struct thread *thread = guard_shard(i);

		if (thread && thread != but)
			sum += top_of(&thread->window);
	}
	return sum;
}

/* Together a small share of the peak, but never so little that they all look at each event. */
int64_t windows_batch(int64_t peak, uint32_t threads)
{
	int64_t share = peak / PEAK_SHARE / threads;

	if (share > TOTAL_BATCH_BYTES)
		return TOTAL_BATCH_BYTES;
	return share < TOTAL_BATCH_BYTES_MIN ? TOTAL_BATCH_BYTES_MIN : share;
}

bool windows_set_below(struct thread *thread, int64_t peak, uint32_t threads)
{
	int64_t room = peak - windows_sum(thread) - thread->page->net_bytes;
	int64_t share = room / ROOM_SHARE;

	if (share < windows_batch(peak, threads))
		return false;
	if (share > TOTAL_BATCH_BYTES)
		share = TOTAL_BATCH_BYTES;
	windows_set(thread, share, share);
	/* Of two threads that set theirs at once, one sees both. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return windows_sum(NULL) <= peak;
}

void windows_call(void)
{
	uint32_t shards = guard_shards();

	for (uint32_t i = 0; i < shards; i++) {
		struct thread *thread = guard_shard(i);

		if (thread)
			__atomic_store_n(&thread->quiet_high, INT64_MIN, __ATOMIC_RELAXED);
	}
}
