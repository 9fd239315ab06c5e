/*
 * frame_label: one line of text for a frame, in formats of other tools.
 *
 * The function; without one module+0xoffset, as text reports have it.  Labels
 * are valid UTF-8 without control characters, and never empty.
 */
#ifndef DAGMEM_REPORTS_FRAME_LABEL_H
#define DAGMEM_REPORTS_FRAME_LABEL_H

#include <stdbool.h>

#include "analyzer/view.h"
#include "base/text.h"

/* Append the frame's label; `line`: with " (file:line)" after it, where that is known. */
void frame_label(struct text *text, const struct view_frame *frame, bool line);

/* Append a name of a DAG node or whatever else a profile says, made harmless likewise. */
void frame_label_name(struct text *text, const char *name);

#endif
