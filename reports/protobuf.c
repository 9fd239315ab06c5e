#include "reports/protobuf.h"

#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_BYTES = 2 };

void protobuf_varint(struct text *message, uint64_t value)
{
	char bytes[10];
	size_t length = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[length++] = (char)(value | 0x80);
	bytes[length++] = (char)value;
	text_add_bytes(message, bytes, length);
}

static void tag(struct text *message, uint32_t field, enum wire_type type)
{
	protobuf_varint(message, field << 3 | type);
}

void protobuf_number(struct text *message, uint32_t field, uint64_t value)
{
	if (!value)
		return;
	tag(message, field, WIRE_VARINT);
	protobuf_varint(message, value);
}

void protobuf_string(struct text *message, uint32_t field, const char *value)
{
	size_t length = strlen(value);

	tag(message, field, WIRE_BYTES);
	protobuf_varint(message, length);
	text_add_bytes(message, value, length);
}

void protobuf_bytes(struct text *message, uint32_t field, const struct text *value)
{
	tag(message, field, WIRE_BYTES);
	protobuf_varint(message, value->length);
	text_add_bytes(message, value->data, value->length);
}
