#include "reports/gzip.h"

enum { WINDOW_BITS = 15, AND_GZIP = 16, MEMORY_LEVEL = 8, PIECE = 64 * 1024, MOST = 1 << 30 };

int gzip_open(struct gzip *gzip, FILE *out)
{
	*gzip = (struct gzip){ .out = out };
	return deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS + AND_GZIP,
			    MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK ? 0 : -1;
}

/* With room in the output left, deflate() has taken all there is. */
static void deflate_all(struct gzip *gzip, int flush)
{
	unsigned char piece[PIECE];

	do {
		gzip->stream.next_out = piece;
		gzip->stream.avail_out = sizeof piece;
		(void)deflate(&gzip->stream, flush);
		fwrite(piece, 1, sizeof piece - gzip->stream.avail_out, gzip->out);
	} while (!gzip->stream.avail_out);
}

void gzip_write(struct gzip *gzip, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	for (size_t part; length; length -= part, at += part) {
		part = length < MOST ? length : MOST;
		gzip->stream.next_in = (unsigned char *)at;
		gzip->stream.avail_in = (uInt)part;
		deflate_all(gzip, Z_NO_FLUSH);
	}
}

void gzip_close(struct gzip *gzip)
{
	deflate_all(gzip, Z_FINISH);
	deflateEnd(&gzip->stream);
}
