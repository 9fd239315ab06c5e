#include "base/error.h"
#include "runner/policy.h"

static int start(struct retention *retention, struct error *err)
{
	(void)retention;
	(void)err;
	return 0;
}

static uint32_t ended(struct retention *retention, uint32_t node, bool has_result, uint32_t *released)
{
	(void)retention;
	(void)node;
	(void)has_result;
	(void)released;
	return 0;
}

const struct policy policy_keep_all = {
	.name = "keep-all",
	.summary = "keep every result until the run ends",
	.start = start,
	.ended = ended,
};
