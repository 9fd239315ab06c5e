#include "profile_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/subject.h"
#include "profile/tick.h"

enum { ROOM_BYTES = 96 << 20 };

struct profile_builder {
	uint8_t *bytes;
	uint32_t pages;
	uint32_t journal_used;          /* bytes of the last journal page */
	uint32_t *found[PAGE_KINDS]; /* page numbers by index, of owner 0: for speed */
};

enum { FAST_INDEXES = 1 << 15 };

static void require(int condition)
{
	if (!condition)
		abort();
}

struct page_entry *builder_entry(struct profile_builder *builder, uint32_t page)
{
	uint8_t *extent = builder->bytes + (uint64_t)(page / PAGES_PER_EXTENT) * EXTENT_BYTES;

	return (struct page_entry *)extent + page % PAGES_PER_EXTENT;
}

static void *page_at(struct profile_builder *builder, uint32_t page)
{
	return builder->bytes + (uint64_t)page * PAGE_BYTES;
}

static void sign_extent(struct profile_builder *builder, uint32_t extent)
{
	struct extent_entry entry = { .version = PROFILE_VERSION, .extent = extent };

	memcpy(entry.magic, PROFILE_MAGIC, sizeof entry.magic);
	memcpy(builder->bytes + (uint64_t)extent * EXTENT_BYTES, &entry, sizeof entry);
}

static uint32_t add_page(struct profile_builder *builder, enum page_kind kind, uint32_t owner,
			 uint32_t index)
{
	if (builder->pages % PAGES_PER_EXTENT == 0)
		sign_extent(builder, builder->pages++ / PAGES_PER_EXTENT);
	uint32_t page = builder->pages++;

	require((uint64_t)builder->pages * PAGE_BYTES <= ROOM_BYTES);
	*builder_entry(builder, page) = (struct page_entry){ kind, owner, index, 0 };
	if (owner == 0 && index < FAST_INDEXES)
		builder->found[kind][index] = page;
	struct profile_header *header = builder_header(builder);

	header->pages_used = header->pages_allocated = builder->pages;
	return page;
}

struct profile_header *builder_header(struct profile_builder *builder)
{
	return page_at(builder, HEADER_PAGE);
}

uint32_t builder_find(const struct profile_builder *builder, enum page_kind kind, uint32_t owner,
		      uint32_t index)
{
	if (owner == 0 && index < FAST_INDEXES)
		return builder->found[kind][index];
	for (uint32_t page = 1; page < builder->pages; page++) {
		const struct page_entry *entry =
			builder_entry((struct profile_builder *)builder, page);

		if (page % PAGES_PER_EXTENT && entry->kind == kind && entry->owner == owner &&
		    entry->index == index)
			return page;
	}
	return 0;
}

void *builder_page(struct profile_builder *builder, enum page_kind kind, uint32_t owner,
		   uint32_t index)
{
	uint32_t page = builder_find(builder, kind, owner, index);

	return page_at(builder, page ? page : add_page(builder, kind, owner, index));
}

struct profile_builder *builder_new(void)
{
	struct profile_builder *builder = calloc(1, sizeof *builder);

	require(builder != NULL);
	builder->bytes = calloc(1, ROOM_BYTES);
	require(builder->bytes != NULL);
	for (size_t kind = 0; kind < PAGE_KINDS; kind++) {
		builder->found[kind] = calloc(FAST_INDEXES, sizeof *builder->found[kind]);
		require(builder->found[kind] != NULL);
	}
	add_page(builder, PAGE_HEADER, 0, 0);
	*builder_header(builder) = (struct profile_header){
		.ready = 1, .byte_order = PROFILE_BYTE_ORDER,
		.header_bytes = sizeof(struct profile_header), .machine = 62, .pid = 4242,
		.parent_pid = 1, .start_ticks = 1, .start_realtime_ns = 1000000000,
		.start_monotonic_ns = 1000, .granule_bytes = 32, .allocator = "libc.so.6",
		.tracer_version = "test", .boot_id = "none", .nodes = 1, .accounts = 1,
		.moment = tick_beside(1, 0), .state = STATE_EXITED, .end_monotonic_ns = 5001000,
		.allocator_free_bytes = UINT64_MAX,
	};
	builder_page(builder, PAGE_JOURNAL, 0, 0);
	builder_page(builder, PAGE_NODES, 0, 0);
	builder_page(builder, PAGE_ACCOUNTS, 0, 0);
	builder_header(builder)->journal_pages = 1;
	builder_header(builder)->pages_used = builder_header(builder)->pages_allocated =
		builder->pages;
	return builder;
}

void builder_free(struct profile_builder *builder)
{
	for (size_t kind = 0; kind < PAGE_KINDS; kind++)
		free(builder->found[kind]);
	free(builder->bytes);
	free(builder);
}

void builder_record(struct profile_builder *builder, enum record_type type, const void *payload,
		    size_t bytes)
{
	struct record record = { (uint32_t)((sizeof record + bytes + 7) / 8 * 8), type };
	struct profile_header *header = builder_header(builder);

	require(record.size_bytes <= PAGE_BYTES);
	if (builder->journal_used + record.size_bytes > PAGE_BYTES) {
		struct record pad = { PAGE_BYTES - builder->journal_used, RECORD_PAD };
		uint8_t *full = builder_page(builder, PAGE_JOURNAL, 0, header->journal_pages - 1);

		if (pad.size_bytes)
			memcpy(full + builder->journal_used, &pad, sizeof pad);
		header->journal_pages++;
		builder->journal_used = 0;
	}
	uint8_t *page = builder_page(builder, PAGE_JOURNAL, 0, header->journal_pages - 1);

	memcpy(page + builder->journal_used, &record, sizeof record);
	memcpy(page + builder->journal_used + sizeof record, payload, bytes);
	builder->journal_used += record.size_bytes;
}

uint32_t builder_module(struct profile_builder *builder, const char *path, uint64_t start,
			uint64_t bias, const uint8_t *build_id, size_t build_id_bytes)
{
	union {
		struct module_record record;
		char bytes[1024];
	} module = { .record = {
		.start = start, .end = start + 0x1000000, .bias = bias,
		.id = ++builder_header(builder)->modules,
		.build_id_bytes = (uint32_t)build_id_bytes,
	} };
	size_t head = sizeof(struct record);

	require(build_id_bytes <= BUILD_ID_MAX && strlen(path) < 512);
	if (build_id_bytes)
		memcpy(module.record.build_id, build_id, build_id_bytes);
	memcpy(module.bytes + sizeof module.record, path, strlen(path) + 1);
	builder_record(builder, RECORD_MODULE, module.bytes + head,
		       sizeof module.record - head + strlen(path) + 1);
	return module.record.id;
}

uint32_t builder_node(struct profile_builder *builder, uint32_t parent, uint64_t place)
{
	uint32_t id = builder_header(builder)->nodes++;
	struct tree_node *nodes = builder_page(builder, PAGE_NODES, 0, id / NODES_PER_PAGE);

	nodes[id % NODES_PER_PAGE] = (struct tree_node){ place, parent, 0 };
	return id;
}

uint32_t builder_account(struct profile_builder *builder, uint32_t stack, uint32_t dag_node,
			 enum account_kind kind)
{
	uint32_t id = builder_header(builder)->accounts++;
	struct account *accounts = builder_page(builder, PAGE_ACCOUNTS, 0, id / ACCOUNTS_PER_PAGE);

	accounts[id % ACCOUNTS_PER_PAGE] = (struct account){ subject_of(stack, dag_node, kind) };
	return id;
}

void builder_dag_node(struct profile_builder *builder, uint32_t id, const char *name,
		      const uint32_t *dependencies, uint32_t count)
{
	uint32_t words[RECORD_BYTES_MAX / sizeof(uint32_t)] = { id, count };
	size_t head = (2 + (size_t)count) * sizeof *words;

	require(head + strlen(name) + 1 <= sizeof words);
	if (count)
		memcpy(words + 2, dependencies, count * sizeof *words);
	memcpy((char *)words + head, name, strlen(name) + 1);
	builder_record(builder, RECORD_DAG_NODE, words, head + strlen(name) + 1);
	if (builder_header(builder)->dag_nodes < id)
		builder_header(builder)->dag_nodes = id;
}

struct shard_page *builder_shard(struct profile_builder *builder, uint32_t shard)
{
	struct profile_header *header = builder_header(builder);

	if (header->shards <= shard)
		header->shards = shard + 1;
	return builder_page(builder, PAGE_SHARD, shard, 0);
}

struct counter *builder_counter(struct profile_builder *builder, uint32_t shard, uint32_t account)
{
	builder_shard(builder, shard);
	struct counter *counters = builder_page(builder, PAGE_COUNTERS, shard,
						account / COUNTERS_PER_PAGE);

	return &counters[account % COUNTERS_PER_PAGE];
}

struct once *builder_once(struct profile_builder *builder, uint32_t account)
{
	struct once *onces = builder_page(builder, PAGE_ONCES, 0, account / ONCES_PER_PAGE);

	return &onces[account % ONCES_PER_PAGE];
}

void builder_charge(struct profile_builder *builder, uint32_t account, uint64_t count,
		    uint64_t bytes, uint64_t freed)
{
	struct counter *counter = builder_counter(builder, 0, account);

	builder_shard(builder, 0)->owners = 1;
	counter->allocations += count;
	counter->allocated_bytes += count * bytes;
	counter->frees += freed;
	counter->freed_bytes += freed * bytes;
}

void builder_sample(struct profile_builder *builder, uint64_t monotonic_ns, uint64_t live_bytes,
		    uint64_t mapped_bytes, uint64_t allocations)
{
	uint32_t at = builder_header(builder)->samples++;
	struct heap_sample *samples = builder_page(builder, PAGE_SAMPLES, 0, at / SAMPLES_PER_PAGE);

	samples[at % SAMPLES_PER_PAGE] =
		(struct heap_sample){ monotonic_ns, live_bytes, mapped_bytes, allocations };
}

void builder_rss(struct profile_builder *builder, uint64_t monotonic_ns, uint64_t rss_bytes)
{
	uint32_t at = builder_header(builder)->rss_samples++;
	struct rss_sample *samples = builder_page(builder, PAGE_RSS, 0, at / SAMPLES_PER_PAGE);

	samples[at % SAMPLES_PER_PAGE] = (struct rss_sample){ monotonic_ns, rss_bytes, rss_bytes, 0 };
}

void builder_snapshot(struct profile_builder *builder, const char *label,
		      enum snapshot_kind kind, uint64_t monotonic_ns,
		      const struct snapshot_row *rows, size_t count)
{
	uint32_t number = builder_header(builder)->snapshots++;
	uint32_t pages = count ? (uint32_t)((count - 1) / SNAPSHOT_ROWS_PER_PAGE + 1) : 1;

	for (uint32_t i = 0; i < pages; i++) {
		struct snapshot_page *page = builder_page(builder, PAGE_SNAPSHOT, number, i);
		size_t left = count - (size_t)i * SNAPSHOT_ROWS_PER_PAGE;

		page->rows = (uint32_t)(left < SNAPSHOT_ROWS_PER_PAGE ? left : SNAPSHOT_ROWS_PER_PAGE);
		memcpy(page->row, rows + (size_t)i * SNAPSHOT_ROWS_PER_PAGE,
		       page->rows * sizeof *rows);
		if (i)
			continue;
		page->kind = kind;
		page->pages = pages;
		page->monotonic_ns = monotonic_ns;
		snprintf(page->label, sizeof page->label, "%s", label);
	}
}

struct leak_head *builder_leak_check(struct profile_builder *builder, const char *label,
				     uint64_t monotonic_ns, const struct leak_row *rows, size_t count)
{
	uint32_t number = builder_header(builder)->leak_checks++;
	uint32_t pages = 1 + (uint32_t)((count + LEAK_ROWS_PER_PAGE - 1) / LEAK_ROWS_PER_PAGE);

	for (uint32_t i = 1; i < pages; i++) {
		struct leak_page *page = builder_page(builder, PAGE_LEAKS, number, i);
		size_t first = (size_t)(i - 1) * LEAK_ROWS_PER_PAGE, left = count - first;

		page->rows = (uint32_t)(left < LEAK_ROWS_PER_PAGE ? left : LEAK_ROWS_PER_PAGE);
		memcpy(page->row, rows + first, page->rows * sizeof *rows);
	}
	struct leak_head *head = builder_page(builder, PAGE_LEAKS, number, 0);

	*head = (struct leak_head){
		.pages = pages, .rows = (uint32_t)count, .reason = LEAK_CALLED,
		.monotonic_ns = monotonic_ns,
	};
	snprintf(head->label, sizeof head->label, "%s", label);
	return head;
}

uint8_t *builder_bytes(struct profile_builder *builder, size_t *size)
{
	*size = (size_t)builder->pages * PAGE_BYTES;
	return builder->bytes;
}

void builder_write(struct profile_builder *builder, const char *path, size_t size)
{
	size_t whole;
	uint8_t *bytes = builder_bytes(builder, &whole);
	FILE *file = fopen(path, "w");

	require(file != NULL);
	require(fwrite(bytes, 1, size ? size : whole, file) == (size ? size : whole));
	require(fclose(file) == 0);
}
