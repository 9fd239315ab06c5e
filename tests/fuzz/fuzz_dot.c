/* fuzz_dot: Graphviz, from any bytes. */
#include "tests/fuzz/parse_any.h"

/* What libcgraph 2.42 has read before a syntax error is lost to everybody. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libcgraph.so\nleak:libcdt.so";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return parse_any(parse_dot, data, size);
}
