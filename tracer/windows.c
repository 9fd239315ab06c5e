#include "tracer/windows.h"

#include "tracer/barrier.h"
#include "tracer/shards.h"
#include "tracer/total.h"

enum {
	PEAK_SHARE = 32,        /* of the peak, that threads may move unseen */
	ROOM_SHARE = 4,         /* of what is free below it, that one may take */
	AT_ONCE = 64,           /* shards that room is taken back from by one barrier */
	BEING_SET = 1,          /* of a window's settings: while they are odd */
};

void windows_set(struct thread *thread, int64_t down, int64_t up)
{
	struct window *window = &thread->window;
	uint64_t settings = window->settings & ~(uint64_t)BEING_SET;
	int64_t net = thread->page->net_bytes;

	__atomic_store_n(&window->settings, settings + BEING_SET, __ATOMIC_RELAXED);
	__atomic_store_n(&window->top, net + up, __ATOMIC_RELEASE);
	__atomic_store_n(&thread->quiet_low, net - down, __ATOMIC_RELAXED);
	__atomic_store_n(&thread->quiet_high, net + up, __ATOMIC_RELEASE);
	__atomic_store_n(&window->settings, settings + 2, __ATOMIC_RELEASE);
}

static int64_t net_of(const struct window *window)
{
	return __atomic_load_n(&window->page->net_bytes, __ATOMIC_RELAXED);
}

static bool is_shut(const struct window *window)
{
	uint64_t shut = __atomic_load_n(&window->shut, __ATOMIC_ACQUIRE);

	return shut && shut == __atomic_load_n(&window->settings, __ATOMIC_RELAXED);
}

static int64_t top_of(const struct window *window)
{
	int64_t top = __atomic_load_n(&window->top, __ATOMIC_RELAXED);

	return top == TOP_IS_NET || is_shut(window) ? net_of(window) : top;
}

/* The sum of all tops, but the thread's own; NULL: of all. */
static int64_t sum(const struct thread *but)
{
	uint32_t shards = shards_count();
	int64_t total = 0;

	for (uint32_t i = 0; i < shards; i++) {
		const struct thread *thread = shards_at(i);

		if (thread && thread != but)
			total += top_of(&thread->window);
	}
	return total;
}

/* A window that is being set, or was since it was marked, is the thread's own business. */
static void mark(struct thread *thread, uint64_t *settings)
{
	*settings = __atomic_load_n(&thread->window.settings, __ATOMIC_ACQUIRE);
	__atomic_store_n(&thread->quiet_high, INT64_MIN, __ATOMIC_RELAXED);
}

static void shut(struct thread *thread, uint64_t settings)
{
	if (!(settings & BEING_SET) &&
	    __atomic_load_n(&thread->quiet_high, __ATOMIC_ACQUIRE) == INT64_MIN &&
	    __atomic_load_n(&thread->window.settings, __ATOMIC_RELAXED) == settings)
		__atomic_store_n(&thread->window.shut, settings, __ATOMIC_RELEASE);
}

/* Take back what the threads of shards `first` to `end` set aside, more than `keep` each. */
static void take_back(uint32_t first, uint32_t end, int64_t keep)
{
	uint64_t settings[AT_ONCE];
	bool any = false;

	for (uint32_t i = first; i < end; i++) {
		struct thread *thread = shards_at(i);

		settings[i - first] = BEING_SET;
		if (!thread || top_of(&thread->window) - net_of(&thread->window) <= keep)
			continue;
		mark(thread, &settings[i - first]);
		any = true;
	}
	if (!any || !barrier_everywhere())
		return;
	for (uint32_t i = first; i < end; i++)
		if (!(settings[i - first] & BEING_SET))
			shut(shards_at(i), settings[i - first]);
}

static void take_back_all(int64_t keep)
{
	uint32_t shards = shards_count();

	for (uint32_t first = 0; first < shards; first += AT_ONCE)
		take_back(first, shards - first < AT_ONCE ? shards : first + AT_ONCE, keep);
}

int64_t windows_sum_at_most(int64_t peak, uint32_t threads)
{
	int64_t batch = windows_batch(peak, threads), total = sum(NULL);

	if (total > peak + 2 * batch * threads && barrier_works()) {
		take_back_all(2 * batch);
		total = sum(NULL);
	}
	return total;
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
	int64_t room = peak - sum(thread) - thread->page->net_bytes;
	int64_t share = room / ROOM_SHARE, batch = windows_batch(peak, threads);

	if (share < batch)
		return false;
	if (!barrier_works())
		share = batch;
	else if (share > TOTAL_BATCH_BYTES)
		share = TOTAL_BATCH_BYTES;
	windows_set(thread, share, share);
	/* Of two threads that set theirs at once, one sees both. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return sum(NULL) <= peak;
}

void windows_call(void)
{
	uint32_t shards = shards_count();

	for (uint32_t i = 0; i < shards; i++) {
		struct thread *thread = shards_at(i);

		if (thread)
			__atomic_store_n(&thread->quiet_high, INT64_MIN, __ATOMIC_RELAXED);
	}
}
