/*
 * leak_objects: C++ objects that are lost or held in one way each, as
 * leak_cases has it: the innermost function on a block's stack whose name is
 * VERDICT[_HOLDER]__CASE says what a leak check at the end must find.
 *
 * Strings are the reference-counted ones of the older ABI, whose pointers lead
 * to the text, behind length, capacity and count.
 */
#define _GLIBCXX_USE_CXX11_ABI 0

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#define SITE extern "C" __attribute__((noinline))
#define KEPT static __attribute__((used))
#define FORGET(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

/* --- Held by a pointer into the inside ----------------------------------------- */

struct First { virtual ~First() {} long number = 1; };
struct Second { virtual ~Second() {} long number = 2; };
struct Both : First, Second { long more[4] = { 3, 4, 5, 6 }; };

KEPT Second *second;

SITE void reachable_global__multiple_inheritance()
{
	second = new Both;
}

/* No virtual functions, no tables: the second part could be anything. */
struct PlainFirst { long number[3] = { 1, 1, 1 }; };
struct PlainSecond { long number = 2; };
struct PlainBoth : PlainFirst, PlainSecond { long more[3] = { 3, 4, 5 }; };

KEPT PlainSecond *plain_second;

SITE void possible_global__plain_inheritance()
{
	plain_second = new PlainBoth;
}

struct Counted { ~Counted() { number[0] = 0; } long number[3]; };

KEPT Counted *counted;

SITE void reachable_global__new_array()
{
	counted = new Counted[7];
}

struct Plain { long number[3]; };

KEPT Plain *middle_of_array;

SITE void possible_global__middle_of_array()
{
	middle_of_array = new Plain[7] + 3;
}

KEPT std::string *text;

SITE void reachable_global__string()
{
	text = new std::string("a text of more than fifteen letters");
}

/* --- Held by a container -------------------------------------------------------- */

KEPT std::map<int, std::string> *table;

SITE void reachable_global__map()
{
	table = new std::map<int, std::string>;
	for (int i = 0; i < 20; i++)
		(*table)[i] = std::string(100, 'x');
}

KEPT std::vector<std::unique_ptr<Both>> *owners;

SITE void reachable_global__owners()
{
	owners = new std::vector<std::unique_ptr<Both>>;
	for (int i = 0; i < 20; i++)
		owners->push_back(std::make_unique<Both>());
}

/* --- Lost ------------------------------------------------------------------------- */

struct Peer { std::shared_ptr<Peer> other; };

SITE void definite_cycle__shared(std::shared_ptr<Peer> *peer)
{
	*peer = std::make_shared<Peer>();
}

static __attribute__((noinline)) void lose_cycle()
{
	std::shared_ptr<Peer> one, another;

	definite_cycle__shared(&one);
	definite_cycle__shared(&another);
	one->other = another;
	another->other = one;
}

SITE void definite__released()
{
	auto owner = std::make_unique<Both>();

	FORGET(owner.release());
}

SITE std::string *indirect__items_of_vector()
{
	auto *string = new std::string(200, 'y');

	FORGET(string);
	return string;
}

SITE std::vector<std::string *> *definite__vector()
{
	auto *vector = new std::vector<std::string *>;

	FORGET(vector);
	return vector;
}

SITE void indirect__array_of_vector(std::vector<std::string *> *vector)
{
	vector->reserve(10);
}

static __attribute__((noinline)) void lose_vector()
{
	auto *vector = definite__vector();

	indirect__array_of_vector(vector);
	for (int i = 0; i < 10; i++)
		vector->push_back(indirect__items_of_vector());
	FORGET(vector);
}

/* A constructor that throws after it has taken memory. */
struct Thrower {
	char *memory;
	__attribute__((noinline)) Thrower() : memory(new char[300]) { FORGET(memory); throw 1; }
	~Thrower() { delete[] memory; }
};

SITE void definite__constructor_throws()
{
	try {
		Thrower thrower;
	} catch (int) {
	}
}

/* --- All of them ---------------------------------------------------------------------- */

static __attribute__((noinline)) void scrub()
{
	volatile char old[16384];

	memset(const_cast<char *>(old), 0, sizeof old);
	__asm__ volatile("" : : "r"(old) : "memory");
}

int main()
{
	void (*const all[])() = {
		reachable_global__multiple_inheritance, possible_global__plain_inheritance,
		reachable_global__new_array, possible_global__middle_of_array, reachable_global__string,
		reachable_global__map, reachable_global__owners, lose_cycle, definite__released, lose_vector,
		definite__constructor_throws,
	};

	for (auto run : all) {
		run();
		scrub();
	}
	return 0;
}
