#!/bin/bash
# A program whose segments lie apart from each other is known by its build-id
# as any other, so its lines are found.
. "$(dirname "$0")/lib.sh"
require gcc readelf

cat >apart.c <<'C'
#include <stdlib.h>

int main(void)
{
	void *volatile p = malloc(1000);

	return !p;
}
C
for kind in -pie -no-pie; do
	gcc -g $kind -Wl,--build-id -Wl,-z,separate-code -Wl,-z,max-page-size=0x200000 \
		-o apart apart.c || skip "no such program can be built"
	status "traced, $kind" 0 traced p.dagmem ./apart
	equal "its line, $kind" "$(lines p.dagmem live)" '{"apart.c:5":{"bytes":1000,"count":1}}'
	equal "modules of another build, $kind" "$(info p.dagmem '.quality.notes | length')" 0
	rm -f p.dagmem*
done
finish
