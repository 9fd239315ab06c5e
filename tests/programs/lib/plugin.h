/* plugin: what dlopen_loop.c loads.  Each allocates on a line of its own. */
#ifndef TESTS_PLUGIN_H
#define TESTS_PLUGIN_H

#include <stddef.h>

extern int plugin_line;                 /* where plugin_work() allocates */
void *plugin_work(size_t size_bytes);

#endif
