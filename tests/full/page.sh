#!/bin/bash
# The page of `dagmem report` in a real browser: every view is drawn, says what
# the other verbs say, filters and zooms; nothing is loaded, no name is markup.
#
# SCREENSHOTS=docs/images writes the pictures of the README there.
. "$(dirname "$0")/../e2e/lib.sh"
require node npm gcc python3
chromium=$(command -v chromium || command -v chromium-browser) || skip "chromium is not there"
[ -s "$top/build/page/report.html" ] || skip "dagmem was built without npm"

# The driver of the browser, beside the packages of the build.
tools=$top/build/page-test
if ! cmp -s "$top/reports/page/package-lock.json" "$tools/package-lock.json"; then
	mkdir -p "$tools"
	cp "$top"/reports/page/package.json "$top"/reports/page/.npmrc "$tools"
	cp "$top/reports/page/package-lock.json" "$tools/new.json"
	mv "$tools/new.json" "$tools/package-lock.json"
	npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund >npm.log 2>&1 ||
		{ rm -f "$tools/package-lock.json"; skip "npm could not fetch playwright-core"; }
fi

# --- Profiles -----------------------------------------------------------------

# Phases that a range can tell apart, with nodes and snapshots of their own.
cat >phases.c <<'C'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dagmem.h"

static void *kept[3][400];

__attribute__((noinline)) static void *load_rows(size_t bytes) { return memset(malloc(bytes), 1, bytes); }
__attribute__((noinline)) static void *build_index(size_t bytes) { return memset(malloc(bytes), 1, bytes); }
__attribute__((noinline)) static void *render_page(size_t bytes) { return memset(malloc(bytes), 1, bytes); }

static void phase(const char *name, void *(*work)(size_t), int number, size_t bytes)
{
	uint32_t node = dagmem_node_declare(name, NULL, 0);

	dagmem_node_begin(node);
	for (int i = 0; i < 400; i++) {
		kept[number][i] = work(bytes + i);
		if (i % 20 == 0)
			usleep(2000);
	}
	dagmem_node_end(node, 0);
	dagmem_snapshot(name);
}

int main(void)
{
	phase("load", load_rows, 0, 4000);
	phase("index", build_index, 1, 9000);
	for (int i = 0; i < 400; i++)
		free(kept[0][i]);
	usleep(20000);
	dagmem_snapshot("loaded rows freed");
	phase("render", render_page, 2, 2000);
	return 0;
}
C
gcc -g -O0 -I"$top/include" -o phases phases.c || fail "phases.c does not build"
traced phases.dagmem ./phases

# Blocks lost, lost with others, perhaps lost, and held.
gcc -g -O0 -I"$top/include" -o leaky "$top/tests/e2e/page_leaky.c" || fail "page_leaky.c does not build"
"$dagmem" -q run --leak-check --heap-graph -o leaky.dagmem -- ./leaky

# Python's interpreter: a real program with deep stacks and several modules.
PYTHONMALLOC=malloc "$dagmem" -q run --snapshot-every 100ms -o python.dagmem -- python3 -c '
import ast, json, typing
trees = [ast.parse(open(typing.__file__).read()) for _ in range(6)]
texts = [json.loads(json.dumps({str(i): list(range(20)) for i in range(1000)})) for _ in range(3)]'

# One DAG, unpruned and pruned.
for run in "unpruned keep-all" "pruned refcount-path"; do
	"$dagmem" dag run layered:7:5x9:2MiB --policy "${run#* }" -o "${run% *}.dagmem" >/dev/null 2>&1
done

# Six functions that call each other in turn: with every frame its own node.
python3 - >wide.c <<'PY'
b, d = 7, 6
print('#include <stdlib.h>\nvoid *volatile keep[1 << 20]; static unsigned n;')
for i in range(b):
    print(f'static void f{i}(int d, unsigned w);')
for i in range(b):
    print(f'static __attribute__((noinline)) void f{i}(int d, unsigned w) {{\n\tkeep[n++] = malloc(16 + w % 977);\n\tif (!d)\n\t\treturn;')
    print('\n'.join(f'\tf{j}(d - 1, w * 31 + {j + i * 7});' for j in range(b)), '\n}')
print('int main(void) {', '\n'.join(f'f{i}({d - 1}, {i + 1});' for i in range(b)), 'return 0; }')
PY
gcc -g -O0 -o wide wide.c || fail "wide.c does not build"
traced wide.dagmem ./wide

# Names that would be markup: renamed in the object file, no compiler takes them.
python3 - <<'PY' || fail "the hostile program does not build"
import subprocess
evil = [b'</script><script>window.hacked=1</script>', b'<img src=x onerror=window.hacked=1>', b'"\'`&lt;${x}',
        b'std::map<' + b'std::pair<int, ' * 800 + b'x' + b'>' * 801, b'caf\351\377', b'<!--', b'<b id=hostile>']
with open('names.c', 'w') as file:
    file.write('#include <stdlib.h>\nvoid *volatile keep;\n')
    for i in range(len(evil)):
        file.write(f'void f{i}(void) {{ keep = malloc({1000 + i}); }}\n')
    file.write('int main(void) {' + ' '.join(f'f{i}();' for i in range(len(evil))) + ' return 0; }\n')
subprocess.run(['gcc', '-O0', '-c', 'names.c'], check=True)
for i, name in enumerate(evil):
    subprocess.run([b'objcopy', b'--redefine-sym', b'f%d=' % i + name, b'names.o'], check=True)
subprocess.run(['gcc', '-o', 'hostile', 'names.o'], check=True)
PY
traced hostile.dagmem ./hostile '<script>window.hacked=1</script>'

# --- Pages, and what the other verbs say of the same -------------------------------

for page in phases python hostile leaky; do
	"$dagmem" -q report -o $page.html $page.dagmem
done
"$dagmem" -q report --source -o source.html phases.dagmem
"$dagmem" -q report --fold 0 -o wide.html wide.dagmem
"$dagmem" -q report -o dags.html unpruned.dagmem pruned.dagmem
for metric in live peak total; do
	for by in line function node; do
		"$dagmem" top --json -n 0 --by $by --metric $metric phases.dagmem >top-$metric-$by.json
	done
done
for label in load index; do
	"$dagmem" top --json -n 0 phases.dagmem@$label >at-$label.json
done
"$dagmem" top --json -n 0 --node index --metric live phases.dagmem >node-index.json
"$dagmem" diff --json -n 0 --metric peak unpruned.dagmem pruned.dagmem >diff.json
"$dagmem" dag show --json unpruned.dagmem >dag.json
"$dagmem" leaks --json leaky.dagmem >leaks.json
"$dagmem" info --json phases.dagmem >info.json

[ -z "${SCREENSHOTS-}" ] || SCREENSHOTS=$top/$SCREENSHOTS
NODE_MODULES=$tools/node_modules CHROMIUM=$chromium SCREENSHOTS=${SCREENSHOTS-} \
	node "$top/tests/full/page.mjs" "$tmp" || fail "page.mjs"
finish
