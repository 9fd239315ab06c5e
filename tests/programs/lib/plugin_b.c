#include "lib/plugin.h"

#include <stdlib.h>

/*
 * As plugin_a.c, so that both fit one hole and the call has the same address,
 * but another line.
 */
int plugin_line = __LINE__ + 4;

void *plugin_work(size_t size_bytes)
{
	return malloc(size_bytes);
}
