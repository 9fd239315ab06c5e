#include "tests/unit/live_profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/tick.h"
#include "tracer/guard.h"
#include "tracer/journal.h"
#include "tracer/memory.h"
#include "tracer/shadow.h"
#include "tracer/shards.h"
#include "tracer/total.h"
#include "tracer/unwind.h"

static char folder[] = "/tmp/dagmem-unit.XXXXXX";

int live_profile_setup(void **state)
{
	static struct options options;

	if (!mkdtemp(folder))
		return -1;
	options_parse(&options, NULL);
	snprintf(options.out, sizeof options.out, "%s/p.dagmem", folder);
	if (!mapping_create(&options, "unit", NULL))
		return -1;
	journal_reopen();
	if (call_tree_init(&profile.tree, &profile.pages, &memory_for_indexes))
		return -1;
	call_tree_account_of(&profile.tree, NODE_ROOT, 0, ACCOUNT_HEAP);
	profile_header()->moment = moment_next(0);
	total_init();
	mapping_describe_process(&options, false);
	shadow_init(32);
	unwind_init();
	guard_init();
	shards_loaded();
	*state = folder;
	return 0;
}

int live_profile_teardown(void **state)
{
	(void)state;
	unlink(profile.path);
	return rmdir(folder);
}

static bool is_at_its_peak(void)
{
	struct totals totals;

	total_read(&totals);
	return totals.live_bytes > (int64_t)profile_header()->peak_bytes;
}

int64_t live_profile_peak(void)
{
	struct totals totals;

	total_read(&totals);
	return is_at_its_peak() ? totals.live_bytes : (int64_t)profile_header()->peak_bytes;
}

static void add_counter(struct live_sums *sums, const struct counter *counter)
{
	bool old = is_at_its_peak() || !counter_is_of_epoch(counter, moment_now(profile_header()));

	sums->allocations += (int64_t)counter->allocations;
	sums->allocated_bytes += (int64_t)counter->allocated_bytes;
	sums->frees += (int64_t)counter->frees;
	sums->freed_bytes += (int64_t)counter->freed_bytes;
	sums->slack_bytes += counter_slack(counter);
	sums->temporaries += counter->temporaries;
	sums->peak_bytes += (int64_t)(old ? counter->allocated_bytes - counter->freed_bytes :
					    counter->at_peak_bytes);
	sums->peak_blocks += (int32_t)(old ? counter->allocations - counter->frees :
					     counter->at_peak_blocks);
}

struct live_sums live_profile_sums(account_id account)
{
	struct live_sums sums = { 0 };
	struct counter record;
	uint32_t owner;

	for (uint32_t shard = 0; shard < shards_count(); shard++) {
		const struct thread *thread = shards_at(shard);
		const struct counter *counter = thread ? counters_in_page(thread, account) : NULL;

		if (counter)
			add_counter(&sums, counter);
	}
	if (counters_in_record(account, &record, &owner))
		add_counter(&sums, &record);
	sums.live_blocks = sums.allocations - sums.frees;
	sums.live_bytes = sums.allocated_bytes - sums.freed_bytes;
	return sums;
}
