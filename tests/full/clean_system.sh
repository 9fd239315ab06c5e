#!/bin/bash
# A system that has nothing but make: `make demo` and `make test` work there.
top=$(cd "$(dirname "$0")/../.." && pwd)
exec "$top/tools/check-clean-system" bookworm
