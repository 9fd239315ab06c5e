/*
 * fuzz_graph: whose graph it is that fuzz_graph reads and seed_graph makes.
 */
#ifndef DAGMEM_TESTS_FUZZ_GRAPH_H
#define DAGMEM_TESTS_FUZZ_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "profile/leak_layout.h"

enum {
	FUZZ_GRAPH_PID = 77, FUZZ_GRAPH_CHECK = 0, FUZZ_GRAPH_START = 1234, FUZZ_GRAPH_ACCOUNTS = 5,
};

#endif
