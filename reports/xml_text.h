/*
 * xml_text: text in XML, in elements and in attributes alike.
 */
#ifndef DAGMEM_REPORTS_XML_TEXT_H
#define DAGMEM_REPORTS_XML_TEXT_H

#include <stdio.h>

/*
 * Write `text`, which must be valid UTF-8, escaped.  What XML 1.0 can't hold
 * even escaped is '?'.
 */
void xml_print(const char *text, FILE *out);

#endif
