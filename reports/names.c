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

static const char *const VERDICT_NAMES[LEAK_VERDICTS] = {
	[LEAK_DEFINITE] = "definite",
	[LEAK_INDIRECT] = "indirect",
	[LEAK_POSSIBLE] = "possible",
	[LEAK_REACHABLE] = "reachable",
	[LEAK_UNJUDGED] = "unjudged",
};

static const char *const LEAK_GROUPING_NAMES[LEAKS_GROUPINGS] = {
	[LEAKS_BY_SITE] = "site",
	[LEAKS_BY_NODE] = "node",
	[LEAKS_BY_MODULE] = "module",
	[LEAKS_BY_HOLDER] = "holder",
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

const char *leak_verdict_name(enum leak_verdict verdict)
{
	return VERDICT_NAMES[verdict];
}

bool leak_verdict_parse(const char *name, enum leak_verdict *verdict)
{
	int found = find(VERDICT_NAMES, LEAK_UNJUDGED, name);

	if (found >= 0)
		*verdict = (enum leak_verdict)found;
	return found >= 0;
}

const char *leak_grouping_name(enum leak_grouping by)
{
	return LEAK_GROUPING_NAMES[by];
}

bool leak_grouping_parse(const char *name, enum leak_grouping *by)
{
	int found = find(LEAK_GROUPING_NAMES, LEAKS_GROUPINGS, name);

	if (found >= 0)
		*by = (enum leak_grouping)found;
	return found >= 0;
}

const char *trend_name(enum trend_verdict verdict)
{
	static const char *const NAMES[TREND_VERDICTS] = {
		[TREND_UNKNOWN] = "unknown", [TREND_FLAT] = "flat", [TREND_GROWING] = "growing",
		[TREND_LEVELS_OFF] = "levels off", [TREND_SHRINKING] = "shrinking",
	};

	return NAMES[verdict];
}
