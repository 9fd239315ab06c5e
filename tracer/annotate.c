/*
 * annotate: the tracer's end of include/dagmem.h.
 */
#include "include/dagmem.h"

#include "tracer/guard.h"
#include "tracer/lifecycle.h"
#include "tracer/mapping.h"
#include "tracer/snapshot.h"
#include "tracer/total.h"

static void snapshot(const char *label)
{
	if (lifecycle_ready())
		snapshot_take(label);
}

static uint64_t not_negative(int64_t value)
{
	return value < 0 ? 0 : (uint64_t)value;
}

static void totals(struct dagmem_totals *out)
{
	struct totals now;

	if (!lifecycle_ready())
		return;
	total_read(&now);
	out->live_bytes = not_negative(now.live_bytes);
	out->live_blocks = not_negative(now.live_blocks);
	out->allocations = now.allocations;
	out->allocated_bytes = now.allocated_bytes;
	out->peak_bytes = profile_header()->peak_bytes;
	if (out->peak_bytes < out->live_bytes)
		out->peak_bytes = out->live_bytes;
}

static void reset_peak(void)
{
	if (lifecycle_ready())
		total_reset_peak();
}

extern const struct dagmem_api dagmem_api;
__attribute__((visibility("default"))) const struct dagmem_api dagmem_api = {
	.version = DAGMEM_API_VERSION,
	.bytes = sizeof(struct dagmem_api),
	.snapshot = snapshot,
	.pause = lifecycle_pause,
	.resume = lifecycle_resume,
	.totals = totals,
	.reset_peak = reset_peak,
};
