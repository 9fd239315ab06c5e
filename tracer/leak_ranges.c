#include "tracer/leak_ranges.h"

#include <stddef.h>

#include "tracer/memory.h"

bool leak_ranges_init(struct leak_ranges *ranges, uint32_t capacity)
{
	*ranges = (struct leak_ranges){ memory_reserve(capacity * sizeof *ranges->range), 0, capacity };
	return ranges->range != NULL;
}

void leak_ranges_add(struct leak_ranges *ranges, struct leak_range range)
{
	if (range.start < range.end && ranges->count < ranges->capacity)
		ranges->range[ranges->count++] = range;
}

/* Shell's sort: in place, without recursion, and lists are short. */
static void sort(struct leak_range *range, uint32_t count)
{
	for (uint32_t gap = count / 2; gap; gap /= 2) {
		for (uint32_t i = gap; i < count; i++) {
			struct leak_range moving = range[i];
			uint32_t at = i;

			for (; at >= gap && range[at - gap].start > moving.start; at -= gap)
				range[at] = range[at - gap];
			range[at] = moving;
		}
	}
}

void leak_ranges_sort(struct leak_ranges *ranges)
{
	uint32_t kept = 0;
	uintptr_t end = 0;

	sort(ranges->range, ranges->count);
	for (uint32_t i = 0; i < ranges->count; i++) {
		struct leak_range range = ranges->range[i];

		if (range.start < end)
			range.start = end;
		if (range.start >= range.end)
			continue;
		end = range.end;
		ranges->range[kept++] = range;
	}
	ranges->count = kept;
}

bool leak_ranges_meet(const struct leak_ranges *ranges, uintptr_t start, uintptr_t end)
{
	uint32_t first = 0, beyond = ranges->count;

	while (first < beyond) {
		uint32_t middle = first + (beyond - first) / 2;

		if (ranges->range[middle].end <= start)
			first = middle + 1;
		else
			beyond = middle;
	}
	return first < ranges->count && ranges->range[first].start < end;
}

/* What [start, end) of `base` is, with `over` on it or nothing (NULL). */
static struct leak_range piece(const struct leak_range *base, const struct leak_range *over,
			       uintptr_t start, uintptr_t end)
{
	struct leak_range result = over ? *over : *base;

	result.start = start;
	result.end = end;
	result.flags |= base->flags & (RANGE_SPARSE | RANGE_PROBE);
	return result;
}

bool leak_ranges_lay(struct leak_ranges *base, const struct leak_ranges *top)
{
	struct leak_ranges result;
	uint32_t next = 0;

	if (!leak_ranges_init(&result, base->count + 2 * top->count + 1))
		return false;
	for (uint32_t i = 0; i < base->count; i++) {
		const struct leak_range *under = &base->range[i];
		uintptr_t at = under->start, end;

		for (; at < under->end; at = end) {
			const struct leak_range *over;

			while (next < top->count && top->range[next].end <= at)
				next++;
			over = next < top->count && top->range[next].start < under->end ?
				&top->range[next] : NULL;
			end = !over ? under->end : over->start > at ? over->start :
				over->end < under->end ? over->end : under->end;
			leak_ranges_add(&result, piece(under, over && over->start <= at ? over : NULL,
						       at, end));
		}
	}
	*base = result;
	return true;
}
