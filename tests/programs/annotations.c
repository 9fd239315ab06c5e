/*
 * annotations: the in-program API of include/dagmem.h.  Compares the totals it
 * is told with its own; exits with 99 when they differ, 0 when they agree and
 * also when it is not traced (then the calls do nothing).
 */
#include "truth.h"

#include <dagmem.h>

static void totals_agree(uint64_t peak_bytes)
{
	struct dagmem_totals totals;
	uint64_t allocations = 0, frees = 0;

	for (const struct truth_site *site = truth_sites; site; site = site->next) {
		allocations += site->allocations;
		frees += site->frees;
	}
	dagmem_get_totals(&totals);
	if (!dagmem_traced()) {
		TRUTH_REQUIRE(totals.live_bytes == 0 && totals.allocations == 0);
		return;
	}
	TRUTH_REQUIRE(totals.live_bytes == (uint64_t)truth_live_bytes);
	TRUTH_REQUIRE(totals.live_blocks == allocations - frees);
	TRUTH_REQUIRE(totals.allocations == allocations);
	TRUTH_REQUIRE(totals.peak_bytes == peak_bytes);
}

/* Charged at a named moment; "one" knows 100 blocks of it, "two" 40. */
static void *block_of_ten(void)
{
	return TRUTH_NEW(1000);
}

static void snapshots(void)
{
	void *block[100];

	for (int i = 0; i < 100; i++)
		block[i] = block_of_ten();
	dagmem_snapshot("one");
	totals_agree(100000);
	for (int i = 0; i < 60; i++)
		truth_delete(block[i]);
	dagmem_snapshot("two");
	dagmem_snapshot("a label that is longer than the sixty-three bytes that a profile keeps of it");
	totals_agree(100000);
}

/* While paused nothing is charged, but what was charged before is discharged. */
static void pauses(void)
{
	void *before = TRUTH_NEW(500), *paused;

	dagmem_pause();
	dagmem_pause();
	paused = malloc(7777);
	dagmem_resume();
	free(malloc(8888));
	truth_delete(before);
	dagmem_resume();
	free(paused);
	totals_agree(100000);
	truth_delete(TRUTH_NEW(60));
	totals_agree(100000);
}

static void peaks(void)
{
	dagmem_reset_peak();
	totals_agree((uint64_t)truth_live_bytes);
	truth_delete(TRUTH_NEW(3000));
	totals_agree((uint64_t)truth_live_bytes + 3000);
}

int main(void)
{
	snapshots();
	pauses();
	peaks();
	truth_write();
	return 0;
}
