#include "reports/page_bundle.h"

#include <stdint.h>

/* The Makefile makes the file, and says that this object depends on it. */
__asm__(".section .rodata\n"
	"page_bundle_start: .incbin \"build/page/report.html\"\n"
	"page_bundle_end: .byte 0\n"
	".previous\n");

extern const char page_bundle_start[] __attribute__((visibility("hidden")));
extern const char page_bundle_end[] __attribute__((visibility("hidden")));

const char *page_bundle(size_t *length)
{
	*length = (uintptr_t)page_bundle_end - (uintptr_t)page_bundle_start;
	return page_bundle_start;
}
