/* A library that early.c needs: allocates in its constructor. */
#include <stdlib.h>

int early_needed_line;
void *early_needed_block;

__attribute__((constructor)) static void construct(void)
{
	early_needed_line = __LINE__ + 1;
	early_needed_block = malloc(1234);
}
