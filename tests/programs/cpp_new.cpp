/*
 * cpp_new: every form of new and delete once: one allocation each, charged to
 * the line that says new.  With an argument no new fails.
 */
#include "truth.h"

#include <new>

struct alignas(64) wide { char bytes[128]; };
struct plain { char bytes[48]; };
struct counted { int value; ~counted() { value = 0; } };        /* arrays keep their length in front */

/* Compilers may elide a pair of new and delete, even with -fno-builtin. */
#define KEEP(object) __asm__ volatile("" : "+r"(object))

/* One allocation of `size` on this line, freed by `release`. */
#define ONCE(type, expression, size, release) \
	do { \
		truth_site *site = TRUTH_SITE(); type *object = (expression); \
		KEEP(object); \
		TRUTH_REQUIRE(object != nullptr); \
		truth_charge(site, (size)); \
		release; \
		truth_discharge(site, (size)); \
	} while (0)

static void forms()
{
	ONCE(plain, new plain, 48, delete object);
	ONCE(plain, new plain[10], 480, delete[] object);
	ONCE(plain, new (std::nothrow) plain, 48, delete object);
	ONCE(plain, new (std::nothrow) plain[3], 144, delete[] object);
	ONCE(counted, new counted[5], sizeof(size_t) + 5 * sizeof(counted), delete[] object);
	ONCE(void, operator new(77), 77, operator delete(object));
	ONCE(void, operator new(78), 78, operator delete(object, std::size_t(78)));
	ONCE(void, operator new[](79), 79, operator delete[](object));
	ONCE(void, operator new(0), 1, operator delete(object));
#if __cpp_aligned_new
	ONCE(wide, new wide, 128, delete object);
	ONCE(wide, new wide[2], 256, delete[] object);
	ONCE(wide, new (std::nothrow) wide, 128, delete object);
#endif
}

static void failures()
{
	volatile std::size_t huge = PTRDIFF_MAX;
	bool thrown = false;

	TRUTH_REQUIRE(operator new(huge, std::nothrow) == nullptr);
	try {
		TRUTH_REQUIRE(operator new(huge) == nullptr);
	} catch (const std::bad_alloc &) {
		thrown = true;
	}
	TRUTH_REQUIRE(thrown);
}

int main(int argc, char **)
{
	forms();
	if (argc < 2)
		failures();     /* the exception itself is allocated: on a line that the truth does not name */
	truth_site *site = TRUTH_SITE(); plain *left = new plain[7];
	truth_charge(site, 7 * sizeof(plain));
	KEEP(left);
	truth_write();
	return 0;
}
