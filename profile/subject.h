/*
 * subject: what an account is for, in one word, so that it is there all at once.
 *
 *       63       60 59           28 27  26 25            0
 *      +-+---------+---------------+------+---------------+
 *      |1|  0      | DAG node      | kind | stack's node  |    struct account
 *      +-+---------+---------------+------+---------------+
 *
 * 0 is that of an account whose id was handed out and no more.  The tracer makes
 * subjects (call_tree), the reader takes them apart.  Freestanding, as layout.h.
 */
#ifndef DAGMEM_PROFILE_SUBJECT_H
#define DAGMEM_PROFILE_SUBJECT_H

#include <stdbool.h>

#include "profile/layout.h"

enum { SUBJECT_STACK_BITS = 26, SUBJECT_KIND_BITS = 2, SUBJECT_DAG_NODE_BITS = 32 };

static const uint64_t SUBJECT_KNOWN = UINT64_C(1) << 63;

static inline uint64_t subject_of(uint32_t stack, uint32_t dag_node, enum account_kind kind)
{
	return SUBJECT_KNOWN |
	       ((uint64_t)dag_node << SUBJECT_KIND_BITS | (unsigned)kind) << SUBJECT_STACK_BITS | stack;
}

static inline uint32_t subject_stack(uint64_t subject)
{
	return (uint32_t)subject & ((1u << SUBJECT_STACK_BITS) - 1);
}

static inline uint32_t subject_kind(uint64_t subject)
{
	return (uint32_t)subject >> SUBJECT_STACK_BITS & ((1u << SUBJECT_KIND_BITS) - 1);
}

static inline uint32_t subject_dag_node(uint64_t subject)
{
	return (uint32_t)(subject >> (SUBJECT_STACK_BITS + SUBJECT_KIND_BITS));
}

/* Whether a tracer can have written it; `subject` is not 0. */
static inline bool subject_is_sound(uint64_t subject)
{
	const unsigned unused = SUBJECT_STACK_BITS + SUBJECT_KIND_BITS + SUBJECT_DAG_NODE_BITS;

	return subject >> unused == SUBJECT_KNOWN >> unused && subject_kind(subject) <= ACCOUNT_POOL;
}

_Static_assert(NODES_MAX <= 1 << SUBJECT_STACK_BITS, "a stack's node fits");
_Static_assert(ACCOUNT_POOL < 1 << SUBJECT_KIND_BITS, "a kind fits");

#endif
