#include "reports/pack.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "reports/clean.h"
#include "reports/embed.h"

void pack_init(struct pack *pack)
{
	*pack = (struct pack){ .arena = ARENA_INIT };
	pack->texts = (struct intern)INTERN_INIT(&pack->arena);
	text_init(&pack->parts);
	text_init(&pack->directory);
	text_init(&pack->bytes);
}

void pack_release(struct pack *pack)
{
	intern_release(&pack->texts);
	text_release(&pack->parts);
	text_release(&pack->directory);
	text_release(&pack->bytes);
	arena_release(&pack->arena);
}

void pack_part(struct pack *pack, const char *name, const char *json)
{
	text_printf(&pack->parts, ",\"%s\":", name);
	text_add(&pack->parts, json);
}

static const char *kind_name(enum pack_kind kind)
{
	static const char *const names[] = {
		[PACK_UNSIGNED] = "u", [PACK_SIGNED] = "s", [PACK_DELTA] = "d", [PACK_DOUBLE] = "f",
	};

	return names[kind];
}

static void end_column(struct pack *pack)
{
	if (!pack->column.name)
		return;
	text_printf(&pack->directory, "%s\"%s\":[\"%s\",%zu,%zu,%zu]", pack->directory.length ? "," : "",
		    pack->column.name, kind_name(pack->column.kind), pack->column.first,
		    pack->bytes.length - pack->column.first, pack->column.count);
	pack->column.name = NULL;
}

void pack_column(struct pack *pack, const char *name, enum pack_kind kind)
{
	end_column(pack);
	pack->column.name = name;
	pack->column.kind = kind;
	pack->column.first = pack->bytes.length;
	pack->column.count = 0;
	pack->column.before = 0;
}

static uint64_t zigzag(uint64_t value)
{
	return value << 1 ^ (value >> 63 ? UINT64_MAX : 0);
}

void pack_number(struct pack *pack, uint64_t value)
{
	char digits[10];
	size_t count = 0;
	uint64_t rest = value;

	if (pack->column.kind == PACK_DELTA)
		rest = zigzag(value - pack->column.before);
	else if (pack->column.kind == PACK_SIGNED)
		rest = zigzag(value);
	do {
		digits[count++] = (char)((rest & 127) | (rest > 127 ? 128 : 0));
		rest >>= 7;
	} while (rest);
	text_add_bytes(&pack->bytes, digits, count);
	pack->column.before = value;
	pack->column.count++;
}

void pack_real(struct pack *pack, double value)
{
	char bytes[sizeof value];
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(bits >> 8 * i);
	text_add_bytes(&pack->bytes, bytes, sizeof bytes);
	pack->column.count++;
}

uint64_t pack_text(struct pack *pack, const char *text)
{
	uint32_t number = text ? intern_add(&pack->texts, text) : MAP_NONE;

	pack->failed |= text && number == MAP_NONE;
	return number == MAP_NONE ? 0 : (uint64_t)number + 1;
}

/* A JSON string, quotes included. */
static void add_string(struct pack *pack, struct text *to, const char *text)
{
	char *clean = clean_utf8(text);
	json_t *string = clean ? json_string_nocheck(clean) : NULL;
	char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;

	pack->failed |= !quoted;
	text_add(to, quoted ? quoted : "null");
	free(quoted);
	json_decref(string);
	free(clean);
}

static void make_document(struct pack *pack, struct text *document)
{
	end_column(pack);
	text_add(document, "{\"schema\":\"dagmem.page/1\"");
	text_add_bytes(document, pack->parts.data, pack->parts.length);
	text_add(document, ",\"texts\":[");
	for (uint32_t i = 0; i < pack->texts.count; i++) {
		if (i)
			text_add_char(document, ',');
		add_string(pack, document, intern_text(&pack->texts, i));
	}
	text_add(document, "],\"columns\":{");
	text_add_bytes(document, pack->directory.data, pack->directory.length);
	text_add(document, "}}");
}

static int write_all(const struct pack *pack, const struct text *document, FILE *out,
		     struct error *err)
{
	unsigned char head[8] = "DGMR";
	struct embed embed;

	for (int i = 0; i < 4; i++)
		head[4 + i] = (unsigned char)(document->length >> 8 * i);
	if (embed_begin(&embed, out, err))
		return err->code;
	embed_add(&embed, head, sizeof head);
	embed_add(&embed, document->data, document->length);
	embed_add(&embed, pack->bytes.data, pack->bytes.length);
	return embed_end(&embed, err);
}

int pack_write(struct pack *pack, FILE *out, struct error *err)
{
	struct text document;
	int status;

	text_init(&document);
	make_document(pack, &document);
	if (pack->failed || text_failed(&document) || text_failed(&pack->parts) ||
	    text_failed(&pack->directory) || text_failed(&pack->bytes))
		status = error_set(err, ERROR_NO_MEMORY, "no memory for the page's data");
	else
		status = write_all(pack, &document, out, err);
	text_release(&document);
	return status;
}
