/* fuzz_wfformat: WfFormat JSON, from any bytes. */
#include "tests/fuzz/parse_any.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return parse_any(parse_wfformat, data, size);
}
