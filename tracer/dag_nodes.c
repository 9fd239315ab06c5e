#include "tracer/dag_nodes.h"

#include <string.h>

#include "tracer/journal.h"
#include "tracer/lock.h"
#include "tracer/memory.h"

/* --- What is known of each node ---------------------------------------------------- */

enum { FACT_REQUESTED = 1 << 15 };      /* below: misuse that was told, by kind */

_Static_assert(MISUSES < 15, "a fact for each kind of misuse");

static uint16_t *facts;                 /* by id; [0]: of what is no node */

static uint16_t *facts_of(uint32_t node)
{
	uint16_t *there = __atomic_load_n(&facts, __ATOMIC_ACQUIRE), *made;

	if (!there) {
		made = memory_reserve((DAG_NODES_MAX + 1) * sizeof *made);
		if (!made || !__atomic_compare_exchange_n(&facts, &there, made, 0, __ATOMIC_ACQ_REL,
							  __ATOMIC_ACQUIRE))
			made = there;
		there = made;
	}
	return there ? &there[node] : NULL;
}

/* True the first time. */
static bool state_fact(uint32_t node, uint16_t fact)
{
	uint16_t *of = facts_of(node);

	return of && !(__atomic_fetch_or(of, fact, __ATOMIC_RELAXED) & fact);
}

void dag_nodes_request(uint32_t node)
{
	uint32_t value[2] = { node, 0 };

	if (!dag_nodes_known(node))
		dag_nodes_misused(MISUSE_UNKNOWN_NODE, node);
	else if (state_fact(node, FACT_REQUESTED))
		journal_append(RECORD_DAG_OUTPUT, value, sizeof value, "", 0);
}

bool dag_nodes_requested(uint32_t node)
{
	const uint16_t *there = __atomic_load_n(&facts, __ATOMIC_ACQUIRE);

	return there && (__atomic_load_n(&there[node], __ATOMIC_RELAXED) & FACT_REQUESTED);
}

void dag_nodes_misused(enum dag_misuse kind, uint32_t node)
{
	uint32_t value[2] = { kind, node };

	__atomic_fetch_add(&profile_header()->quality.nodes_misused, 1, __ATOMIC_RELAXED);
	if (state_fact(dag_nodes_known(node) ? node : 0, (uint16_t)(1u << kind)))
		journal_append(RECORD_DAG_MISUSE, value, sizeof value, "", 0);
}

/* --- Ids by what was declared ------------------------------------------------------ */

/* Two hashes of 64 bits stand for a name and its dependencies. */
struct identity { uint64_t first, second; };

/*
 * All nodes that were declared alike: in their order by twin[].  Those that the
 * newest run has declared again come before `next`.
 */
struct known {
	struct identity identity;
	uint32_t first, last;           /* 0: a free place */
	uint32_t next;                  /* 0: all were, in `generation` */
	uint32_t generation;            /* of runs */
};

static struct known *table;
static uint32_t *twin;                  /* by node: the next that was declared alike; 0: none */
static uint32_t capacity, count;        /* capacity: a power of two, or 0 */
static uint32_t generation = 1;
static struct lock lock;

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static struct identity identity_add(struct identity identity, uint64_t value)
{
	return (struct identity){
		mix(identity.first, value),
		mix(identity.second, value * UINT64_C(0xd6e8feb86659fd93) + 1),
	};
}

static struct identity identity_of_name(const char *name, size_t length)
{
	struct identity identity = { 1, 2 };
	uint64_t word;

	for (size_t at = 0; at < length; at += sizeof word) {
		word = 0;
		memcpy(&word, name + at, length - at < sizeof word ? length - at : sizeof word);
		identity = identity_add(identity, word);
	}
	return identity_add(identity, length);
}

static struct identity identity_of(struct identity name, const uint32_t *dependencies, size_t some)
{
	name = identity_add(name, UINT64_C(1) << 32 | some);
	for (size_t i = 0; i < some; i++)
		name = identity_add(name, dependencies[i]);
	return name;
}

static bool is(const struct known *known, struct identity identity)
{
	return known->identity.first == identity.first && known->identity.second == identity.second;
}

/* Where it is, or a free place. */
static struct known *place_of(struct known *in, uint32_t places, struct identity identity)
{
	uint32_t at = (uint32_t)identity.first & (places - 1);

	while (in[at].first && !is(&in[at], identity))
		at = (at + 1) & (places - 1);
	return &in[at];
}

static bool make_room(void)
{
	uint32_t places = capacity ? capacity * 2 : 1024;
	struct known *larger;

	if (!twin)
		twin = memory_reserve((DAG_NODES_MAX + 1) * sizeof *twin);
	if (!twin || count * 2 < capacity)
		return twin != NULL;
	larger = memory_reserve(places * sizeof *larger);
	if (!larger)
		return false;
	for (uint32_t i = 0; i < capacity; i++)
		if (table[i].first)
			*place_of(larger, places, table[i].identity) = table[i];
	table = larger;
	capacity = places;
	return true;
}

static struct known *find(struct identity identity)
{
	struct known *known = capacity ? place_of(table, capacity, identity) : NULL;

	return known && known->first ? known : NULL;
}

/* One more node that was declared so. */
static void remember(struct identity identity, uint32_t node)
{
	struct known *known;

	if (!make_room())
		return;
	known = place_of(table, capacity, identity);
	if (known->first) {
		twin[known->last] = node;
	} else {
		*known = (struct known){ .identity = identity, .first = node, .generation = generation };
		count++;
	}
	known->last = node;
}

/* The next of those alike that the newest run has not declared again; 0: there is none. */
static uint32_t next_alike(struct identity identity)
{
	struct known *known = find(identity);
	uint32_t node;

	if (!known)
		return 0;
	if (known->generation != generation) {
		known->generation = generation;
		known->next = known->first;
	}
	node = known->next;
	if (node)
		known->next = twin[node];
	return node;
}

void dag_nodes_run_began(void)
{
	__atomic_fetch_add(&generation, 1, __ATOMIC_RELAXED);
}

/* --- Declaring --------------------------------------------------------------------- */

/* What follows struct record in a struct dag_node_record: id, count, dependencies; then the name. */
enum { FIRST_DEPENDENCY = 2 };

static bool append(uint32_t node, const uint32_t *dependencies, uint32_t some, const char *name,
		   uint32_t name_bytes)
{
	uint32_t head[FIRST_DEPENDENCY + DAG_DEPENDENCIES_PER_RECORD] = { node, some };
	char text[DAG_NAME_MAX];

	if (some)
		memcpy(head + FIRST_DEPENDENCY, dependencies, some * sizeof *dependencies);
	memcpy(text, name, name_bytes);
	text[name_bytes] = '\0';
	return journal_append(RECORD_DAG_NODE, head, (FIRST_DEPENDENCY + some) * (uint32_t)sizeof *head,
			      text, name_bytes + 1);
}

/* The next dependencies that `node` can have, as many as a record takes. */
static uint32_t take(uint32_t node, const uint32_t *from, size_t all, size_t *taken, uint32_t *to)
{
	uint32_t kept = 0;

	while (*taken < all && kept < DAG_DEPENDENCIES_PER_RECORD) {
		uint32_t dependency = from[(*taken)++];

		if (dependency && dependency < node)
			to[kept++] = dependency;
		else
			dag_nodes_misused(MISUSE_DEPENDENCY, node);
	}
	return kept;
}

/* A new id, with its records; 0: the profile has no room. */
static uint32_t declare_new(const char *name, size_t length, const uint32_t *dependencies, size_t all)
{
	uint32_t *nodes = &profile_header()->dag_nodes;
	uint32_t node = *nodes + 1, some[DAG_DEPENDENCIES_PER_RECORD], kept;
	size_t taken = 0;

	__atomic_store_n(nodes, node, __ATOMIC_RELAXED);
	kept = take(node, dependencies, all, &taken, some);
	if (!append(node, some, kept, name, (uint32_t)length)) {
		__atomic_store_n(nodes, node - 1, __ATOMIC_RELAXED);
		return 0;
	}
	while (taken < all) {
		kept = take(node, dependencies, all, &taken, some);
		append(node, some, kept, "", 0);
	}
	return node;
}

/* Another node that the name stands for; without one, a node for all such. */
static uint32_t fold(struct identity name)
{
	static uint32_t others;
	const struct known *same = find(name);

	__atomic_fetch_add(&profile_header()->quality.nodes_folded, 1, __ATOMIC_RELAXED);
	if (same)
		return same->last;
	if (!others)
		others = declare_new("(further nodes)", strlen("(further nodes)"), NULL, 0);
	return others;
}

/* The newest node of a name, for those that are folded. */
static void remember_name(struct identity name, uint32_t node)
{
	struct known *same = find(name);

	if (same)
		same->last = node;
	else
		remember(name, node);
}

static uint32_t declare(const char *name, size_t length, const uint32_t *dependencies, size_t all)
{
	struct identity of_name = identity_of_name(name, length);
	struct identity identity = identity_of(of_name, dependencies, all);
	uint32_t node = next_alike(identity);

	if (node)
		return node;
	if (profile_header()->dag_nodes < DAG_NODES_MAX - 1)
		node = declare_new(name, length, dependencies, all);
	if (!node)
		return fold(of_name);
	remember(identity, node);
	remember_name(of_name, node);
	return node;
}

uint32_t dag_nodes_declare(const char *name, const uint32_t *dependencies, size_t all)
{
	uint64_t signals = lock_take(&lock);
	uint32_t node = declare(name, strnlen(name, DAG_NAME_MAX - 1), dependencies, all);

	lock_release(&lock, signals);
	return node;
}

void dag_nodes_fork(void)
{
	lock.holder = 0;
}
