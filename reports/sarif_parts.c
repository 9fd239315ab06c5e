#include "reports/sarif_parts.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "reports/json_text.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

void sarif_text(struct sarif *sarif, const char *text)
{
	sarif->failed |= json_text(text, sarif->out) != 0;
}

void sarif_words(struct sarif *sarif)
{
	sarif->failed |= text_failed(&sarif->text);
	sarif_text(sarif, sarif->text.data);
}

/* --- The document ----------------------------------------------------------------- */

static void add_uri(struct text *text, const char *path)
{
	for (; *path; path++)
		if (isalnum((unsigned char)*path) || strchr("/-._~", *path))
			text_add_char(text, *path);
		else
			text_printf(text, "%%%02X", (unsigned char)*path);
}

void sarif_begin(struct sarif *sarif, const struct report_options *options, FILE *out)
{
	*sarif = (struct sarif){ .options = options, .out = out };
	text_init(&sarif->text);
	fputs("{\"$schema\": \"" SCHEMA "\", \"version\": \"2.1.0\", \"runs\": [{\n"
	      "    \"tool\": {\"driver\": {\"name\": \"dagmem\", \"version\": \"" DAGMEM_VERSION "\",\n"
	      "        \"rules\": [", out);
}

static void put_roots(struct sarif *sarif)
{
	const char *root = sarif->options->source_root;

	if (!root)
		return;
	text_clear(&sarif->text);
	text_add(&sarif->text, "file://");
	add_uri(&sarif->text, root);
	text_add(&sarif->text, "/");
	fputs(",\n    \"originalUriBaseIds\": {\"SRCROOT\": {\"uri\": ", sarif->out);
	sarif_words(sarif);
	fputs("}}", sarif->out);
}

void sarif_begin_results(struct sarif *sarif)
{
	fputs("]}}", sarif->out);
	put_roots(sarif);
	fputs(",\n    \"columnKind\": \"utf16CodeUnits\",\n    \"results\": [", sarif->out);
}

int sarif_end(struct sarif *sarif, struct error *err)
{
	fputs("]}]}\n", sarif->out);
	text_release(&sarif->text);
	return sarif->failed ? error_set(err, ERROR_NO_MEMORY, "out of memory") : 0;
}

/* --- Places ----------------------------------------------------------------------- */

/* Below the source root relative to it, as hosts of code want it. */
static void put_artifact(struct sarif *sarif, const char *path)
{
	const char *root = sarif->options->source_root;
	size_t length = root ? strlen(root) : 0;
	bool below = length && strncmp(path, root, length) == 0 && path[length] == '/';

	text_clear(&sarif->text);
	if (!below && *path == '/')
		text_add(&sarif->text, "file://");
	add_uri(&sarif->text, below ? path + length + 1 : path);
	fputs("\"artifactLocation\": {\"uri\": ", sarif->out);
	sarif_words(sarif);
	fputs(below || *path != '/' ? ", \"uriBaseId\": \"SRCROOT\"}" : "}", sarif->out);
}

void sarif_physical(struct sarif *sarif, const char *file, uint32_t line)
{
	fputs("\"physicalLocation\": {", sarif->out);
	put_artifact(sarif, file);
	/* Hosts show no result without a line. */
	fprintf(sarif->out, ", \"region\": {\"startLine\": %" PRIu32 "}}", line ? line : 1);
}

/* --- Fingerprints ------------------------------------------------------------------ */

/* FNV-1a, 64 bits. */
uint64_t sarif_hash(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

void sarif_fingerprint(struct sarif *sarif, uint64_t hash)
{
	fprintf(sarif->out, "\"partialFingerprints\": {\"dagmemSite/v1\": \"%016" PRIx64 "\"}", hash);
}
