/* Blocks that nothing leads to any more. */
#include "leak_cases/case.h"

#include <dlfcn.h>

SITE void definite__dead_frame(void)
{
	char *volatile pointer = malloc(100);

	FORGET(pointer);
}

SITE void *definite__freed_block(void)
{
	return here(calloc(1, 200));
}

SITE void case_freed_block(void)
{
	void **holder = malloc(4096);

	holder[400] = definite__freed_block();
	FORGET(holder);
	free(holder);
}

SITE struct node *definite_cycle__two(void)
{
	return here(calloc(1, sizeof(struct node)));
}

SITE char *indirect_lost_block__of_two(void)
{
	return here(calloc(1, 33));
}

SITE void case_two_cycle(void)
{
	struct node *a = definite_cycle__two(), *b = definite_cycle__two();

	a->next = b;
	b->next = a;
	a->payload = indirect_lost_block__of_two();
	FORGET(a);
}

SITE struct node *definite__self(void)
{
	return here(calloc(1, sizeof(struct node)));
}

SITE void case_self(void)
{
	struct node *a = definite__self();

	a->next = a;
	FORGET(a);
}

SITE struct node *definite__head(void)
{
	return here(calloc(1, sizeof(struct node)));
}

SITE struct node *indirect_lost_block__tail(void)
{
	return here(calloc(1, sizeof(struct node)));
}

/* A list, and at its end a cycle that it leads to. */
SITE void case_list(void)
{
	struct node *head = definite__head(), *last = head;

	for (int i = 0; i < 10; i++)
		last = last->next = indirect_lost_block__tail();
	last->next = head->next;
	FORGET(head);
}

KEPT char *overwritten[RUNNERS_MAX];

SITE char *definite__overwritten(void)
{
	return here(calloc(1, 77));
}

SITE char *reachable_global__overwritten(void)
{
	return here(calloc(1, 78));
}

SITE void case_overwritten(void)
{
	overwritten[me] = definite__overwritten();
	overwritten[me] = reachable_global__overwritten();
}

SITE char *definite__strdup(void)
{
	return here(strdup("a copy that nobody frees"));
}

SITE void case_strdup(void)
{
	char *volatile copy = definite__strdup();

	FORGET(copy);
}

SITE void *definite__unloaded(void)
{
	return here(calloc(1, 99));
}

SITE void case_unloaded(void)
{
	void *library, **global = of_holder("holder_global", &library);

	*global = definite__unloaded();
	dlclose(library);
}

const struct leak_case cases_lost[] = {
	{ "dead_frame", definite__dead_frame, 0 }, { "freed_block", case_freed_block, 0 },
	{ "two_cycle", case_two_cycle, 0 }, { "self", case_self, 0 }, { "list", case_list, 0 },
	{ "overwritten", case_overwritten, 0 }, { "strdup", case_strdup, 0 },
	{ "unloaded", case_unloaded, 0 }, { NULL, NULL, 0 },
};
