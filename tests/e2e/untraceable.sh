#!/bin/bash
# Programs that cannot be traced run as ever, and dagmem says why it is silent.
. "$(dirname "$0")/lib.sh"

# Its own malloc wins over the tracer's.
for variant in '' .O2; do
	"$programs/own_malloc$variant" >plain.out || fail "own malloc does not run"
	status "own malloc" 0 traced p.dagmem "$programs/own_malloc$variant" >under.out
	cmp plain.out under.out || fail "own malloc prints something else"
	rm -f p.dagmem*
done

# A static program.
status "static program" 11 "$dagmem" run -o s.dagmem -- "$programs/static_prog" >out 2>message
equal "its output" "$(cat out)" static
grep -qi static message || fail "nothing says that the program is static: $(cat message)"

# A program with AddressSanitizer wants to be first.
cat >asan.c <<'C'
#include <stdlib.h>
#include <stdio.h>
int main(void) { char *p = malloc(10); free(p); puts("done"); return 12; }
C
if gcc -fsanitize=address -o asan asan.c 2>/dev/null && [ "$(./asan)" = done ]; then
	"$dagmem" run -o a.dagmem -- ./asan >out 2>message
	grep -qiE 'sanitizer|asan' message || fail "nothing says why ASan and dagmem don't mix: $(cat message)"
fi

# A loader that starts no program for which it can't load the preloaded libraries.
cp -L /lib64/ld-linux-x86-64.so.2 ld-musl-x86_64.so.1 2>/dev/null && {
	echo '#include <stdlib.h>
	int main(void) { return getenv("LD_PRELOAD") || getenv("DAGMEM_OPTIONS") ? 1 : 5; }' >alien.c
	gcc -o alien alien.c -Wl,--dynamic-linker="$PWD/ld-musl-x86_64.so.1"
	status "musl's loader" 5 "$dagmem" run -o alien.dagmem -- ./alien 2>message
	grep -q "musl" message || fail "nothing says that it is musl: $(cat message)"
	[ ! -e alien.dagmem ] || fail "a profile of what was not traced"
}
if command -v musl-gcc >/dev/null; then
	musl-gcc -o small alien.c
	status "a program with musl" 5 "$dagmem" -q run -o alien.dagmem -- ./small
fi
finish
