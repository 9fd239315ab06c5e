/*
 * accesses: which nodes read and wrote what, so that edges can be told from
 * addresses.
 *
 * Runtimes with data dependences order tasks by the addresses that they say
 * they read or write.  Their own edges can't be used: a runtime leaves out
 * those to tasks that have ended already.  Here the last writers of each
 * address and its readers since are kept, ended or not.
 *
 * Not thread-safe: whoever owns an accesses uses it alone.
 */
#ifndef DAGMEM_TRACER_ADAPTERS_ACCESSES_H
#define DAGMEM_TRACER_ADAPTERS_ACCESSES_H

#include <stdint.h>

#include "tracer/adapters/node_set.h"
#include "tracer/adapters/store.h"
#include "tracer/adapters/trie.h"

enum access_mode {
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_READ_WRITE,
	ACCESS_EXCLUSIVE,       /* reads and writes, in any order with others of this mode */
	ACCESS_CONCURRENT,      /* ditto, at the same time */
};

struct access_link;

/* All zero is empty. */
struct accesses {
	struct trie *root;              /* of struct access */
	struct access_link *unused;
	struct store store;
};

/* Add to `nodes` whatever must end before a node that uses `address` so. */
void accesses_before(const struct accesses *accesses, uintptr_t address, enum access_mode mode,
		     struct node_set *nodes);

/* `node` uses `address` so.  After accesses_before() of all that it uses. */
void accesses_enter(struct accesses *accesses, uintptr_t address, enum access_mode mode,
		    uint32_t node);

/* `address` is something else from now on. */
void accesses_forget(struct accesses *accesses, uintptr_t address);

void accesses_release(struct accesses *accesses);

#endif
