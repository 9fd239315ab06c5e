/*
 * mappings: anonymous memory mapped, cut, overwritten, grown, shrunk and
 * moved.  Its truth is in mappings, not in heap blocks: live bytes per line.
 */
#include "truth.h"

#include <sys/mman.h>

enum { MIB = 1 << 20 };

/* On the line where it stands, which is what the profile should say. */
#define MAP(where, size_bytes, flags) \
	mmap(where, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | (flags), -1, 0)

static char *keep(size_t size_bytes, struct truth_site **site)
{
	char *mapping;

	*site = TRUTH_SITE(), mapping = MAP(NULL, size_bytes, 0);
	TRUTH_REQUIRE(mapping != MAP_FAILED);
	return mapping;
}

static void overwrite(void *where, size_t size_bytes, struct truth_site **site)
{
	char *mapping;

	*site = TRUTH_SITE(), mapping = MAP(where, size_bytes, MAP_FIXED);
	TRUTH_REQUIRE(mapping == where);
}

static char *resize(void *old, size_t from, size_t to, struct truth_site **site)
{
	char *mapping;

	*site = TRUTH_SITE(), mapping = mremap(old, from, to, MREMAP_MAYMOVE);
	TRUTH_REQUIRE(mapping != MAP_FAILED);
	return mapping;
}

int main(void)
{
	struct truth_site *kept, *overwritten, *moved;
	char *a = keep(8 * MIB, &kept), *b, *c;

	b = keep(4 * MIB, &kept);
	c = keep(6 * MIB, &kept);
	munmap(a + 2 * MIB, 1 * MIB);                   /* a hole in a: 7 left */
	munmap(a + 2 * MIB, 2 * MIB);                   /* half of it gone before: 6 left */
	overwrite(b + 1 * MIB, 2 * MIB, &overwritten);       /* b: 2 left, 2 of the new */
	TRUTH_REQUIRE(resize(c, 6 * MIB, 3 * MIB, &moved) == c);
	c = resize(c, 3 * MIB, 64 * MIB, &moved);         /* all of c is the new line's */
	TRUTH_REQUIRE(*c == 0);
	munmap(keep(5 * MIB, &kept), 5 * MIB);
	TRUTH_REQUIRE(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);

	truth_charge(kept, 6 * MIB + 2 * MIB);
	truth_charge(overwritten, 2 * MIB);
	truth_charge(moved, 64 * MIB);
	truth_write();
	return 0;
}
