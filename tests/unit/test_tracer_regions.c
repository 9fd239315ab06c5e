#include "tracer/regions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/call_tree_child.h"
#include "tests/unit/live_profile.h"
#include "tests/unit/random.h"
#include "tracer/guard.h"
#include "tracer/shards.h"
#include "tracer/total.h"

/*
 * The oracle is a map of pages: for each the site that mapped it, 0 for none,
 * and which page begins a piece of its own.  Nothing is mapped in earnest.
 */
enum { PAGES = 400, SITES = 8, EVENTS = 30000, BYTES = 4096 };

static const uintptr_t START = (uintptr_t)0x7000 << 32;

struct oracle { struct random random; uint8_t site[PAGES]; bool begins[PAGES]; };

/* A call site that is no code; see account_model. */
static struct frame site_frame(unsigned site)
{
	static uintptr_t no_stack[16];

	return (struct frame) { .pc = 0x1000 + site * 16, .sp = (uintptr_t)no_stack, .bp = 0 };
}

static account_id site_account(unsigned site)
{
	int folded = 0;
	node_id cut = call_tree_child(&profile.tree, NODE_ROOT, PLACE(MODULE_NONE, PLACE_TRUNCATED),
				      &folded);
	node_id node = call_tree_child(&profile.tree, cut, PLACE(MODULE_NONE, site_frame(site).pc),
				       &folded);

	return call_tree_account_of(&profile.tree, node, 0, ACCOUNT_MAPPING);
}

/* --- The oracle -------------------------------------------------------------------- */

static void oracle_clear(struct oracle *oracle, unsigned from, unsigned to)
{
	if (to < PAGES && to > from && oracle->site[to] && !oracle->begins[to])
		oracle->begins[to] = true;
	for (unsigned page = from; page < to; page++) {
		oracle->site[page] = 0;
		oracle->begins[page] = false;
	}
}

static void oracle_map(struct oracle *oracle, unsigned from, unsigned to, unsigned site)
{
	oracle_clear(oracle, from, to);
	for (unsigned page = from; page < to; page++)
		oracle->site[page] = (uint8_t)site;
	if (site)
		oracle->begins[from] = true;
}

static void compare(const struct oracle *oracle)
{
	int64_t bytes[SITES + 1] = { 0 }, pieces[SITES + 1] = { 0 }, all = 0;
	struct totals totals;

	for (unsigned page = 0; page < PAGES; page++) {
		bytes[oracle->site[page]] += BYTES;
		pieces[oracle->site[page]] += oracle->begins[page];
	}
	for (unsigned site = 1; site <= SITES; site++) {
		struct live_sums sums = live_profile_sums(site_account(site));

		assert_int_equal(sums.live_bytes, bytes[site]);
		assert_int_equal(sums.live_blocks, pieces[site]);
		all += bytes[site];
	}
	total_read(&totals);
	assert_int_equal(totals.mapped_bytes, all);
	assert_int_equal(totals.live_bytes, 0);
}

/* --- Events -------------------------------------------------------------------------- */

struct range { unsigned from, to; };

static struct range draw_range(struct random *random)
{
	unsigned from = (unsigned)random_below(random, PAGES - 1);
	unsigned most = (unsigned)random_below(random, 8) ? 12 : 150;
	unsigned to = from + 1 + (unsigned)random_below(random, most);

	return (struct range) { from, to < PAGES ? to : PAGES };
}

static uintptr_t address(unsigned page)
{
	return START + (uintptr_t)page * BYTES;
}

/* Lengths that end inside the last page: the kernel rounds up. */
static size_t length(struct random *random, struct range range)
{
	return (size_t)(range.to - range.from) * BYTES - random_below(random, BYTES);
}

static void map(struct oracle *oracle)
{
	struct range range = draw_range(&oracle->random);
	unsigned site = (unsigned)random_below(&oracle->random, SITES + 1);
	struct frame caller = site_frame(site);

	/* Site 0: a file mapped over what is there. */
	regions_map(address(range.from), length(&oracle->random, range), site != 0, &caller);
	oracle_map(oracle, range.from, range.to, site);
}

static void unmap(struct oracle *oracle)
{
	struct range range = draw_range(&oracle->random);
	struct frame caller = site_frame(1);

	regions_unmap(address(range.from), length(&oracle->random, range), &caller);
	oracle_clear(oracle, range.from, range.to);
}

/* Of one mapping, as the kernel demands; to where it is, or elsewhere. */
static void remap(struct oracle *oracle)
{
	struct range old = draw_range(&oracle->random), fresh = draw_range(&oracle->random);
	unsigned site = 1 + (unsigned)random_below(&oracle->random, SITES);
	struct frame caller = site_frame(site);
	bool known = oracle->site[old.from] != 0;

	for (unsigned page = old.from + 1; page < old.to; page++)
		if (oracle->site[page] != oracle->site[old.from] || oracle->begins[page])
			old.to = page;
	if (random_below(&oracle->random, 2)) {
		fresh.to += old.from - fresh.from;
		fresh.from = old.from;
		if (fresh.to > PAGES)
			fresh.to = PAGES;
	}
	regions_remap(address(old.from), (size_t)(old.to - old.from) * BYTES, address(fresh.from),
		      (size_t)(fresh.to - fresh.from) * BYTES, &caller);
	oracle_clear(oracle, old.from, old.to);
	oracle_map(oracle, fresh.from, fresh.to, known ? site : 0);
}

static void random_mappings_are_as_in_a_map_of_pages(void **state)
{
	static struct oracle oracle = { .random = { 1 } };

	(void)state;
	for (unsigned event = 0; event < EVENTS; event++) {
		switch (random_below(&oracle.random, 5)) {
		case 0: case 1: map(&oracle); break;
		case 2: case 3: unmap(&oracle); break;
		default: remap(&oracle);
		}
		if (event % 100 == 0)
			compare(&oracle);
	}
	compare(&oracle);

	struct frame caller = site_frame(1);

	regions_unmap(START, (size_t)PAGES * BYTES, &caller);
	oracle_clear(&oracle, 0, PAGES);
	compare(&oracle);
}

/* Every second page of many: more pieces than the first table holds. */
static void many_pieces_are_kept_apart(void **state)
{
	enum { MANY = 5000 };
	struct frame caller = site_frame(1);
	account_id account = site_account(1);

	(void)state;
	regions_map(START, (size_t)MANY * 2 * BYTES, true, &caller);
	for (unsigned i = 0; i < MANY; i++)
		regions_unmap(START + ((uintptr_t)i * 2 + 1) * BYTES, BYTES, &caller);
	assert_int_equal(live_profile_sums(account).live_bytes, MANY * BYTES);
	assert_int_equal(live_profile_sums(account).live_blocks, MANY);
	regions_unmap(START, (size_t)MANY * 2 * BYTES, &caller);
	assert_int_equal(live_profile_sums(account).live_bytes, 0);
	assert_int_equal(live_profile_sums(account).live_blocks, 0);
}

static void what_a_parent_mapped_is_inherited_by_its_child(void **state)
{
	struct frame caller = site_frame(1);
	account_id account = site_account(1);
	struct live_sums before;
	struct thread *inherited;
	struct totals totals;

	(void)state;
	regions_map(START, 10 * BYTES, true, &caller);
	before = live_profile_sums(account);
	inherited = shards_special(SHARD_INHERITED);
	assert_non_null(inherited);
	regions_inherit(inherited);
	/* In a child the parent's own counters would be zero; here they are still there. */
	assert_int_equal(live_profile_sums(account).live_bytes, before.live_bytes + 10 * BYTES);
	assert_int_equal(inherited->page->mapped_bytes, 10 * BYTES);
	assert_int_equal(guard_counter(inherited, account)->allocations, 1);
	total_read(&totals);
	assert_int_equal(totals.mapped_bytes, 20 * BYTES);
	regions_unmap(START, 10 * BYTES, &caller);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_mappings_are_as_in_a_map_of_pages),
		cmocka_unit_test(many_pieces_are_kept_apart),
		cmocka_unit_test(what_a_parent_mapped_is_inherited_by_its_child),
	};

	return cmocka_run_group_tests(tests, live_profile_setup, live_profile_teardown);
}
