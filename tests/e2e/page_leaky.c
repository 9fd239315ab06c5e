/*
 * page_leaky: blocks that are lost, lost with others, perhaps lost, and held;
 * for the page of `dagmem report`, in report.sh and tests/full/page.sh.
 */
#include <stdlib.h>
#include <unistd.h>
#include "dagmem.h"

struct item { struct item *next; char text[200]; };

static struct item *cache;
static char *middles[10];
static void *volatile sink;

__attribute__((noinline)) static void remember(void)
{
	struct item *item = malloc(sizeof *item);

	item->next = cache;
	cache = item;
}

__attribute__((noinline)) static void lose(size_t bytes)
{
	sink = malloc(bytes);
	sink = NULL;
}

__attribute__((noinline)) static void lose_pair(void)
{
	struct item *first = malloc(sizeof *first);

	first->next = malloc(sizeof *first->next);
	first->next->next = NULL;
	sink = first;
	sink = NULL;
}

int main(void)
{
	char label[] = "round 0";

	for (int round = 0; round < 10; round++, label[6]++) {
		for (int i = 0; i < 40; i++) {
			remember();
			lose(3000);
			lose_pair();
		}
		middles[round] = (char *)malloc(20000) + 16;
		usleep(12000);          /* so that the rounds can be told apart in time */
		dagmem_snapshot(label);
	}
	return 0;
}
