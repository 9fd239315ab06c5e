/*
 * journal: appends records to the profile's journal.  Seldom used, under a
 * lock of its own; what finds no room is left out.
 */
#ifndef DAGMEM_TRACER_JOURNAL_H
#define DAGMEM_TRACER_JOURNAL_H

#include <stdbool.h>

#include "profile/layout.h"

/* Append a record: `head` bytes of fixed part after struct record, then `tail`. */
bool journal_append(enum record_type type, const void *head, uint32_t head_bytes,
		    const void *tail, uint32_t tail_bytes);

/* Append text, cut to what a record holds. */
bool journal_text(enum record_type type, const char *text, uint32_t bytes);

/* Say something to the user, in the profile. */
void journal_note(const char *text);

/* In a forked child, or at start: find the journal's end again. */
void journal_reopen(void);

#endif
