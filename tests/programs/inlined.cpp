/*
 * inlined: known sizes below functions that are inlined into each other,
 * templates, recursion and threads, for the exports.
 *
 *   main > outer > middle > pool<int>::take      4000 bytes, live
 *   main > outer > middle > pool<wide>::take     2048 bytes, live
 *   main > recursive (3 deep)                     300 bytes, live
 *   main > brief > pool<char>::take               777 bytes, freed
 *
 * middle and take are always inlined, the others never.
 */
#include <cstddef>
#include <cstdlib>

#define INLINED inline __attribute__((always_inline))
#define APART __attribute__((noinline))

namespace {

struct wide { char bytes[128]; };

template <typename T> struct pool {
	static INLINED T *take(std::size_t count)
	{
		return static_cast<T *>(malloc(count * sizeof(T)));
	}
};

}

void *kept[3];

static INLINED void middle(std::size_t count)
{
	kept[0] = pool<int>::take(count);
	kept[1] = pool<wide>::take(count / 62);
}

APART void outer(std::size_t count);
APART void outer(std::size_t count)
{
	middle(count);
	__asm__ volatile("" ::: "memory");
}

APART void *recursive(int depth);
APART void *recursive(int depth)
{
	void *result = depth ? recursive(depth - 1) : malloc(300);

	__asm__ volatile("" ::: "memory");
	return result;
}

APART void brief();
APART void brief()
{
	free(pool<char>::take(777));
	__asm__ volatile("" ::: "memory");
}

int main()
{
	outer(1000);
	kept[2] = recursive(2);
	brief();
	return 0;
}
