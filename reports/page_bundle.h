/*
 * page_bundle: the page as `make` bundled it, in the program.
 */
#ifndef DAGMEM_REPORTS_PAGE_BUNDLE_H
#define DAGMEM_REPORTS_PAGE_BUNDLE_H

#include <stddef.h>

/* Where the data belongs: once in the page. */
#define PAGE_DATA_MARK "<!--dagmem-data-->"

/* The whole page; of length 0 when dagmem was built without npm. */
const char *page_bundle(size_t *length);

#endif
