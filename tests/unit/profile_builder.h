/*
 * profile_builder: writes small profiles for tests, byte by byte as layout.h
 * has them.
 *
 * It knows nothing of the tracer: what the reader makes of a profile is
 * compared with what a test put into it.  Running out of memory or room aborts.
 */
#ifndef DAGMEM_TESTS_PROFILE_BUILDER_H
#define DAGMEM_TESTS_PROFILE_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#include "profile/layout.h"
#include "profile/leak_layout.h"

struct profile_builder;

/* A profile of an exited program that did nothing: header, root, account 0. */
struct profile_builder *builder_new(void);
void builder_free(struct profile_builder *builder);

struct profile_header *builder_header(struct profile_builder *builder);

/* The page of that kind, added when there is none yet. */
void *builder_page(struct profile_builder *builder, enum page_kind kind, uint32_t owner,
		   uint32_t index);
/* Its number in the file; 0: there is none. */
uint32_t builder_find(const struct profile_builder *builder, enum page_kind kind, uint32_t owner,
		      uint32_t index);
struct page_entry *builder_entry(struct profile_builder *builder, uint32_t page);

/* Each returns the new id. */
uint32_t builder_module(struct profile_builder *builder, const char *path, uint64_t start,
			uint64_t bias, const uint8_t *build_id, size_t build_id_bytes);
uint32_t builder_node(struct profile_builder *builder, uint32_t parent, uint64_t place);
uint32_t builder_account(struct profile_builder *builder, uint32_t stack, uint32_t dag_node,
			 enum account_kind kind);

/* A DAG node's record; `id` is counted in the header. */
void builder_dag_node(struct profile_builder *builder, uint32_t id, const char *name,
		      const uint32_t *dependencies, uint32_t count);

/* To be filled in; a shard exists once it was asked for. */
struct counter *builder_counter(struct profile_builder *builder, uint32_t shard, uint32_t account);

/* The account's record of 16 bytes (profile/once.h). */
struct once *builder_once(struct profile_builder *builder, uint32_t account);
struct shard_page *builder_shard(struct profile_builder *builder, uint32_t shard);

/* `count` allocations of `bytes` each by shard 0, of which the last `freed` were freed. */
void builder_charge(struct profile_builder *builder, uint32_t account, uint64_t count,
		    uint64_t bytes, uint64_t freed);

void builder_record(struct profile_builder *builder, enum record_type type, const void *payload,
		    size_t bytes);
void builder_sample(struct profile_builder *builder, uint64_t monotonic_ns, uint64_t live_bytes,
		    uint64_t mapped_bytes, uint64_t allocations);
void builder_rss(struct profile_builder *builder, uint64_t monotonic_ns, uint64_t rss_bytes);
void builder_snapshot(struct profile_builder *builder, const char *label,
		      enum snapshot_kind kind, uint64_t monotonic_ns,
		      const struct snapshot_row *rows, size_t count);

/* A check that was done; its head, to be changed, is valid until the next page is added. */
struct leak_head *builder_leak_check(struct profile_builder *builder, const char *label,
				     uint64_t monotonic_ns, const struct leak_row *rows, size_t count);

/* The whole file; valid until the next page is added. */
uint8_t *builder_bytes(struct profile_builder *builder, size_t *size);

/* Write the first `size` bytes (0 = all) to `path`. */
void builder_write(struct profile_builder *builder, const char *path, size_t size);

/* Where made-up modules are in memory. */
#define BUILDER_BIAS UINT64_C(0x500000000000)

#endif
