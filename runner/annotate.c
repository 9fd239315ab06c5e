#include "runner/annotate.h"

#include "dagmem.h"

void annotate_run_ended(void)
{
	dagmem_snapshot(ANNOTATE_END_LABEL);
}
