#include "analyzer/schema.h"

/* The path is relative to the folder that make runs in. */
__asm__(".section .rodata\n"
	".global schema_sql\n"
	"schema_sql:\n"
	".incbin \"analyzer/schema.sql\"\n"
	".byte 0\n"
	".previous\n");
