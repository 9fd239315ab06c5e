/*
 * fill: what all views have in common, copied from a dataset into a view's
 * arena, so that views outlive datasets.  The verbs call it.
 */
#ifndef DAGMEM_ANALYZER_FILL_H
#define DAGMEM_ANALYZER_FILL_H

#include "analyzer/load.h"
#include "analyzer/view.h"
#include "base/arena.h"
#include "base/intern.h"

/*
 * Each distinct text is copied once.  A failure for want of memory is
 * remembered in `failed`, so that one look at the end will do.
 */
struct fill {
	const struct loaded *loaded;
	struct arena *arena;
	struct intern texts;
	bool failed;
};

void fill_init(struct fill *fill, const struct loaded *loaded, struct arena *arena);
void fill_release(struct fill *fill);

const char *fill_text(struct fill *fill, const char *text);
void *fill_array(struct fill *fill, size_t count, size_t size_bytes);

struct view_process fill_process(struct fill *fill, const struct view_process *from);
struct view_quality fill_quality(struct fill *fill);
struct view_frame fill_frame(struct fill *fill, uint32_t symbol);

/* All frames of the stack that ends at `node`, outermost first. */
const struct view_frame *fill_stack(struct fill *fill, uint32_t node, size_t *count);

/* What a row is called when it is no frame: BY_FILE, BY_MODULE, BY_NODE; else NULL. */
const char *fill_name(struct fill *fill, enum grouping by, uint32_t symbol, uint32_t dag_node);

/* Snapshots in the order they were taken. */
struct view_mark *fill_marks(struct fill *fill, size_t *count);

/* Put the text of its line into a frame, when the file is found. */
void fill_source(struct fill *fill, struct view_frame *frame);

#endif
