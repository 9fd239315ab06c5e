#include "reports/embed.h"

#include <stdlib.h>

#include "base/error.h"

enum { GROUP = 3 };     /* bytes that make four digits */

static void write_group(const unsigned char *bytes, size_t count, FILE *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned group = (unsigned)bytes[0] << 16 | (count > 1 ? (unsigned)bytes[1] << 8 : 0) |
			 (count > 2 ? bytes[2] : 0);
	char text[4] = { digits[group >> 18], digits[group >> 12 & 63],
			 count > 1 ? digits[group >> 6 & 63] : '=', count > 2 ? digits[group & 63] : '=' };

	fwrite(text, 1, sizeof text, out);
}

static void write_base64(const char *bytes, size_t length, FILE *out)
{
	for (size_t i = 0; i < length; i += GROUP)
		write_group((const unsigned char *)bytes + i,
			    length - i < GROUP ? length - i : GROUP, out);
}

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory to compress the page's data");
}

int embed_begin(struct embed *embed, FILE *out, struct error *err)
{
	*embed = (struct embed){ .out = out };
	embed->packed = open_memstream(&embed->bytes, &embed->length);
	if (embed->packed && gzip_open(&embed->gzip, embed->packed) == 0)
		return 0;
	if (embed->packed)
		fclose(embed->packed);
	free(embed->bytes);
	return no_memory(err);
}

void embed_add(struct embed *embed, const void *bytes, size_t length)
{
	gzip_write(&embed->gzip, bytes, length);
}

int embed_end(struct embed *embed, struct error *err)
{
	gzip_close(&embed->gzip);
	int failed = ferror(embed->packed);

	failed |= fclose(embed->packed) != 0;
	if (!failed)
		write_base64(embed->bytes, embed->length, embed->out);
	free(embed->bytes);
	return failed ? no_memory(err) : 0;
}
