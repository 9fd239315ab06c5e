#!/bin/bash
# What is validated by packages of npm: speedscope's own schema, and the SARIF
# Multitool.  Needs a registry.
. "$(dirname "$0")/../e2e/lib.sh"
require jq npm python3
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not there"
npm install --silent --no-audit --no-fund --prefix "$tmp/npm" speedscope@1.25.0 \
	@microsoft/sarif-multitool@5.7.0 >npm.txt 2>&1 || skip "npm: $(tail -n 1 npm.txt)"
chmod u+x npm/node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool

cat >hostile.c <<'C'
#include <stdlib.h>
void *kept[2];
__attribute__((noinline)) void victim(void) { kept[0] = malloc(1234); }
int main(void) { victim(); kept[1] = malloc(10); return 0; }
C
gcc -O0 -c hostile.c
objcopy --redefine-sym $'victim=evil;<script>"\x01\xff' hostile.o
gcc -o hostile hostile.o
traced hostile.dagmem ./hostile
traced inlined.dagmem "$programs/inlined"
traced demo.dagmem "$programs/demo" leak >/dev/null
traced base.dagmem "$programs/demo" >/dev/null

schema=$(find npm/node_modules/speedscope -name file-format-schema.json)
for profile in hostile inlined demo; do
	for options in "" "--inverted --lines" "--by-node --metric count" "--prune 20"; do
		"$dagmem" export speedscope $options $profile.dagmem -o out.json
		check "speedscope $profile $options" python3 - "$schema" out.json <<-'END'
		import json, sys, jsonschema
		schema, document = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
		jsonschema.validate(document, schema)
		[profile] = document["profiles"]
		assert len(profile["samples"]) == len(profile["weights"]) > 0
		assert sum(profile["weights"]) == profile["endValue"]
		assert all(0 <= frame < len(document["shared"]["frames"]) for sample in profile["samples"] for frame in sample)
		END
	done
done

# SARIF2005 wants an address of the tool, which has none that it could put into every file.
sarif() {       # profile option...
	local profile=$1
	shift
	"$dagmem" check "$profile" --sarif out.sarif "$@" >/dev/null
	npm/node_modules/.bin/sarif-multitool validate out.sarif --output judged.sarif --log ForceOverwrite >tool.txt 2>&1 ||
		fail "sarif-multitool: $(cat tool.txt)"
	equal "what sarif-multitool says of check $*" "$(jq -c '[.runs[].results[]? |
		select(.level == "error" or .level == "warning" or .level == null) | .ruleId | select(. != "SARIF2005")] | unique' judged.sarif)" '[]'
}
sarif demo.dagmem --max-peak 1 --max-live function=1 --max-live node=1 --max-live module=1 --max-live file=1 \
	--max-allocations line=1 --baseline base.dagmem --new-site 1 --source-root "$top"
sarif hostile.dagmem --max-live function=1
sarif demo.dagmem --max-peak 1GiB
finish
