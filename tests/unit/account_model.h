/*
 * account_model: random allocations and frees at made-up addresses, with a
 * made-up usable size, and what the accounts must say of them.  Threads are
 * made up too where the test says so: one thread that takes on the states of
 * several in turn, so that their order is known.
 *
 * The oracle keeps a plain sum per account, and stores the whole composition
 * of the heap at every new maximum.
 */
#ifndef DAGMEM_TESTS_UNIT_ACCOUNT_MODEL_H
#define DAGMEM_TESTS_UNIT_ACCOUNT_MODEL_H

#include "profile/size_class.h"
#include "tests/unit/live_profile.h"
#include "tests/unit/random.h"
#include "tracer/account.h"

enum { SITES = 40, SITES_MAX = 5000, BLOCKS = 2000, EVENTS = 60000, SHARDS = 5, THREADS = 4 };

struct model_block { uint64_t requested, usable; unsigned site; bool live; };

struct model_site {
	account_id account;
	int64_t allocations, allocated_bytes, frees, freed_bytes, slack_bytes, temporaries;
	int64_t peak_bytes, peak_blocks;
};

struct model {
	struct random random;
	struct model_block block[BLOCKS];
	unsigned sites;
	struct model_site site[SITES_MAX];
	int64_t live_bytes, live_blocks, peak_bytes, allocations, allocated_bytes;
	uint64_t size_class[SIZE_CLASSES];
};

/* What the made-up allocator answers. */
extern uint64_t model_usable[THREADS][BLOCKS];

void model_changed(struct model *model);

void model_free(struct model *model, const struct model_block *block, bool temporary);

void *model_block_address(unsigned heap, unsigned i);

/*
 * A call site that is no code: its stack is this one place, under a mark that
 * says that the walk got no further.
 */
struct frame model_site_frame(unsigned site);

void event_alloc_block(struct model *model, unsigned heap, unsigned i,
		       struct model_block fresh);

void event_alloc(struct model *model, unsigned heap, unsigned i);

void event_free(struct model *model, unsigned heap, unsigned i, bool temporary);

/* To another block that is not in use, or in place, or in vain. */
void event_realloc(struct model *model, unsigned heap, unsigned i, bool temporary);

/* One event; `*newest`: the block that was allocated last and is freed as a temporary. */
void event_random(struct model *model, unsigned heap, unsigned *newest);

void model_compare(const struct model *model, bool peaks);

void model_compare_size_classes(const struct model *model);

/* Free all; none of it as a temporary. */
void model_end_heap(struct model *model, unsigned heap);

/* A model of what the profile says already: tests follow each other. */
struct model *model_new(uint64_t seed);

/* The same of more sites than SITES. */
struct model *model_of_sites(uint64_t seed, unsigned sites);

void made_up_become(unsigned who);

void made_up_leave(unsigned who);

void made_up_end(unsigned who);

/* This thread ends, whichever it is, and all that are made up begin anew. */
void made_up_begin(void);

/* For cmocka: the group's setup, of a live_profile. */
int model_setup(void **state);

#endif
