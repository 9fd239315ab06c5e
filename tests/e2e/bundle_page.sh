#!/bin/bash
# The page of `dagmem report` is left out where npm's registry does not answer,
# which is not asked again at each make; an interrupted fetch is done again, and
# two makes at a time don't undo each other's.
. "$(dirname "$0")/lib.sh"
require node npm flock

mkdir -p tools reports bin
cp "$top/tools/bundle-page" tools/
cp -r "$top/reports/page" reports/
export PATH=$tmp/bin:$PATH

# npm NAME: an npm that notes each call and then does what standard input says.
npm() {
	{ printf '#!/bin/bash\necho call >>calls\n'; cat; } >bin/npm
	chmod +x bin/npm
	: >calls
}
bundle() {
	tools/bundle-page build/page/report.html 2>&1
}

npm <<<'exit 1'
bundle | grep -q "without the page.*could not fetch" || fail "a registry that does not answer"
bundle | grep -q "without the page.*in an hour" || fail "again"
equal "asked" "$(wc -l <calls)" 1
[ -e build/page/report.html ] && [ ! -s build/page/report.html ] || fail "there is no empty page"
touch -d '2 hours ago' build/page/failed
bundle | grep -q "could not fetch" || fail "after an hour"
equal "asked after an hour" "$(wc -l <calls)" 2
rm build/page/failed

npm <<<'mkdir -p build/page/node_modules; kill -KILL $PPID'
bundle >/dev/null 2>&1 && fail "was not interrupted"
# A module that stands in for esbuild.
npm <<'N'
rm -rf build/page/node_modules
mkdir -p build/page/node_modules/esbuild
cat >build/page/node_modules/esbuild/index.js <<'M'
exports.buildSync = ({ entryPoints: [file] }) => ({
	outputFiles: [{ text: file.endsWith('dark.css') ? ':root[data-theme=dark]{}' : '' }],
})
M
N
bundle >first &
bundle >second
wait $! || fail "one of two: $(cat first)"
[ -s build/page/report.html ] || fail "no page: $(cat first second)"
equal "fetched after an interruption, by one of two" "$(wc -l <calls)" 1
finish
