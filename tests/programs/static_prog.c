/* static_prog: linked statically, so that nothing can be preloaded into it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	char *text = malloc(100);

	strcpy(text, "static");
	puts(text);
	free(text);
	return 11;
}
