#include "analyzer/variable_member.h"

#include <dwarf.h>
#include <stdbool.h>

enum { NESTING_MAX = 32, DIMENSIONS_MAX = 16 };

/* A part that is looked into: its type, and how far in the place is. */
struct part {
	Dwarf_Die type;
	uint64_t offset;
	uint64_t unnamed;               /* where it begins in the last part that has a name */
};

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) &&
	       dwarf_peel_type(type, type) == 0;
}

static bool number_of(Dwarf_Die *die, unsigned int name, uint64_t *number)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	if (dwarf_formudata(dwarf_attr_integrate(die, name, &attribute), &value))
		return false;
	*number = value;
	return true;
}

/* --- Structs --------------------------------------------------------------------------- */

/* A member, or a base class; not a static one, nor some bits. */
static bool is_member(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	return (tag == DW_TAG_member || tag == DW_TAG_inheritance) && !dwarf_hasattr(die, DW_AT_external) &&
	       !dwarf_hasattr(die, DW_AT_bit_size);
}

static bool holds(Dwarf_Die *member, const struct part *part, struct part *inner)
{
	uint64_t start = 0;
	Dwarf_Word bytes;

	number_of(member, DW_AT_data_member_location, &start);
	if (part->offset < start || !type_of(member, &inner->type) ||
	    dwarf_aggregate_size(&inner->type, &bytes) || part->offset - start >= bytes)
		return false;
	inner->offset = part->offset - start;
	inner->unnamed = part->unnamed + start;
	return true;
}

/* Members without a name are structs whose members count as those around them. */
static bool enter_struct(struct text *text, struct part *part)
{
	Dwarf_Die member;

	if (dwarf_child(&part->type, &member))
		return false;
	do {
		struct part inner;
		const char *name;

		if (!is_member(&member) || !holds(&member, part, &inner))
			continue;
		name = dwarf_tag(&member) == DW_TAG_member ? dwarf_diename(&member) : NULL;
		if (name) {
			text_printf(text, ".%s", name);
			inner.unnamed = 0;
		}
		*part = inner;
		return true;
	} while (dwarf_siblingof(&member, &member) == 0);
	return false;
}

/* --- Arrays ---------------------------------------------------------------------------- */

/* How many elements the dimensions have; 0: not known, which only the first may be. */
static size_t dimensions_of(Dwarf_Die *array, uint64_t *count)
{
	size_t dimensions = 0;
	Dwarf_Die range;

	if (dwarf_child(array, &range))
		return 0;
	do {
		if (dwarf_tag(&range) != DW_TAG_subrange_type || dimensions == DIMENSIONS_MAX)
			continue;
		if (!number_of(&range, DW_AT_count, &count[dimensions]))
			count[dimensions] = number_of(&range, DW_AT_upper_bound, &count[dimensions])
				? count[dimensions] + 1 : 0;
		dimensions++;
	} while (dwarf_siblingof(&range, &range) == 0);
	return dimensions;
}

static bool enter_array(struct text *text, struct part *part)
{
	uint64_t count[DIMENSIONS_MAX], stride[DIMENSIONS_MAX];
	size_t dimensions = dimensions_of(&part->type, count);
	Dwarf_Die element;
	Dwarf_Word bytes;

	if (!dimensions || !type_of(&part->type, &element) || dwarf_aggregate_size(&element, &bytes) || !bytes)
		return false;
	for (size_t i = dimensions; i-- > 0;) {
		stride[i] = bytes;
		if (i && (!count[i] || __builtin_mul_overflow(bytes, count[i], &bytes)))
			return false;
	}
	for (size_t i = 0; i < dimensions; i++) {
		text_printf(text, "[%llu]", (unsigned long long)(part->offset / stride[i]));
		part->offset %= stride[i];
	}
	part->type = element;
	part->unnamed = 0;
	return true;
}

static bool enter(struct text *text, struct part *part)
{
	switch (dwarf_tag(&part->type)) {
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return enter_struct(text, part);
	case DW_TAG_array_type:
		return enter_array(text, part);
	default:
		return false;
	}
}

void variable_member_add(struct text *text, Dwarf_Die *die, uint64_t offset)
{
	struct part part = { .offset = offset };
	int depth = 0;

	if (type_of(die, &part.type))
		while (depth < NESTING_MAX && enter(text, &part))
			depth++;
	if (part.offset)
		text_printf(text, "+%llu", (unsigned long long)part.unnamed + part.offset);
}
