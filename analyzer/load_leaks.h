/*
 * load_leaks: leak checks from the store.  leaks.c reads what it gives.
 */
#ifndef DAGMEM_ANALYZER_LOAD_LEAKS_H
#define DAGMEM_ANALYZER_LOAD_LEAKS_H

#include "analyzer/load.h"
#include "analyzer/view_leaks.h"

struct leak_check_row {         /* as in schema.sql */
	uint32_t id;
	const char *label, *reason, *status;
	uint32_t error, flags;
	uint64_t time_ns, stop_ns, check_ns, blocks, bytes, usable_bytes, root_bytes, table_bytes;
	uint64_t threads, threads_stopped, threads_seen, threads_unknown;
};

struct leak_step_row {
	const struct account_row *account;
	uint64_t blocks;
	uint64_t offset;                /* of the pointer in the last of them; VIEW_NOT_KNOWN */
};

struct leak_record {
	uint32_t id;
	const struct account_row *account;
	enum leak_verdict verdict;
	const char *held_by;            /* NULL: nothing */
	const struct account_row *holder_account;       /* NULL: none */
	const char *thread_name, *module, *variable, *variable_file;    /* NULL: not known */
	const char *variable_member;
	uint64_t offset, blocks, bytes, usable_bytes;
	uint64_t first_address, largest_address, target_offset;
	uint32_t thread_id, place, variable_line;
	bool several_holders, path_cut;
	const struct leak_step_row *path;       /* [0] points to it */
	size_t steps;
};

/* By time. */
int load_leak_checks(struct store *store, struct arena *arena, struct leak_check_row **checks,
		     size_t *count, struct error *err);

/* What check `id` found, by its id; rows of accounts that are not there are left out. */
int load_leaks(struct store *store, const struct loaded *loaded, uint32_t id, struct arena *arena,
	       struct leak_record **leaks, size_t *count, struct error *err);

/* The place of snapshot `id` in loaded->snapshots; SIZE_MAX: there is none. */
size_t load_snapshot_index(const struct loaded *loaded, uint64_t id);

/* An account at a snapshot. */
struct account_point {
	uint32_t account, snapshot;     /* snapshot: index into loaded->snapshots */
	uint64_t allocations, live_bytes, live_blocks;
};

/* All accounts at all snapshots, by account and time; zeros are left out. */
int load_account_points(struct store *store, const struct loaded *loaded, struct arena *arena,
			struct account_point **points, size_t *count, struct error *err);

#endif
