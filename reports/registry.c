#include <string.h>

#include "reports/report.h"

const struct report *const REPORTS[] = {
	&report_text,
	&report_json,
	&report_csv,
	&report_pprof,
	&report_speedscope,
	&report_folded,
	&report_massif,
	&report_flamegraph,
	&report_timeline,
	&report_junit,
	&report_sarif,
	&report_markdown,
	NULL,
};

const struct report *report_find(const char *name)
{
	for (const struct report *const *report = REPORTS; *report; report++)
		if (strcmp((*report)->name, name) == 0)
			return *report;
	return NULL;
}
