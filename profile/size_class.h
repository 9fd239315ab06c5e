/*
 * size_class: which histogram bucket a request belongs to.  16-byte steps up
 * to 1024 bytes, then four steps per power of two.  Freestanding.
 */
#ifndef DAGMEM_PROFILE_SIZE_CLASS_H
#define DAGMEM_PROFILE_SIZE_CLASS_H

#include "profile/layout.h"

enum { SIZE_CLASS_FINE = 1024 / 16 };   /* classes 0..63 hold 0..16, 17..32, ..., 1009..1024 */

static inline unsigned size_class_of(uint64_t size_bytes)
{
	if (__builtin_expect(size_bytes <= 1024, 1))
		return (unsigned)((size_bytes - (size_bytes != 0)) >> 4);
	uint64_t top = size_bytes - 1;
	unsigned log2 = 63u - (unsigned)__builtin_clzll(top);
	unsigned class = SIZE_CLASS_FINE + (log2 - 10) * 4 + (unsigned)(top >> (log2 - 2) & 3);

	return class < SIZE_CLASSES ? class : SIZE_CLASSES - 1;
}

/* The largest request that belongs to `class`. */
static inline uint64_t size_class_max(unsigned class)
{
	if (class < SIZE_CLASS_FINE)
		return (class + 1) * UINT64_C(16);
	unsigned log2 = 10 + (class - SIZE_CLASS_FINE) / 4;

	return (uint64_t)(4 + (class - SIZE_CLASS_FINE) % 4 + 1) << (log2 - 2);
}

#endif
