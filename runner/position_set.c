#include "runner/position_set.h"

#include <stdlib.h>

bool position_set_init(struct position_set *set, uint32_t count)
{
	uint64_t words = count;

	*set = (struct position_set){ .levels = 0 };
	do {
		words = (words + 63) / 64;
		words = words ? words : 1;
		set->level[set->levels] = calloc(words, sizeof(uint64_t));
		if (!set->level[set->levels++]) {
			position_set_release(set);
			return false;
		}
	} while (words > 1);
	return true;
}

void position_set_release(struct position_set *set)
{
	for (unsigned i = 0; i < set->levels; i++)
		free(set->level[i]);
	set->levels = 0;
}

/* Stops at the first word that had something: those above know already. */
void position_set_add(struct position_set *set, uint32_t position)
{
	for (unsigned i = 0; i < set->levels; i++) {
		uint64_t *word = &set->level[i][position / 64];
		uint64_t before = *word;

		*word |= UINT64_C(1) << position % 64;
		if (before)
			return;
		position /= 64;
	}
}

static void drop(struct position_set *set, uint32_t position)
{
	for (unsigned i = 0; i < set->levels; i++) {
		uint64_t *word = &set->level[i][position / 64];

		*word &= ~(UINT64_C(1) << position % 64);
		if (*word)
			return;
		position /= 64;
	}
}

bool position_set_take(struct position_set *set, uint32_t *position)
{
	uint32_t found = 0;

	if (!set->level[set->levels - 1][0])
		return false;
	for (unsigned i = set->levels; i-- > 0; )
		found = found * 64 + (uint32_t)__builtin_ctzll(set->level[i][found]);
	drop(set, found);
	*position = found;
	return true;
}
