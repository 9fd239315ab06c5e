#include "lib/plugin.h"

#include <stdlib.h>

/* As large as plugin_b.c. */
int plugin_line = __LINE__ + 4;

void *plugin_work(size_t size_bytes)
{
	return malloc(size_bytes);
}
