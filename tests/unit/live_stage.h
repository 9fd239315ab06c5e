/*
 * live_stage: a made-up profile of a compiled program, for tests of what looks
 * at profiles that grow: a line of prog.c for each of main, f, g, h, and the
 * wrapper xmalloc.
 */
#ifndef DAGMEM_TESTS_LIVE_STAGE_H
#define DAGMEM_TESTS_LIVE_STAGE_H

#include "analyzer/live.h"
#include "base/error.h"
#include "profile_builder.h"
#include "workshop.h"

struct live_stage {
	struct workshop *shop;
	struct workshop_object object;
	struct profile_builder *builder;
	uint32_t main;                  /* the node of its call */
	uint32_t f, g, in_node;         /* accounts: main > f > xmalloc, main > g; f in node "join" */
	char profile[128];
	struct live *live;
	uint64_t now_ns;                /* a second more at each look */
	struct arena arena;
	struct error err;
};

/* For cmocka: *state becomes a live_stage whose profile is written and opened. */
int live_stage_set_up(void **state);
int live_stage_tear_down(void **state);

/* A call site in the program's `function`, under `parent`. */
uint32_t live_stage_node(struct live_stage *stage, uint32_t parent, const char *function);

/* Write the profile as the builder has it now, and look. */
void live_stage_look(struct live_stage *stage);

#endif
