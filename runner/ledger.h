/*
 * ledger: what a run holds now and has held at most, by its own bookkeeping.
 *
 * The caller has the run's lock.
 */
#ifndef DAGMEM_RUNNER_LEDGER_H
#define DAGMEM_RUNNER_LEDGER_H

#include <stdint.h>

struct ledger {
	uint64_t live_bytes, peak_bytes;
};

static inline void ledger_add(struct ledger *ledger, uint64_t bytes)
{
	ledger->live_bytes += bytes;
	if (ledger->live_bytes > ledger->peak_bytes)
		ledger->peak_bytes = ledger->live_bytes;
}

static inline void ledger_remove(struct ledger *ledger, uint64_t bytes)
{
	ledger->live_bytes -= bytes;
}

/* What was expected is replaced by what is there: no peak when that is no more. */
static inline void ledger_settle(struct ledger *ledger, uint64_t expected_bytes, uint64_t bytes)
{
	ledger_remove(ledger, expected_bytes);
	ledger_add(ledger, bytes);
}

#endif
