#!/bin/bash
# By hand: LD_PRELOAD and DAGMEM_OPTIONS do the same as `dagmem run`; what
# cannot be preloaded into is named.  The tracer adds no thread to a program.
. "$(dirname "$0")/lib.sh"

status "by hand" 7 preloaded "out=$tmp/p.dagmem" "$programs/exits" return
totals_are_true p.dagmem
status "unknown options do no harm" 7 preloaded "out=$tmp/q.dagmem,no-such=1,,=" "$programs/exits" return 2>/dev/null
status "nowhere to write" 7 preloaded "out=/no/such/folder/p.dagmem" "$programs/exits" return 2>/dev/null

# Children are followed by default.
mkdir out
status "children" 0 preloaded "out=$tmp/out/%p.dagmem" bash -c "'$programs/exits' exit; true"
[ "$(find out -name '*.dagmem' | wc -l)" -ge 2 ] || fail "the child has no profile"

# A single-threaded program stays so: unshare(CLONE_NEWUSER) demands it.
if unshare -U true 2>/dev/null; then
	status "single-threaded" 0 preloaded "out=$tmp/u.dagmem" unshare -U true
fi
equal "threads" "$(preloaded "out=$tmp/t.dagmem" bash -c 'ls /proc/$$/task | wc -l')" 1

# A privileged program: the loader drops the tracer, and `dagmem run` says so.
if [ "$(id -u)" = 0 ] && id nobody >/dev/null 2>&1; then
	install -m 4755 -o nobody "$programs/exits" privileged
	status "a privileged program" 7 "$dagmem" run -o priv.dagmem -- ./privileged return 2>message
	grep -q 'not traced' message || fail "nothing says that there is no profile: $(cat message)"
	"$dagmem" doctor ./privileged >diagnosis 2>&1
	grep -qiE 'set-?user|set-?uid|privilege' diagnosis || fail "doctor does not say why: $(cat diagnosis)"
fi

# A 32-bit program, where one can be built, runs and exits as ever.
echo 'int main(void) { return 13; }' >small.c
if gcc -m32 -o small32 small.c 2>/dev/null && ./small32; [ $? -eq 13 ]; then
	status "a 32-bit program" 13 "$dagmem" -q run -o small.dagmem -- ./small32 2>/dev/null
fi

# Installed where the loader could not be told of: a folder with spaces in its name.
mkdir "a b: c" temporary
cp "$dagmem" "$tracer" "$top/build/libdagmem-new.so" "a b: c"
status "a folder with spaces" 7 env TMPDIR="$tmp/temporary" \
	"a b: c/dagmem" -q run --follow -o 'spaces.%p.dagmem' -- bash -c "'$programs/exits' return; exit 7"
[ "$(find . -name 'spaces.*.dagmem' | wc -l)" -ge 2 ] || fail "a folder with spaces: who was traced?"
equal "left behind" "$(ls -A temporary)" ""
finish
