#!/bin/bash
# libdagrun.a as a program uses it: runner/examples/csv_report.
. "$(dirname "$0")/lib.sh"
report=$top/build/examples/csv_report

printf 'customer,amount\nada,10.50\nbob,3\nada,0.25\neve,7.10\n' >orders.csv
printf 'customer,country\nada,GB\nbob,DE\neve,DE\n' >customers.csv
wanted=$'country,cents\nGB,1075\nDE,1010'

for policy in keep-all scan refcount refcount-path donate; do
	equal "$policy" "$("$report" orders.csv customers.csv $policy 2>$policy.txt)" "$wanted"
done
peak() {
	sed 's/.*at most \([0-9]*\) bytes.*/\1/' "$1.txt"
}
check "pruned holds less" test "$(peak refcount-path)" -lt "$(peak keep-all)"

# A step that fails: named, with its inputs; nothing is lost.
printf 'customer,amount\nzed,1\n' >orders.csv
status "a failing step" 1 "$report" orders.csv customers.csv >out.txt 2>err.txt
check "named" grep -q "node 'join' failed: an order of an unknown customer; its inputs: convert (.*), read_customers (.*)" err.txt
traced failed.dagmem "$report" orders.csv customers.csv >out.txt 2>err.txt
equal "nothing leaks" "$("$dagmem" top --json --include 'csv_report.c' failed.dagmem | jq '[.rows[].bytes] | add // 0')" 0
status "no file" 1 "$report" nix.csv customers.csv >out.txt 2>err.txt
check "named" grep -q "node 'read_orders' failed: the file can't be read; its inputs: none" err.txt
finish
