/*
 * sarif_parts: what a gate's and a leak report's SARIF share: the document
 * around rules and results, places, fingerprints.
 *
 * Places below the source root are told from there, as hosts of code want it.
 */
#ifndef DAGMEM_REPORTS_SARIF_PARTS_H
#define DAGMEM_REPORTS_SARIF_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"
#include "reports/report.h"

struct sarif {
	const struct report_options *options;
	FILE *out;
	struct text text;       /* for words on their way out */
	bool failed;            /* for want of memory */
};

#define SARIF_HASH_INIT UINT64_C(0xcbf29ce484222325)

/* The document up to its rules, which follow with commas between. */
void sarif_begin(struct sarif *sarif, const struct report_options *options, FILE *out);

/* From the rules to the results, which follow with commas between. */
void sarif_begin_results(struct sarif *sarif);

/* ERROR_NO_MEMORY. */
int sarif_end(struct sarif *sarif, struct error *err);

/* A string, in quotes; the same of what stands in sarif->text. */
void sarif_text(struct sarif *sarif, const char *text);
void sarif_words(struct sarif *sarif);

/* "physicalLocation": {...}; line 0: none is known. */
void sarif_physical(struct sarif *sarif, const char *file, uint32_t line);

/* A fingerprint is of names, so that a result stays the same when lines move. */
uint64_t sarif_hash(uint64_t hash, const char *text);
void sarif_fingerprint(struct sarif *sarif, uint64_t hash);

int sarif_leaks(const struct view_leaks_set *set, const struct report_options *options, FILE *out,
		struct error *err);

#endif
