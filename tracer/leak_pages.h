/*
 * leak_pages: which pages of anonymous memory were ever touched, so that a
 * leak check passes over reserved address space; from /proc/self/pagemap.
 * Where that can't be read, all were.  In the child alone.
 */
#ifndef DAGMEM_TRACER_LEAK_PAGES_H
#define DAGMEM_TRACER_LEAK_PAGES_H

#include <stdbool.h>
#include <stdint.h>

void leak_pages_open(void);

bool leak_pages_touched(uintptr_t address);

/* Call `see` with the runs of touched pages in [start, end). */
void leak_pages_each(uintptr_t start, uintptr_t end,
		     void (*see)(void *context, uintptr_t start, uintptr_t end), void *context);

/* The same for memory of files, of which some may not be there: runs of pages that can be read. */
void leak_pages_each_readable(uintptr_t start, uintptr_t end,
			      void (*see)(void *context, uintptr_t start, uintptr_t end), void *context);

#endif
