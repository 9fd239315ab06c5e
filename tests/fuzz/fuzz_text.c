/* fuzz_text: the project's own DAG format, from any bytes. */
#include "tests/fuzz/parse_any.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return parse_any(parse_text, data, size);
}
