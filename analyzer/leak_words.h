/*
 * leak_words: what a leak check knows, as people say it.  leaks and graph_holders
 * call it.
 */
#ifndef DAGMEM_ANALYZER_LEAK_WORDS_H
#define DAGMEM_ANALYZER_LEAK_WORDS_H

#include "analyzer/fill.h"
#include "analyzer/load_leaks.h"

/* Who holds it; `owners`: attribute_owners(). */
struct view_holder leak_words_holder(struct fill *fill, const struct leak_record *leak,
				     const uint32_t *owners);

/* Set its text from all the rest. */
void leak_words_name(struct fill *fill, struct view_holder *holder);

/* What `check` could not capture: an array in the view's arena. */
const char **leak_words_unseen(struct fill *fill, const struct leak_check_row *check, size_t *count);

/* Why there is nothing to judge by; `check` is the newest, NULL: there is none. */
const char *leak_words_unjudged(struct fill *fill, const struct loaded *loaded,
				const struct leak_check_row *check);

#endif
