/*
 * leak_stacks: loses one block through each way into the allocator that a
 * program has: C and C++, library functions that allocate for their caller,
 * containers.  The stack of each must show main, work(), outer() and the site,
 * definite__WAY, in this order; those of a thread thread_main() instead of main,
 * those below qsort() compare(), too.  The compiler may not leave any of these
 * out: no call is the last thing that its function does.
 */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <string>
#include <vector>
#include <pthread.h>
#include <unistd.h>
#include <wchar.h>

#define SITE extern "C" __attribute__((noinline))
#define FORGET(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

SITE void definite__malloc() { FORGET(malloc(100)); }
SITE void definite__calloc() { FORGET(calloc(10, 10)); }
SITE void definite__realloc() { FORGET(realloc(malloc(10), 1000)); }
SITE void definite__reallocarray() { FORGET(reallocarray(nullptr, 10, 10)); }
SITE void definite__aligned_alloc() { FORGET(aligned_alloc(64, 128)); }
SITE void definite__strdup() { FORGET(strdup("a text")); }
SITE void definite__strndup() { FORGET(strndup("a text", 3)); }
SITE void definite__wcsdup() { FORGET(wcsdup(L"a text")); }
SITE void definite__getcwd() { FORGET(getcwd(nullptr, 0)); }
SITE void definite__realpath() { FORGET(realpath("/", nullptr)); }

SITE void definite__posix_memalign()
{
	void *block;

	if (posix_memalign(&block, 64, 100))
		abort();
	FORGET(block);
}

SITE void definite__asprintf()
{
	char *text;

	if (asprintf(&text, "%d and %s", 42, "so on") < 0)
		abort();
	FORGET(text);
}

SITE void definite__getline()
{
	char *line = nullptr;
	size_t room = 0;
	FILE *file = fopen("/proc/self/status", "r");

	if (!file || getline(&line, &room, file) < 0)
		abort();
	fclose(file);
	FORGET(line);
}

SITE void definite__open_memstream()
{
	char *text = nullptr;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);

	fputs("a text", file);
	fclose(file);
	FORGET(text);
}

SITE void definite__new() { FORGET(new long(5)); }
SITE void definite__new_array() { FORGET(new char[100]); }
SITE void definite__new_nothrow() { FORGET(new (std::nothrow) long(5)); }
SITE void definite__new_aligned() { FORGET(operator new(100, std::align_val_t(64))); }

/* The text alone, behind a string that lies on the stack. */
SITE void definite__string()
{
	alignas(std::string) char place[sizeof(std::string)];

	FORGET(new (place) std::string(200, 'x'));
	memset(place, 0, sizeof place);
	FORGET(place);
}

SITE void definite__vector()
{
	alignas(std::vector<long>) char place[sizeof(std::vector<long>)];
	auto *vector = new (place) std::vector<long>;

	for (long i = 0; i < 100; i++)
		vector->push_back(i);
	FORGET(vector);
	memset(place, 0, sizeof place);
	FORGET(place);
}

SITE void definite__map() { auto *map = new std::map<int, int>; (*map)[1] = 2; FORGET(map); }

static int compare(const void *a, const void *b)
{
	static bool lost;

	if (!lost) {
		lost = true;
		FORGET(malloc(77));
	}
	return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

SITE void definite__below_qsort()
{
	int number[] = { 3, 1, 2 };

	qsort(number, 3, sizeof *number, compare);
	FORGET(number);
}

static __attribute__((noinline)) void scrub()
{
	volatile char old[32768];

	memset(const_cast<char *>(old), 0, sizeof old);
	FORGET(old);
}

extern "C" __attribute__((noinline)) void outer(void (*site)())
{
	site();
	scrub();
	FORGET(site);
}

extern "C" __attribute__((noinline)) void work()
{
	void (*const all[])() = {
		definite__malloc, definite__calloc, definite__realloc, definite__reallocarray,
		definite__aligned_alloc, definite__strdup, definite__strndup, definite__wcsdup,
		definite__getcwd, definite__realpath, definite__posix_memalign, definite__asprintf,
		definite__getline, definite__open_memstream, definite__new, definite__new_array,
		definite__new_nothrow, definite__new_aligned, definite__string, definite__vector,
		definite__map, definite__below_qsort,
	};

	for (auto site : all)
		outer(site);
	FORGET(all);
}

extern "C" void *thread_main(void *unused)
{
	work();
	FORGET(unused);
	return nullptr;
}

int main()
{
	pthread_t thread;

	work();
	if (pthread_create(&thread, nullptr, thread_main, nullptr))
		return 1;
	pthread_join(thread, nullptr);
	return 0;
}
