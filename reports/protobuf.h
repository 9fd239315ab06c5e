/*
 * protobuf: messages in the wire format of Protocol Buffers, into a text.
 *
 * pprof's message has seven kinds of fields and is written, never read: these
 * five functions are less than what a generator would add to the build.
 * Numbers of value 0 are left out, as proto3 does.
 */
#ifndef DAGMEM_REPORTS_PROTOBUF_H
#define DAGMEM_REPORTS_PROTOBUF_H

#include <stdint.h>

#include "base/text.h"

/* Also the elements of a packed field. */
void protobuf_varint(struct text *message, uint64_t value);

/* int64, uint64, bool. */
void protobuf_number(struct text *message, uint32_t field, uint64_t value);

void protobuf_string(struct text *message, uint32_t field, const char *value);

/* A message in the message, or a packed field; also when it is empty. */
void protobuf_bytes(struct text *message, uint32_t field, const struct text *value);

#endif
