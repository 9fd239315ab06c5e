#include "runner/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/generate.h"
#include "runner/graph_build.h"
#include "runner/grow.h"
#include "runner/parse.h"

enum { FILE_BYTES_MAX = 1 << 30 };

typedef int parser(const char *bytes, size_t length, struct graph_builder *builder,
		   struct error *err);

static const struct format {
	const char *suffix;
	parser *parse;
} formats[] = {
	{ ".json", parse_wfformat },
	{ ".dot", parse_dot },
	{ ".gv", parse_dot },
};

static parser *parser_of(const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		size_t suffix = strlen(formats[i].suffix);

		if (length > suffix && strcmp(path + length - suffix, formats[i].suffix) == 0)
			return formats[i].parse;
	}
	return parse_text;
}

/* The rest of a stream, which need not be a file: a pipe will do. */
static int read_stream(FILE *stream, char **bytes, size_t *length, struct error *err)
{
	size_t capacity = 0, used = 0;
	char *buffer = NULL;

	for (;;) {
		char *larger = grow(buffer, &capacity, used + 65536, 1);

		if (!larger || used > FILE_BYTES_MAX) {
			free(larger ? larger : buffer);
			return error_set(err, ERROR_LIMIT, "larger than 1 GiB, or no memory for it");
		}
		buffer = larger;
		size_t got = fread(buffer + used, 1, capacity - used, stream);
		used += got;
		if (got == 0)
			break;
	}
	if (ferror(stream)) {
		free(buffer);
		return error_system(err, errno, "reading");
	}
	*bytes = buffer;
	*length = used;
	return 0;
}

static int read_file(const char *path, char **bytes, size_t *length, struct error *err)
{
	FILE *stream = fopen(path, "re");

	if (!stream)
		return error_system(err, errno, "%s", path);
	int code = read_stream(stream, bytes, length, err);
	fclose(stream);
	return code == 0 ? 0 : error_context(err, "%s", path);
}

static int parse_file(const char *path, struct graph_builder *builder, struct error *err)
{
	char *bytes = NULL;
	size_t length = 0;
	int code = read_file(path, &bytes, &length, err);

	if (code != 0)
		return code;
	code = parser_of(path)(bytes, length, builder, err);
	free(bytes);
	return code;
}

static int request_all(struct graph_builder *builder, const char *const *keep, size_t keep_count,
		       struct error *err)
{
	if (keep_count)
		graph_builder_forget_requests(builder);
	for (size_t i = 0; i < keep_count; i++)
		if (graph_builder_request(builder, keep[i], strlen(keep[i]), 0, err) != 0)
			return err->code;
	return 0;
}

int source_load(const char *source, const struct build_options *options, const char *const *keep,
		size_t keep_count, struct graph **graph, struct error *err)
{
	struct graph_builder *builder = graph_builder_new(source, options);
	int code;

	if (!builder)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a graph");
	code = generate_knows(source) ? generate(source, builder, err)
				      : parse_file(source, builder, err);
	if (code == 0)
		code = request_all(builder, keep, keep_count, err);
	if (code == 0)
		code = graph_builder_finish(builder, graph, err);
	graph_builder_free(builder);
	return code;
}
