/*
 * early: allocations before main, as early as there are: in an IFUNC resolver
 * (while the program is being relocated), in the constructor of a needed
 * library, in a constructor of the highest priority.
 */
#include "truth.h"

extern int early_needed_line;
extern void *early_needed_block;

static void *in_resolver, *in_constructor;

static int answer(void) { return 42; }

/* Not through truth: nothing but malloc itself may be called this early. */
enum { RESOLVER_LINE = __LINE__ + 4 };
/* Only by name, which not every compiler takes for a use. */
static __attribute__((used)) int (*resolve(void))(void)
{
	in_resolver = malloc(4321);
	return answer;
}

int resolved(void) __attribute__((ifunc("resolve")));

__attribute__((constructor(101))) static void construct(void)
{
	in_constructor = TRUTH_NEW(999);
	truth_delete(TRUTH_NEW(77));
}

int main(void)
{
	static struct truth_site resolver = { .file = "early.c", .line = RESOLVER_LINE };
	static struct truth_site needed = { .file = "early_needed.c" };

	TRUTH_REQUIRE(resolved() == 42 && in_resolver && in_constructor && early_needed_block);
	truth_charge(&resolver, 4321);
	needed.line = early_needed_line;
	truth_charge(&needed, 1234);
	truth_delete(in_constructor);
	free(early_needed_block);
	truth_discharge(&needed, 1234);
	truth_write();
	return 0;
}
