#include "tracer/dag_pools.h"

#include <string.h>

#include "tracer/account.h"
#include "tracer/address_table.h"
#include "tracer/dag_nodes.h"
#include "tracer/dag_results.h"
#include "tracer/guard.h"
#include "tracer/journal.h"
#include "tracer/lock.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/unwind.h"

enum {
	PIECES_PER_CHUNK = 2048,
	CHUNKS_MAX = 1 << 15,           /* 67 million pools and blocks of pools at a time */
};

/* A pool, or one of its blocks; numbered from 1. */
struct piece {
	uintptr_t address;
	uint64_t bytes;                 /* of a pool: all that it holds */
	uint32_t account;               /* 0: a pool */
	uint32_t pool;                  /* of a block */
	uint32_t next, previous;        /* among the blocks of its pool; of a pool: first, none */
};

static struct address_table pools, blocks;      /* address -> piece */
static struct piece *chunk[CHUNKS_MAX];
static uint32_t pieces, free_piece;             /* the free ones by `next` */
static struct lock lock;

static struct piece *piece_at(uint32_t number)
{
	return &chunk[number / PIECES_PER_CHUNK][number % PIECES_PER_CHUNK];
}

/* 0: no memory. */
static uint32_t new_piece(struct piece fresh)
{
	uint32_t number = free_piece ? free_piece : pieces + 1;
	struct piece **of = &chunk[number / PIECES_PER_CHUNK];

	if (number / PIECES_PER_CHUNK >= CHUNKS_MAX)
		return 0;
	if (!*of)
		*of = memory_reserve(PIECES_PER_CHUNK * sizeof **of);
	if (!*of)
		return 0;
	if (free_piece)
		free_piece = piece_at(number)->next;
	else
		pieces++;
	*piece_at(number) = fresh;
	return number;
}

static void free_piece_at(uint32_t number)
{
	*piece_at(number) = (struct piece){ .next = free_piece };
	free_piece = number;
}

static uint32_t find(const struct address_table *table, uintptr_t address)
{
	const struct address_entry *entry = address_table_find(table, address);

	return entry ? entry->index : 0;
}

/* 0: no memory. */
static uint32_t enter(struct address_table *table, struct piece fresh)
{
	uint32_t number = new_piece(fresh);

	if (number && !address_table_add(table, (struct address_entry){ fresh.address, number, 0 })) {
		free_piece_at(number);
		return 0;
	}
	return number;
}

/* --- Blocks ------------------------------------------------------------------------- */

static void link_block(uint32_t number)
{
	struct piece *block = piece_at(number), *pool = piece_at(block->pool);

	block->next = pool->next;
	if (block->next)
		piece_at(block->next)->previous = number;
	pool->next = number;
	pool->bytes += block->bytes;
}

static void drop_block(struct thread *thread, uint32_t number)
{
	struct piece *block = piece_at(number), *pool = piece_at(block->pool);

	if (block->previous)
		piece_at(block->previous)->next = block->next;
	else
		pool->next = block->next;
	if (block->next)
		piece_at(block->next)->previous = block->previous;
	pool->bytes -= block->bytes;
	account_unpool(thread, block->account, block->bytes);
	address_table_remove(&blocks, address_table_find(&blocks, block->address));
	free_piece_at(number);
}

static uint32_t account_of(struct thread *thread, const struct frame *caller)
{
	uint32_t account = call_tree_account_of(&profile.tree, unwind_node(thread, caller),
						thread->dag_node, ACCOUNT_POOL);

	return account ? account : call_tree_account_of(&profile.tree, NODE_ROOT, 0, ACCOUNT_POOL);
}

/* 0, or what is wrong with it. */
static enum dag_misuse allocate(struct thread *thread, uintptr_t pool, struct piece fresh)
{
	uint32_t before = find(&blocks, fresh.address), number;

	fresh.pool = find(&pools, pool);
	if (!fresh.pool)
		return MISUSE_UNKNOWN_POOL;
	if (before)
		drop_block(thread, before);
	number = fresh.account ? enter(&blocks, fresh) : 0;
	if (number) {
		link_block(number);
		account_pool(thread, fresh.account, fresh.bytes);
	} else {
		__atomic_fetch_add(&profile_header()->quality.events_dropped, 1, __ATOMIC_RELAXED);
	}
	return before ? MISUSE_POOL_BLOCK_TWICE : 0;
}

void dag_pools_allocated(struct thread *thread, uintptr_t pool, uintptr_t block, uint64_t bytes,
			 const struct frame *caller)
{
	struct piece fresh = { .address = block, .bytes = bytes };
	enum dag_misuse wrong;
	uint64_t signals;

	if (!block)
		return;         /* the pool had nothing left */
	fresh.account = account_of(thread, caller);
	signals = lock_take(&lock);
	wrong = allocate(thread, pool, fresh);
	lock_release(&lock, signals);
	if (wrong)
		dag_nodes_misused(wrong, thread->dag_node);
}

void dag_pools_freed(struct thread *thread, uintptr_t pool, uintptr_t block)
{
	uint64_t signals;
	uint32_t number;
	bool known;

	if (!block)
		return;
	signals = lock_take(&lock);
	number = find(&blocks, block);
	known = number && piece_at(number)->pool == find(&pools, pool);
	if (known)
		drop_block(thread, number);
	lock_release(&lock, signals);
	if (!known)
		dag_nodes_misused(MISUSE_UNKNOWN_POOL_BLOCK, thread->dag_node);
}

/* --- Pools -------------------------------------------------------------------------- */

void dag_pools_created(uintptr_t pool, const char *name)
{
	uint64_t signals = lock_take(&lock);
	bool fresh = pool && !find(&pools, pool);

	if (fresh)
		enter(&pools, (struct piece){ .address = pool });
	lock_release(&lock, signals);
	if (fresh && name)
		journal_text(RECORD_DAG_POOL, name, (uint32_t)strnlen(name, DAG_NAME_MAX - 1));
}

static bool destroy(struct thread *thread, uintptr_t pool)
{
	uint32_t number = find(&pools, pool);

	if (!number)
		return false;
	while (piece_at(number)->next)
		drop_block(thread, piece_at(number)->next);
	address_table_remove(&pools, address_table_find(&pools, pool));
	free_piece_at(number);
	return true;
}

void dag_pools_destroyed(struct thread *thread, uintptr_t pool)
{
	uint64_t signals = lock_take(&lock);
	bool known = destroy(thread, pool);

	lock_release(&lock, signals);
	if (known)
		dag_results_ended(pool);
	else
		dag_nodes_misused(MISUSE_UNKNOWN_POOL, thread->dag_node);
}

bool dag_pools_bytes(uintptr_t pool, uint64_t *bytes)
{
	uint64_t signals = lock_take(&lock);
	uint32_t number = find(&pools, pool);

	if (number)
		*bytes = piece_at(number)->bytes;
	lock_release(&lock, signals);
	return number != 0;
}

void dag_pools_fork(void)
{
	lock.holder = 0;
}

void dag_pools_inherit(struct thread *inherited)
{
	for (uint32_t number = 1; number <= pieces; number++)
		if (piece_at(number)->account)
			account_pool(inherited, piece_at(number)->account, piece_at(number)->bytes);
}
