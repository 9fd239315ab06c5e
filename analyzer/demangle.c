#include "analyzer/demangle.h"

#include <stddef.h>

#include <libiberty/demangle.h>

char *demangle(const char *name)
{
	/* Only what can't be a C name: libiberty's D and Ada styles guess too much. */
	if (name[0] != '_' || (name[1] != 'Z' && name[1] != 'R' && name[1] != '_'))
		return NULL;
	char *rust = rust_demangle(name, DMGL_PARAMS);

	return rust ? rust : cplus_demangle_v3(name, DMGL_PARAMS | DMGL_ANSI);
}
