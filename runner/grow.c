#include "runner/grow.h"

#include <stdlib.h>

void *grow(void *array, size_t *capacity, size_t wanted, size_t item_bytes)
{
	size_t next = *capacity ? *capacity : 16;

	if (wanted <= *capacity)
		return array;
	while (next < wanted)
		next = next > wanted / 2 ? wanted : next * 2;
	if (next < *capacity * 2)
		next = *capacity * 2;
	void *larger = reallocarray(array, next, item_bytes);
	if (larger)
		*capacity = next;
	return larger;
}
