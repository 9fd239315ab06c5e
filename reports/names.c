#include "reports/names.h"

#include <string.h>

static const char *const METRIC_NAMES[METRICS] = {
	[METRIC_LIVE] = "live",
	[METRIC_PEAK] = "peak",
	[METRIC_TOTAL] = "total",
	[METRIC_COUNT] = "count",
	[METRIC_TEMPORARY] = "temporary",
	[METRIC_MAPPED] = "mapped",
	[METRIC_POOL] = "pool",
};

static const char *const GROUPING_NAMES[GROUPINGS] = {
	[BY_LINE] = "line",
	[BY_FUNCTION] = "function",
	[BY_FILE] = "file",
	[BY_MODULE] = "module",
	[BY_STACK] = "stack",
	[BY_NODE] = "node",
};

static int find(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *metric_name(enum metric metric)
{
	return METRIC_NAMES[metric];
}

bool metric_parse(const char *name, enum metric *metric)
{
	int found = find(METRIC_NAMES, METRICS, name);

	if (found >= 0)
		*metric = (enum metric)found;
	return found >= 0;
}

bool metric_counts(enum metric metric)
{
	return metric == METRIC_COUNT || metric == METRIC_TEMPORARY;
}

const char *grouping_name(enum grouping by)
{
	return GROUPING_NAMES[by];
}

bool grouping_parse(const char *name, enum grouping *by)
{
	int found = find(GROUPING_NAMES, GROUPINGS, name);

	if (found >= 0)
		*by = (enum grouping)found;
	return found >= 0;
}

const char *metric_names(void)
{
	return "live, peak, total, count, temporary, mapped, pool";
}

const char *grouping_names(void)
{
	return "line, function, file, module, stack, node";
}
