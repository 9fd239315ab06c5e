#include "analyzer/dwarf_units.h"

#include <dwarf.h>
#include <stdlib.h>

enum { NESTING_MAX = 64 };      /* of namespaces and types around a function */

/* Addresses low .. high-1 belong to `item`. */
struct span {
	Dwarf_Addr low, high;
	size_t item;
};

struct spans {
	struct span *items;
	size_t count, capacity;
};

struct unit {
	Dwarf_Die die;          /* with the line table */
	Dwarf_Die content;      /* with the functions: differs for split DWARF */
	struct spans functions; /* item: the DIE's offset */
	bool read;
};

struct dwarf_units {
	Dwarf *dwarf;
	struct unit *units;
	size_t count, capacity;
	struct spans spans;     /* item: number of the unit */
};

static bool add_span(struct spans *spans, Dwarf_Addr low, Dwarf_Addr high, size_t item)
{
	if (low >= high)
		return true;
	if (spans->count == spans->capacity) {
		size_t capacity = spans->capacity ? spans->capacity * 2 : 64;
		struct span *items = reallocarray(spans->items, capacity, sizeof *items);

		if (!items)
			return false;
		spans->items = items;
		spans->capacity = capacity;
	}
	spans->items[spans->count++] = (struct span){ low, high, item };
	return true;
}

static bool add_ranges(struct spans *spans, Dwarf_Die *die, size_t item)
{
	Dwarf_Addr base, low, high;

	for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &low, &high)) > 0;)
		if (!add_span(spans, low, high, item))
			return false;
	return true;
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->high < y->high ? -1 : x->high > y->high;
}

static void sort_spans(struct spans *spans)
{
	if (spans->count)
		qsort(spans->items, spans->count, sizeof *spans->items, compare_spans);
}

static const struct span *find_span(const struct spans *spans, Dwarf_Addr address)
{
	size_t low = 0, high = spans->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spans->items[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < spans->items[low - 1].high ? &spans->items[low - 1] : NULL;
}

static struct unit *add_unit(struct dwarf_units *units)
{
	if (units->count == units->capacity) {
		size_t capacity = units->capacity ? units->capacity * 2 : 64;
		struct unit *grown = reallocarray(units->units, capacity, sizeof *grown);

		if (!grown)
			return NULL;
		units->units = grown;
		units->capacity = capacity;
	}
	struct unit *unit = &units->units[units->count++];

	*unit = (struct unit){ .read = false };
	return unit;
}

static bool read_units(struct dwarf_units *units)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die, split;
	uint8_t type;

	while (dwarf_get_units(units->dwarf, cu, &cu, NULL, &type, &die, &split) == 0) {
		if (type != DW_UT_compile && type != DW_UT_skeleton)
			continue;
		struct unit *unit = add_unit(units);

		if (!unit)
			return false;
		unit->die = die;
		unit->content = type == DW_UT_skeleton && split.addr ? split : die;
		if (!add_ranges(&units->spans, &unit->die, units->count - 1))
			return false;
	}
	sort_spans(&units->spans);
	return true;
}

struct dwarf_units *dwarf_units_new(Dwarf *dwarf)
{
	struct dwarf_units *units = calloc(1, sizeof *units);

	if (!units)
		return NULL;
	units->dwarf = dwarf;
	if (read_units(units))
		return units;
	dwarf_units_free(units);
	return NULL;
}

void dwarf_units_free(struct dwarf_units *units)
{
	if (!units)
		return;
	for (size_t i = 0; i < units->count; i++)
		free(units->units[i].functions.items);
	free(units->units);
	free(units->spans.items);
	free(units);
}

/* What may have functions with code of their own inside it. */
static bool may_hold_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type ||
	       tag == DW_TAG_class_type || tag == DW_TAG_union_type ||
	       tag == DW_TAG_enumeration_type;
}

static void add_functions(struct spans *functions, Dwarf_Die *parent, int nesting)
{
	Dwarf_Die die;

	if (nesting > NESTING_MAX || dwarf_child(parent, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_subprogram)
			add_ranges(functions, &die, dwarf_dieoffset(&die));
		else if (may_hold_functions(tag))
			add_functions(functions, &die, nesting + 1);
	} while (dwarf_siblingof(&die, &die) == 0);
}

static const struct span *find_function(struct unit *unit, Dwarf_Addr address)
{
	if (!unit->read) {
		unit->read = true;
		add_functions(&unit->functions, &unit->content, 0);
		sort_spans(&unit->functions);
	}
	return find_span(&unit->functions, address);
}

static bool has_address(Dwarf_Die *die, Dwarf_Addr address)
{
	return dwarf_haspc(die, address) > 0;
}

/* The child of `parent` with code at `address`: a block, or an inlined function. */
static bool find_child(Dwarf_Die *parent, Dwarf_Addr address, Dwarf_Die *child)
{
	if (dwarf_child(parent, child) != 0)
		return false;
	do {
		switch (dwarf_tag(child)) {
		case DW_TAG_inlined_subroutine:
		case DW_TAG_lexical_block:
		case DW_TAG_try_block:
		case DW_TAG_catch_block:
			if (has_address(child, address))
				return true;
		}
	} while (dwarf_siblingof(child, child) == 0);
	return false;
}

static void find_inlined(struct dwarf_units_place *place, Dwarf_Addr address)
{
	Dwarf_Die scope = place->function[0];

	for (int blocks = 0; blocks < 16 * NESTING_MAX; blocks++) {
		Dwarf_Die child;

		if (!find_child(&scope, address, &child))
			return;
		if (dwarf_tag(&child) == DW_TAG_inlined_subroutine) {
			if (place->depth == DWARF_UNITS_DEPTH_MAX)
				return;
			place->function[place->depth++] = child;
		}
		scope = child;
	}
}

/*
 * A function inside a function (GNU C, Ada, Fortran) has code outside of its
 * parent's, and so is not among the unit's functions: elfutils' slow walk.
 */
static bool find_nested(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die *function)
{
	Dwarf_Die *scopes;
	int count = dwarf_getscopes(unit, address, &scopes);
	bool found = false;

	for (int i = 0; i < count && !found; i++) {
		found = dwarf_tag(&scopes[i]) == DW_TAG_subprogram;
		if (found)
			*function = scopes[i];
	}
	if (count > 0)
		free(scopes);
	return found;
}

static bool function_at(struct dwarf_units *units, struct unit *unit, Dwarf_Addr address,
			Dwarf_Die *function)
{
	const struct span *span = find_function(unit, address);

	if (!span)
		return find_nested(&unit->content, address, function);
	if (unit->content.cu == unit->die.cu)
		return dwarf_offdie(units->dwarf, span->item, function) != NULL;
	return dwarf_offdie(dwarf_cu_getdwarf(unit->content.cu), span->item, function) != NULL;
}

bool dwarf_units_find(struct dwarf_units *units, Dwarf_Addr address, struct dwarf_units_place *place)
{
	const struct span *span = find_span(&units->spans, address);

	if (!span)
		return false;
	struct unit *unit = &units->units[span->item];

	place->unit = unit->die;
	place->depth = 0;
	if (function_at(units, unit, address, &place->function[0])) {
		place->depth = 1;
		find_inlined(place, address);
	}
	return true;
}
