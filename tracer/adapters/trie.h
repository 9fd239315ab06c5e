/*
 * trie: an index of things by an address or number: a trie of the keys' hashes,
 * two bits a level, whose nodes are the things themselves.
 *
 * A thing begins with a struct trie.  It is never taken out: the addresses of a
 * program repeat, so its place is used again.  Not thread-safe.
 */
#ifndef DAGMEM_TRACER_ADAPTERS_TRIE_H
#define DAGMEM_TRACER_ADAPTERS_TRIE_H

#include <stddef.h>
#include <stdint.h>

#include "tracer/adapters/store.h"

struct trie {
	uint64_t key;
	struct trie *child[4];
};

/* Where `key` is, or (NULL) where it would have to go. */
static inline struct trie **trie_place(struct trie **root, uint64_t key)
{
	uint64_t hash = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);

	while (*root && (*root)->key != key) {
		root = &(*root)->child[hash >> 62];
		hash <<= 2;
	}
	return root;
}

/* The thing of `key`; of `bytes` zeros in `store` if there was none.  NULL: no memory. */
static inline void *trie_add(struct trie **root, uint64_t key, struct store *store, size_t bytes)
{
	struct trie **place = trie_place(root, key);

	if (!*place) {
		*place = store_take(store, bytes);
		if (*place)
			(*place)->key = key;
	}
	return *place;
}

#endif
