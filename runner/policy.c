#include "runner/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const struct policy *const policies[] = {
	&policy_keep_all,
	&policy_scan,
	&policy_refcount,
	&policy_refcount_path,
	&policy_donate,
	NULL
};

const struct policy *policy_find(const char *name)
{
	for (const struct policy *const *policy = policies; *policy; policy++)
		if (strcmp((*policy)->name, name) == 0)
			return *policy;
	return NULL;
}

int retention_init(struct retention *retention, const struct plan *plan,
		   const struct policy *policy, struct error *err)
{
	*retention = (struct retention){ .plan = plan, .policy = policy };
	return policy->start(retention, err);
}

void retention_release(struct retention *retention)
{
	free(retention->remaining);
	free(retention->present);
	*retention = (struct retention){ 0 };
}

/* Only its asker is left to read it.  A map's result is no single buffer. */
static bool last_reader_of(const struct retention *retention, uint32_t dep)
{
	const struct graph *graph = retention->plan->graph;

	return !(graph->flags[dep] & (NODE_INPUT | NODE_REQUESTED | NODE_MAP)) &&
		__atomic_load_n(&retention->remaining[dep], __ATOMIC_ACQUIRE) == 1;
}

uint32_t retention_donor(const struct retention *retention, uint32_t node, const uint64_t *bytes,
			 uint64_t need_bytes)
{
	const struct graph *graph = retention->plan->graph;

	if (!retention->policy->in_place || !(graph->flags[node] & NODE_IN_PLACE))
		return NODE_NONE;
	for (uint32_t i = graph->dep_start[node]; i < graph->dep_start[node + 1]; i++) {
		uint32_t dep = graph->deps[i];

		if (last_reader_of(retention, dep) && bytes[dep] >= need_bytes)
			return dep;
	}
	return NODE_NONE;
}
