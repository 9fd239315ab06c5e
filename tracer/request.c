#include "tracer/request.h"

#include <string.h>
#include <time.h>

#include "tracer/guard.h"
#include "tracer/leak.h"
#include "tracer/lock.h"
#include "tracer/snapshot.h"

enum { PAUSE_NS = 100 * 1000 * 1000 };

typedef bool serve_fn(const char *label);

/* By enum request_kind. */
static serve_fn *const serve[] = {
	[REQUEST_SNAPSHOT] = snapshot_take,
	[REQUEST_LEAK_CHECK] = leak_requested,
};

enum { KINDS = sizeof serve / sizeof serve[0] };

uint32_t request_heard;
static uint32_t server;         /* the thread that deals with one; 0: none does */
static uint64_t last_ns;        /* when the last one was done */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A thread that was thrown out of here by a jump may come again. */
static bool begin(uint32_t self)
{
	uint32_t other = 0;

	return __atomic_compare_exchange_n(&server, &other, self, 0, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED) || other == self;
}

static uint32_t serve_kind(const struct profile_request *request)
{
	uint32_t kind = __atomic_load_n(&request->kind, __ATOMIC_ACQUIRE);
	char label[sizeof request->label + 1];

	memcpy(label, request->label, sizeof request->label);
	label[sizeof request->label] = '\0';
	if (kind >= KINDS || !serve[kind])
		return REQUEST_UNKNOWN;
	return serve[kind](label) ? REQUEST_DONE : REQUEST_FAILED;
}

COLD void request_serve(void)
{
	struct profile_header *header = profile_header();
	uint32_t sequence = __atomic_load_n(&header->request_sequence, __ATOMIC_ACQUIRE);

	if (now_ns() - __atomic_load_n(&last_ns, __ATOMIC_RELAXED) < PAUSE_NS || !begin(sys_gettid()))
		return;
	/* Another thread may have done it between the look and here. */
	if (sequence != request_heard) {
		__atomic_store_n(&request_heard, sequence, __ATOMIC_RELAXED);
		if (guard_local.thread)
			counters_settle(guard_local.thread);    /* of the hook that looked here */
		__atomic_store_n(&header->request.answer, serve_kind(&header->request),
				 __ATOMIC_RELAXED);
		__atomic_store_n(&header->request.served, sequence, __ATOMIC_RELEASE);
		__atomic_store_n(&last_ns, now_ns(), __ATOMIC_RELAXED);
	}
	__atomic_store_n(&server, 0, __ATOMIC_RELEASE);
}

void request_fork(void)
{
	struct profile_header *header = profile_header();

	memset(&header->request, 0, sizeof header->request);
	header->request_sequence = 0;
	request_heard = server = 0;
	last_ns = 0;
}
