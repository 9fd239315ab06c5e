#!/bin/bash
# The page of `dagmem report`: one file that loads nothing, whose figures are
# those of the other verbs, whatever names the profile holds.  tests/full/page.sh
# looks at it in a browser.
. "$(dirname "$0")/lib.sh"
require python3
export DAGMEM=$dagmem PYTHONDONTWRITEBYTECODE=1

# --- Without npm dagmem has no page, and says so -------------------------------

if [ ! -s "$top/build/page/report.html" ]; then
	traced p.dagmem "$programs/demo" >/dev/null
	status "without a page" 3 "$dagmem" report p.dagmem 2>message
	check "says what is missing" grep -q "built without npm" message
	[ ! -e p.html ] || fail "left a file all the same"
	skip "dagmem was built without npm"
fi

page_is_true() {        # what page profile...
	local what=$1 wrong
	shift
	wrong=$(python3 "$top/tests/e2e/page_check.py" "$@") || fail "$what: page_check.py failed"
	[ -z "$wrong" ] || fail "$what: $wrong"
}

# --- What it holds --------------------------------------------------------------

traced demo.dagmem "$programs/demo" >/dev/null
"$dagmem" report demo.dagmem 2>message
check "names the page after the profile" test -s demo.html
check "says where it is" grep -q "page: demo.html (.*); open it in a browser" message
page_is_true "a C program" demo.html demo.dagmem

"$dagmem" -q run --follow --snapshot-every 10ms -o nodes.dagmem -- "$programs/nodes" 3 >/dev/null
"$dagmem" -q report --fold 0 --source -o nodes.html nodes.dagmem
page_is_true "DAG nodes" nodes.html nodes.dagmem
for policy in keep-all refcount-path; do
	"$dagmem" dag run layered:7:5x9:200KiB --policy $policy -o $policy.dagmem >/dev/null 2>&1
done
"$dagmem" -q report keep-all.dagmem refcount-path.dagmem
page_is_true "a DAG unpruned and pruned" keep-all-refcount-path.html keep-all.dagmem refcount-path.dagmem
gcc -g -O0 -I"$top/include" -o leaky "$top/tests/e2e/page_leaky.c" || fail "page_leaky.c does not build"
"$dagmem" -q run --leak-check --heap-graph -o leaky.dagmem -- ./leaky
"$dagmem" -q report -o leaky.html leaky.dagmem
page_is_true "leaks" leaky.html leaky.dagmem
traced annotations.dagmem "$programs/annotations" >/dev/null
"$dagmem" -q report -o annotations.html annotations.dagmem
page_is_true "snapshots" annotations.html annotations.dagmem
"$dagmem" -q run --snapshot-every 20ms -o perl.dagmem -- \
	perl -e 'for (1 .. 9) { push @a, { map { $_ => "x" x $_ } 1 .. 3000 } }'
"$dagmem" -q report -o perl.html perl.dagmem
page_is_true "perl, folded" perl.html perl.dagmem
[ "$(stat -c %s perl.html)" -lt 5000000 ] || fail "perl.html: $(stat -c %s perl.html) bytes"
traced leaking.dagmem "$programs/demo" leak >/dev/null
"$dagmem" -q report demo.dagmem leaking.dagmem
page_is_true "two profiles" demo-leaking.html demo.dagmem leaking.dagmem

# --- Names that would be markup ---------------------------------------------------

# Symbols are renamed in the object file: no compiler would take such names.
cat >hostile.py <<'PY'
import os, subprocess
evil = [b'</script><script>alert(1)</script>', b'<img src=x onerror=alert(1)>', b'"\'`&lt;${x}',
        b'std::map<' + b'std::pair<int, ' * 800 + b'x' + b'>' * 801, b'caf\351\377', b'<!--', b'\033[31m']
with open('names.c', 'w') as file:
    file.write('#include <stdlib.h>\nextern void *volatile keep;\n')
    for i in range(len(evil)):
        file.write(f'void f{i}(void) {{ keep = malloc({1000 + i}); }}\n')
with open('<script>b.c', 'w') as file:
    file.write('#include <stdlib.h>\nvoid *volatile keep;\n')
    file.write(''.join(f'void f{i}(void) __asm__("g{i}");\n' for i in range(len(evil))))
    calls = ' '.join(f'f{i}();' for i in range(len(evil)))
    file.write(f'int main(void) {{ keep = malloc(5000); /* </script><i> */ {calls} return 0; }}\n')
subprocess.run(['gcc', '-O0', '-c', 'names.c'], check=True)
for i, name in enumerate(evil):
    subprocess.run([b'objcopy', b'--redefine-sym', b'f%d=' % i + name, b'names.o'], check=True)
subprocess.run(['gcc', '-g', '-O0', '-c', '-o', 'main.o', '<script>b.c'], check=True)
for i, name in enumerate(evil):
    subprocess.run([b'objcopy', b'--redefine-sym', b'g%d=' % i + name, b'main.o'], check=True)
subprocess.run(['gcc', '-o', 'hostile', 'main.o', 'names.o'], check=True)
subprocess.run(['gcc', '-o', 'stripped', '-Wl,--strip-debug', 'main.o', 'names.o'], check=True)
PY
if python3 hostile.py 2>build.log; then
	traced hostile.dagmem ./hostile '</script><i>' "$(printf 'caf\351\377')"
	"$dagmem" -q report --source -o hostile.html hostile.dagmem
	page_is_true "hostile names" hostile.html hostile.dagmem
	traced stripped.dagmem ./stripped
	"$dagmem" -q report -o stripped.html stripped.dagmem
	page_is_true "hostile names of rows" stripped.html stripped.dagmem
	equal "markup from names" "$(grep -c '<img\|alert(1)\|<script>b\|<i>' hostile.html)" 0
	check "the names are there" python3 - "$top/tests/e2e" hostile.html <<'PY'
import sys
sys.path.insert(0, sys.argv[1])
import page_data
names = page_data.profiles(sys.argv[2])[0]["columns"]["frame.function"]
text = "\n".join(name or "" for name in names)
assert "</script><script>alert(1)</script>" in text, text[:3000]
assert "caf\ufffd\ufffd" in text and "std::pair<int, std::pair" in text
assert max(len(name or "") for name in names) > 10000
PY
else
	fail "the hostile program does not build: $(head -c 300 build.log)"
fi

# --- Source text only on request ----------------------------------------------------

has_source() {  # page
	python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import page_data
print(any(page_data.profiles(sys.argv[2])[0]["columns"]["frame.source"]))' "$top/tests/e2e" "$1"
}
equal "source unasked" "$(has_source demo.html)" False
equal "source on request" "$(has_source nodes.html)" True

# --- Files and options ----------------------------------------------------------------

status "an existing file" 2 "$dagmem" report demo.dagmem 2>message
check "says how to overwrite" grep -q -- "-f overwrites" message
status "overwrite" 0 "$dagmem" -q report -f demo.dagmem
status "a profile is never overwritten" 2 "$dagmem" report -f -o leaking.dagmem demo.dagmem 2>/dev/null
"$dagmem" report -o - demo.dagmem >stdout.html 2>message
page_is_true "standard output" stdout.html demo.dagmem
[ ! -s message ] || fail "talks although the page went to standard output: $(cat message)"
status "three profiles" 2 "$dagmem" report demo.dagmem demo.dagmem demo.dagmem 2>/dev/null
status "no percentage" 2 "$dagmem" report --fold much demo.dagmem 2>/dev/null
status "no such profile" 3 "$dagmem" report -o x.html nowhere.dagmem 2>/dev/null
status "a full disk" 3 "$dagmem" report -o - demo.dagmem >/dev/full 2>/dev/null
status "a folder that is not there" 3 "$dagmem" report -o no/where.html demo.dagmem 2>/dev/null
[ ! -e x.html ] && ! ls ./*.part 2>/dev/null || fail "left a file behind"

# A program that still runs.
"$dagmem" -q run -o running.dagmem -- sh -c 'exec sleep 60' &
run=$!
until "$dagmem" info running.dagmem >/dev/null 2>&1; do
	kill -0 $run || break
done
status "a running program" 0 "$dagmem" -q report -o running.html running.dagmem
kill $run
wait $run 2>/dev/null
finish
