/*
 * units: sizes and durations as people read and write them.
 *
 * Sizes are binary: 1 KiB = 1024 bytes.  Results are structs returned by
 * value, so that a call can stand in a printf's argument list:
 *
 *     printf("peak %s\n", units_size(peak_bytes).text);
 */
#ifndef DAGMEM_BASE_UNITS_H
#define DAGMEM_BASE_UNITS_H

#include <stdint.h>

#include "base/error.h"

struct units_text { char text[32]; };

/* "0 B", "1023 B", "1.0 KiB", "33.4 MiB", ...: the unit that keeps the number below 1024. */
struct units_text units_size(uint64_t bytes);

/* The change from `old_bytes` to `new_bytes`, always signed: "+0 B", "-18.6 MiB". */
struct units_text units_size_change(uint64_t old_bytes, uint64_t new_bytes);

/* "33468.3 KiB", whatever the size: for columns that are compared by eye. */
struct units_text units_kib(uint64_t bytes);

/* "850 us", "12.3 ms", "4.56 s", "3 min 20 s", "5 h 02 min". */
struct units_text units_duration(uint64_t ns);

/*
 * Read a size: a number, with or without a fraction, and an optional unit of
 * K, M, G or T, alone or as KB or KiB, in any case; all are powers of 1024.
 * ERROR_USAGE for anything else and for what exceeds 64 bits.
 */
int units_parse_size(const char *text, uint64_t *bytes, struct error *err);

/* Read a duration in seconds, or with a suffix ms, s, min, h; ERROR_USAGE as above. */
int units_parse_duration(const char *text, uint64_t *ns, struct error *err);

#endif
