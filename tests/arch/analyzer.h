/*
 * analyzer: included first by clang-tidy only, which sees one file at a time:
 * tells it that these never return 0, else it follows paths that do not exist.
 */
#include "base/error.h"

#define error_set(err, code, ...) (error_set(err, code, __VA_ARGS__), (int)(code))
#define error_system(...) (error_system(__VA_ARGS__), (int)ERROR_SYSTEM)
#define error_context(...) (error_context(__VA_ARGS__), (int)ERROR_SYSTEM)
