#include "reports/pack_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/error.h"
#include "reports/embed.h"

/* What base64 and gzip made of bytes, undone; the caller frees it. */
static unsigned char *undo(const char *text, size_t *length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t size = strlen(text), packed_size = 0, room = 1 << 22;
	unsigned char *packed = malloc(size), *bytes = malloc(room);

	assert_int_equal(size % 4, 0);
	for (size_t i = 0; i < size; i += 4) {
		unsigned group = 0;
		size_t count = 0;

		for (size_t j = 0; j < 4; j++) {
			const char *digit = text[i + j] == '=' ? NULL : strchr(digits, text[i + j]);

			assert_true(digit || (i + 4 == size && j > 1));
			group = group << 6 | (digit ? (unsigned)(digit - digits) : 0);
			count += digit != NULL;
		}
		for (size_t j = 0; j + 1 < count; j++)
			packed[packed_size++] = (unsigned char)(group >> (16 - 8 * j));
	}
	z_stream zip = { .next_in = packed, .avail_in = (unsigned)packed_size,
			 .next_out = bytes, .avail_out = (unsigned)room };

	assert_int_equal(inflateInit2(&zip, 15 + 16), Z_OK);
	assert_int_equal(inflate(&zip, Z_FINISH), Z_STREAM_END);
	assert_int_equal(zip.avail_in, 0);
	*length = zip.total_out;
	inflateEnd(&zip);
	free(packed);
	return bytes;
}

static void bytes_come_back_whatever_their_number(void **state)
{
	static const size_t lengths[] = { 0, 1, 2, 3, 4, 5, 100, 12288, 100003, 3000000 };

	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		unsigned char *bytes = malloc(lengths[i] + 1), *back;
		char *text = NULL;
		size_t text_length = 0, length;
		FILE *out = open_memstream(&text, &text_length);
		struct embed embed;
		struct error err;

		for (size_t j = 0; j < lengths[i]; j++)
			bytes[j] = (unsigned char)(j * j * 2654435761u >> 11);
		assert_int_equal(embed_begin(&embed, out, &err), 0);
		embed_add(&embed, bytes, lengths[i] / 3);
		embed_add(&embed, bytes + lengths[i] / 3, lengths[i] - lengths[i] / 3);
		assert_int_equal(embed_end(&embed, &err), 0);
		fclose(out);
		back = undo(text, &length);
		assert_int_equal(length, lengths[i]);
		assert_memory_equal(back, bytes, lengths[i]);
		free(back);
		free(text);
		free(bytes);
	}
}

static char *written(struct pack *pack, size_t *length)
{
	char *text = NULL, *bytes;
	size_t text_length = 0;
	FILE *out = open_memstream(&text, &text_length);
	struct error err;

	assert_int_equal(pack_write(pack, out, &err), 0);
	fclose(out);
	bytes = (char *)undo(text, length);
	free(text);
	return bytes;
}

struct row { const char *name; uint64_t size; int64_t change; double share; bool on; };

/*
 * The numbers below were worked out by hand from the words in pack.h.
 */
static void rows_become_columns_and_texts(void **state)
{
	static const struct row rows[] = {
		{ "a\"</script>\xff", 300, -1, 0.5, true }, { NULL, UINT64_MAX, 64, 1, false },
		{ "b", 0, 0, 0, false }, { "b", 1, 0, 0, false },
	};
	static const struct pack_field fields[] = {
		PACK_FIELD("r.", PACK_TEXT, struct row, name), PACK_FIELD("r.", PACK_U64, struct row, size),
		PACK_FIELD("r.", PACK_I64, struct row, change), PACK_FIELD("r.", PACK_BOOL, struct row, on),
		PACK_FIELD("r.", PACK_REAL, struct row, share), { "r.steady", PACK_U64, offsetof(struct row, size), true },
	};
	static const unsigned char columns[] = {
		1, 0, 2, 2,
		0xac, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 1,
		1, 0x80, 1, 0, 0,
		1, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xd8, 4, 0xd9, 4, 2, 2,
	};
	static const char document[] =
		"{\"schema\":\"dagmem.page/1\",\"part\":[1],\"texts\":[\"a\\\"</script>\xef\xbf\xbd\",\"b\"],"
		"\"columns\":{\"r.name\":[\"u\",0,4,4],\"r.size\":[\"u\",4,14,4],\"r.change\":[\"s\",18,5,4],"
		"\"r.on\":[\"u\",23,4,4],\"r.share\":[\"f\",27,32,4],\"r.steady\":[\"d\",59,6,4]}}";
	struct pack pack;
	size_t length;

	(void)state;
	pack_init(&pack);
	pack_part(&pack, "part", "[1]");
	PACK_ROWS(&pack, rows, 4, fields);
	char *bytes = written(&pack, &length);
	uint32_t size = (uint32_t)strlen(document);

	assert_int_equal(length, 8 + size + sizeof columns);
	assert_memory_equal(bytes, "DGMR", 4);
	assert_int_equal((unsigned char)bytes[4] | (unsigned char)bytes[5] << 8, size);
	assert_memory_equal(bytes + 8, document, size);
	assert_memory_equal(bytes + 8 + size, columns, sizeof columns);
	free(bytes);
	pack_release(&pack);
}

static void nothing_at_all_is_a_document_too(void **state)
{
	static const char document[] = "{\"schema\":\"dagmem.page/1\",\"texts\":[],\"columns\":{}}";
	struct pack pack;
	size_t length;

	(void)state;
	pack_init(&pack);
	char *bytes = written(&pack, &length);

	assert_int_equal(length, 8 + strlen(document));
	assert_memory_equal(bytes + 8, document, strlen(document));
	free(bytes);
	pack_release(&pack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_back_whatever_their_number),
		cmocka_unit_test(rows_become_columns_and_texts),
		cmocka_unit_test(nothing_at_all_is_a_document_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
