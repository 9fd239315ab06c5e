/*
 * load_code: where in memory and in files the places of a profile are.
 *
 * Only what shows addresses asks for it: stacks, for exports.
 */
#ifndef DAGMEM_ANALYZER_LOAD_CODE_H
#define DAGMEM_ANALYZER_LOAD_CODE_H

#include "analyzer/store.h"
#include "analyzer/view.h"
#include "analyzer/view_stacks.h"
#include "base/arena.h"

struct error;

struct code_place {
	uint32_t module;        /* code.modules[module - 1]; 0: none */
	uint64_t address;       /* as schema.sql's place.address */
};

struct code {
	struct view_module *modules;
	size_t module_count;
	struct code_place *places;      /* by place id; places[0] is nothing */
	size_t place_count;
};

/* Everything in `code` lives in `arena`. */
int load_code(struct store *store, struct arena *arena, struct code *code, struct error *err);

#endif
