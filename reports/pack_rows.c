#include "reports/pack_rows.h"

#include <stdbool.h>

static enum pack_kind kind_of(const struct pack_field *field)
{
	if (field->type == PACK_REAL)
		return PACK_DOUBLE;
	if (field->steady)
		return PACK_DELTA;
	return field->type == PACK_I64 || field->type == PACK_INT ? PACK_SIGNED : PACK_UNSIGNED;
}

static void pack_value(struct pack *pack, const struct pack_field *field, const void *value)
{
	switch (field->type) {
	case PACK_BOOL:
		pack_number(pack, *(const bool *)value);
		break;
	case PACK_U32:
		pack_number(pack, *(const uint32_t *)value);
		break;
	case PACK_INT:
		pack_number(pack, (uint64_t)(int64_t)*(const int *)value);
		break;
	case PACK_REAL:
		pack_real(pack, *(const double *)value);
		break;
	case PACK_TEXT:
		pack_number(pack, pack_text(pack, *(const char *const *)value));
		break;
	case PACK_U64:
	case PACK_I64:
		pack_number(pack, *(const uint64_t *)value);
		break;
	}
}

void pack_rows(struct pack *pack, const void *rows, size_t count, size_t size_bytes,
	       const struct pack_field *fields, size_t field_count)
{
	for (size_t i = 0; i < field_count; i++) {
		pack_column(pack, fields[i].name, kind_of(&fields[i]));
		for (size_t row = 0; row < count; row++)
			pack_value(pack, &fields[i],
				   (const char *)rows + row * size_bytes + fields[i].offset);
	}
}
